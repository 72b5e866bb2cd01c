/* interop/sipp.test.mjs - the trunk against sipp, by scenarios of ours.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RD_SLOW_TESTS=1 runs also what waits for the timers of the standard. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { freePort, until } from "../help/server.mjs";
import { Dial, Sipp, dialProgram, has } from "./help/dial.mjs";

const skip = has("sipp") ? false : "sipp is not installed";
const slow = skip || (process.env.RD_SLOW_TESTS ? false : "RD_SLOW_TESTS is not set");
const account = { username: "alice", password: "secret", realm: "pbx" };

/* Now: while it is built, sipp's time would run. */
before(() => dialProgram());

/* We call sipp. */
async function call(scenario, options, keys, run, { seconds, transport } = {}) {
	const port = await freePort();
	const far = await new Sipp(scenario, { port, keys, seconds, transport }).listening();
	const dial = await new Dial({ port, ...options }).open();
	try {
		await run(dial);
		await far.succeeded();
	} finally {
		far.child.kill();
		await dial.close();
	}
}

for (const code of [401, 407])
	test(`${code} is answered with the digest of the account`, { skip }, () =>
		call(`uas_${code}.xml`, account, {}, async (dial) => {
			dial.say("invite 4711");
			await dial.next("answered");
			dial.say("hangup 16");
			await dial.next("ended");
		}));

test("183 brings sound, and is acknowledged by PRACK", { skip }, () =>
	call("uas_early.xml", {}, {}, async (dial) => {
		dial.say("invite 4711");
		const early = await dial.next("progress");
		assert.match(early.sdp, /m=audio/);
		const answered = await dial.next("answered");
		assert.equal(answered.sdp, "");
		dial.say("hangup 16");
		await dial.next("ended");
	}));

test("183 is acknowledged where PRACK is required", { skip }, () =>
	call("uas_early.xml", { prack: 1 }, {}, async (dial) => {
		dial.say("invite 4711");
		await dial.next("answered");
		dial.say("hangup 16");
		await dial.next("ended");
	}));

for (const [code, cause] of [[404, 1], [480, 18], [486, 17], [503, 34], [603, 21]])
	test(`${code} ends the call with its status and cause`, { skip }, () =>
		call("uas_refuse.xml", {}, { code, cause }, async (dial) => {
			dial.say("invite 4711");
			await dial.next("trying");
			const end = await dial.next("ended");
			assert.equal(end.status, code);
			assert.equal(end.cause, cause);
			assert.equal(end.far, true);
		}));

test("nobody answers: CANCEL after the time to ring", { skip }, () =>
	call("uas_ring.xml", {}, {}, async (dial) => {
		dial.say("invite 4711 3000");
		await dial.next("ringing");
		const end = await dial.next("ended");
		assert.equal(end.status, 408);
		assert.equal(end.far, false);
	}));

test("the caller gives up while it rings", { skip }, () =>
	call("uas_ring.xml", {}, {}, async (dial) => {
		dial.say("invite 4711");
		await dial.next("ringing");
		dial.say("hangup 0");
		assert.equal((await dial.next("ended")).status, 0);
	}));

for (const transport of ["u1", "t1"])
	test(`hold and back, over ${transport === "u1" ? "UDP" : "TCP"}`, { skip }, () =>
		call("uas_hold.xml", { transport: transport === "u1" ? "udp" : "tcp" }, {}, async (dial) => {
			dial.say("invite 4711");
			await dial.next("answered");
			dial.say("reinvite sendonly");
			assert.match((await dial.next("reanswered")).sdp, /a=recvonly/);
			dial.say("reinvite sendrecv");
			assert.match((await dial.next("reanswered")).sdp, /a=sendrecv/);
			dial.say("hangup 16");
			await dial.next("ended");
		}, { transport }));

test("the far end holds, asks without an offer, updates, and hangs up", { skip }, () =>
	call("uas_holds.xml", {}, {}, async (dial) => {
		dial.say("invite 4711");
		await dial.next("answered");
		assert.match((await dial.next("reoffer")).sdp, /a=inactive/);
		dial.say("reanswer inactive");
		const end = await dial.next("ended");
		assert.equal(end.far, true);
		assert.equal(end.cause, 31);
	}));

test("a transfer is accepted and its end is told", { skip }, () =>
	call("uas_refers.xml", { refer: "trunk" }, {}, async (dial) => {
		dial.say("invite 4711");
		await dial.next("answered");
		assert.match((await dial.next("transfer")).target, /^sip:agent2@127\.0\.0\.1/);
		dial.say("result 200");
		/* It hangs up when it was told. */
		assert.equal((await dial.next("ended")).far, true);
	}));

test("the trunk registers, and leaves when it ends", { skip }, async () => {
	const port = await freePort();
	const far = await new Sipp("uas_registrar.xml", { port }).listening();
	const dial = await new Dial({ port, register: 1, ...account }).open();
	await until(async () => {
		dial.say("state");
		return (await dial.next("state")).registered;
	}, "the trunk is registered");
	await dial.close();
	await far.succeeded();
});

test("the session is refreshed at half time", { skip: slow }, () =>
	call("uas_timer.xml", { session_s: 90 }, {}, async (dial) => {
		dial.say("invite 4711");
		await dial.next("answered");
		await new Promise((resolve) => setTimeout(resolve, 50_000));
		dial.say("hangup 16");
		await dial.next("ended");
	}, { seconds: 80 }));

test("sipp calls us: 183 reliably, 200, digits by INFO, BYE", { skip }, async () => {
	const dial = await new Dial({ accept: 1 }).open();
	const far = new Sipp("uac_call.xml", { port: await freePort(), remote: dial.port });
	try {
		const call_ = await dial.next("incoming");
		assert.deepEqual(call_.headers, { "X-Dial": "hello" });
		assert.equal(call_.target, "click");
		dial.say("respond 183 sendrecv");
		dial.say("respond 200 sendrecv"); /* waits for PRACK, RFC 3262 3 */
		await dial.next("answered");
		assert.equal((await dial.next("digit")).digit, "5");
		assert.equal((await dial.next("digit")).digit, "#");
		const end = await dial.next("ended");
		assert.equal(end.far, true);
		assert.equal(end.cause, 16);
		await far.succeeded();
	} finally {
		far.child.kill();
		await dial.close();
	}
});

test("a Contact that ends sofia gets 400, and we live on", { skip }, async () => {
	const dial = await new Dial({ accept: 1, ...(process.env.RD_SLOW_TESTS ? {} : { give_up_ms: 500 }) }).open();
	for (const contact of ["<http://x/>", "<tel:+123>", "<urn:a:b>", "<x>", "*"])
		await new Sipp("uac_bad_contact.xml", {
			port: await freePort(), remote: dial.port, keys: { contact },
		}).succeeded();
	await new Promise((resolve) => setTimeout(resolve, process.env.RD_SLOW_TESTS ? 40_000 : 2_000));
	dial.say("state");
	assert.equal((await dial.next("state")).guarded, 5);
	await dial.close();
});
