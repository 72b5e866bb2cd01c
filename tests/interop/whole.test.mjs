/* interop/whole.test.mjs - the whole path: a caller like a browser, a real server, a telephone that does as it is told.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RD_SLOW_TESTS=1 runs also what waits for the timers of the standard. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import http from "node:http";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Caller } from "../help/call.mjs";
import { NO_LIMITS, freePort, startAnswer, startRingdown, until } from "../help/server.mjs";
import { toneSeconds } from "../help/sound.mjs";
import { Baresip } from "./help/baresip.mjs";
import { has } from "./help/dial.mjs";
import { Telephone, described } from "./help/telephone.mjs";

const CALLER_HZ = 440; /* what `ringdown call` says */

const destination = (name, trunk, more = "", user = "far") => `
  - name: ${name}
    to: sip
    trunk: ${trunk}
    user: ${user}
    codecs: [pcmu]
    limits: ${NO_LIMITS}
${more}`;

const trunk = (name, port, more = "") => `
  - name: ${name}
    host: 127.0.0.1
    port: ${port}
    peers: [127.0.0.0/8]
    options_s: 0
${more}`;

async function metric(server, name) {
	const text = await (await fetch(`${server.url}/metrics`)).text();
	const found = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, "gm"))];
	return found.reduce((sum, [, value]) => sum + Number(value), 0);
}

/* No leg, no dialog, no call is left anywhere. */
async function nothingLeft(server) {
	for (const name of ["ringdown_media_legs", "ringdown_trunk_dialogs", "ringdown_calls"])
		await until(async () => (await metric(server, name)) === 0, `${name} is 0`);
}

const hears = (sound, hz = CALLER_HZ) => sound.hears(hz);

/* In front of the server, a page that says more about its caller than `ringdown call` does. */
async function pageWith(server, more) {
	const page = http.createServer((request, response) => {
		const chunks = [];
		request.on("data", (chunk) => chunks.push(chunk));
		request.on("end", async () => {
			let body = Buffer.concat(chunks).toString();
			if (request.method === "POST" && request.url === "/v1/calls") body = JSON.stringify({ ...JSON.parse(body), ...more });
			const { "content-length": _, ...headers } = request.headers;
			const onward = http.request(new URL(request.url, server.url), { method: request.method,
				headers: { ...headers, "content-length": Buffer.byteLength(body) } }, (answer) => {
				response.writeHead(answer.statusCode, answer.headers);
				answer.pipe(response);
			});
			onward.on("error", () => response.destroy());
			response.on("close", () => onward.destroy());
			onward.end(body);
		});
	}).listen(0, "127.0.0.1");
	await new Promise((done) => page.once("listening", done));
	return { url: `http://127.0.0.1:${page.address().port}`, close: () => { page.closeAllConnections(); page.close(); } };
}

describe("a telephone on a trunk", () => {
	let server, phone;

	before(async () => {
		phone = await new Telephone().open();
		server = await startRingdown({
			destinations: destination("far", "refusing") + destination("moving", "moving") + destination("brief", "refusing", "    ring_s: 5\n") + destination("nobody", "nobody")
				+ destination("timed", "timed"),
			more: `trunks:${trunk("timed", phone.port, "    session_expires_s: 90\n")}${trunk("refusing", phone.port)}${trunk("nobody", await freePort())}${trunk("moving", phone.port, "    refer: trunk\n")}`,
		});
	});
	after(async () => {
		await server.stop();
		phone.close();
	});
	beforeEach(() => { phone.dialogs = []; });
	afterEach(Caller.leave);

	/* A call that was answered and is heard on both sides. */
	async function talking(name = "far", words = [], options = {}) {
		const caller = new Caller(server, name, words);
		const dialog = await phone.dialog();
		const sound = await dialog.answer(700, options);
		await caller.is("in-call");
		await hears(sound);
		return { caller, dialog, sound };
	}

	async function finish({ caller }) {
		const report = await caller.hangup();
		await nothingLeft(server);
		return report;
	}

	for (const [name, options, direction] of [
		["sendonly", { direction: "sendonly" }, "recvonly"],
		["inactive", { direction: "inactive" }, "inactive"],
		["the address 0.0.0.0", { address: "0.0.0.0" }, "recvonly"],
	])
		test(`the far end holds by ${name} and comes back`, async () => {
			const call = await talking();
			const { caller, dialog, sound } = call;
			const held = await dialog.request("INVITE", { sdp: dialog.sdp(sound, options) });
			assert.equal(held.status, 200);
			assert.equal(described(held.body).direction, direction);
			await caller.is("held");
			await sound.isQuiet();
			const back = await dialog.request("INVITE", { sdp: dialog.sdp(sound) });
			assert.equal(described(back.body).direction, "sendrecv");
			assert.ok(described(back.body).version > described(held.body).version); /* RFC 3264 8 */
			await caller.is("in-call");
			await hears(sound);
			const report = await finish(call);
			assert.deepEqual(report.events.map((e) => e.state).filter((s) => s === "held" || s === "in-call"), ["in-call", "held", "in-call"]);
		});

	test("sound follows the far end to another port", async () => {
		const call = await talking();
		const { dialog, sound, caller } = call;
		const other = await phone.sound(1100);
		const moved = await dialog.request("INVITE", { sdp: dialog.sdp(other) });
		assert.equal(moved.status, 200);
		sound.quiet();
		other.say(described(moved.body));
		await hears(other);
		const left = sound.packets;
		await caller.hears(1100);
		assert.equal(sound.packets, left);
		await finish(call);
	});

	test("a re-INVITE without SDP gets an offer, and its answer in the ACK counts", async () => {
		const call = await talking();
		const { dialog, sound, caller } = call;
		await dialog.request("INVITE", { sdp: dialog.sdp(sound, { direction: "inactive" }) });
		await caller.is("held");
		const other = await phone.sound(1100);
		const answer = await dialog.request("INVITE", { ack: () => dialog.sdp(other) });
		assert.equal(answer.status, 200);
		const offer = described(answer.body);
		assert.equal(offer.direction, "sendrecv"); /* RFC 6337 5.2.5: not what the hold left */
		sound.quiet();
		other.say(offer);
		await caller.is("in-call");
		await hears(other);
		await finish(call);
	});

	test("UPDATE holds and brings back as re-INVITE does", async () => {
		const call = await talking();
		const { dialog, sound, caller } = call;
		const held = await dialog.request("UPDATE", { sdp: dialog.sdp(sound, { direction: "sendonly" }) });
		assert.equal(held.status, 200);
		assert.equal(described(held.body).direction, "recvonly");
		await caller.is("held");
		assert.equal((await dialog.request("UPDATE", { sdp: dialog.sdp(sound) })).status, 200);
		await caller.is("in-call");
		await hears(sound);
		await finish(call);
	});

	test("an answer that numbers the codec anew is heard by either number", async () => {
		const call = await talking("far", ["--hear", "700"], { type: 97 });
		assert.ok(call.sound.types.has(97)); /* what we send; the telephone says 0, as we offered */
		await call.caller.hears(700, 1);
		const report = await finish(call);
		assert.ok(Math.abs(report.tone.hz - 700) < 2, JSON.stringify(report));
	});

	test("a session refresh changes nothing", async () => {
		const call = await talking("far", [], { headers: ["Supported: timer", "Session-Expires: 1800;refresher=uas"] });
		const { dialog, sound, caller } = call;
		const headers = ["Supported: timer", "Session-Expires: 1800;refresher=uac", "Min-SE: 90"];
		const update = await dialog.request("UPDATE", { headers });
		assert.equal(update.status, 200);
		assert.equal(update.body, "");
		const same = dialog.sdp(sound);
		dialog.version--;
		const again = await dialog.request("INVITE", { sdp: same, headers });
		assert.equal(again.status, 200);
		assert.match(again.header("session-expires"), /^1800/);
		await hears(sound);
		assert.equal((await caller.get()).state, "in-call");
		const report = await finish(call);
		assert.ok(report.events.every((e) => e.state !== "held"));
	});

	test("we refresh at half time without an offer, and who holds stays on hold",
		{ skip: process.env.RD_SLOW_TESTS ? false : "RD_SLOW_TESTS is not set", timeout: 90_000 }, async () => {
			const caller = new Caller(server, "timed");
			const dialog = await phone.dialog();
			const sound = await dialog.answer(700, { headers: ["Supported: timer", "Require: timer", "Session-Expires: 90;refresher=uac"] });
			await caller.is("in-call");
			await dialog.request("UPDATE", { sdp: dialog.sdp(sound, { direction: "sendonly" }),
				headers: ["Supported: timer", "Session-Expires: 90;refresher=uas"] });
			await caller.is("held");
			const refresh = await dialog.next("UPDATE", 60_000);
			assert.equal(refresh.body, "");
			assert.match(refresh.header("session-expires"), /^90/);
			assert.equal((await caller.get()).state, "held");
			await caller.hangup();
			await nothingLeft(server);
		});

	test("an offer nobody can use is refused and the call goes on", async () => {
		const call = await talking();
		const { dialog, sound } = call;
		const sdp = dialog.sdp(sound).replace(/m=audio (\d+) .*/, "m=audio $1 RTP/AVP 18").replace(/a=rtpmap.*\r\n/g, "");
		assert.equal((await dialog.request("INVITE", { sdp })).status, 488);
		await hears(sound);
		await finish(call);
	});

	test("a blind transfer: the call goes on with the new party", async () => {
		const call = await talking("moving");
		const { dialog, caller } = call;
		assert.equal((await dialog.request("REFER", { headers: [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`] })).status, 202);
		assert.match((await dialog.next("NOTIFY")).body, /^SIP\/2\.0 100/);
		const second = await phone.dialog(1);
		assert.match(second.invite.uri, /^sip:agent2@/);
		const sound = await second.answer(1100);
		const last = await dialog.next("NOTIFY");
		assert.match(last.body, /^SIP\/2\.0 200/);
		assert.match(last.header("subscription-state"), /^terminated/);
		await dialog.next("BYE");
		await hears(sound);
		assert.equal((await caller.get()).state, "in-call");
		await until(async () => (await metric(server, "ringdown_trunk_dialogs")) === 1, "one dialog");
		await caller.hears(1100);
		/* The new party can do all that the old one could. */
		await second.request("INVITE", { sdp: second.sdp(sound, { direction: "sendonly" }) });
		await caller.is("held");
		await second.request("INVITE", { sdp: second.sdp(sound) });
		await caller.is("in-call");
		await second.bye();
		assert.equal((await caller.report()).reason, "ended_by_advisor");
		await nothingLeft(server);
	});

	for (const [name, code] of [["is busy", 486], ["does not exist", 404]])
		test(`a blind transfer whose target ${name}: the old call goes on`, async () => {
			const call = await talking("moving");
			const { dialog, sound, caller } = call;
			const headers = [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`];
			await dialog.request("REFER", { headers });
			await dialog.next("NOTIFY");
			const second = await phone.dialog(1);
			second.respond(second.invite, code);
			assert.match((await dialog.next("NOTIFY")).body, new RegExp(`^SIP/2.0 ${code}`));
			await hears(sound);
			assert.equal((await caller.get()).state, "in-call");
			/* And it may be tried again. */
			assert.equal((await dialog.request("REFER", { headers })).status, 202);
			const third = await phone.dialog(2);
			await third.answer(1100);
			await dialog.next("BYE");
			await finish(call);
		});

	test("a caller who was put on hold before the transfer is back with the new party", async () => {
		const call = await talking("moving");
		const { dialog, caller } = call;
		await dialog.request("INVITE", { sdp: dialog.sdp(call.sound, { direction: "sendonly" }) });
		await caller.is("held");
		await dialog.request("REFER", { headers: [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`] });
		const sound = await (await phone.dialog(1)).answer(1100);
		await hears(sound);
		await caller.is("in-call");
		await finish(call);
	});

	test("a transfer to a party whose sound cannot be used is told as 488", async () => {
		const call = await talking("moving");
		const { dialog, sound } = call;
		await dialog.request("REFER", { headers: [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`] });
		await dialog.next("NOTIFY");
		const second = await phone.dialog(1);
		second.respond(second.invite, 200);
		assert.match((await dialog.next("NOTIFY")).body, /^SIP\/2.0 488/);
		await second.next("BYE");
		await hears(sound);
		await finish(call);
	});

	test("the transferor hangs up before the target answers: the transfer goes on", async () => {
		const call = await talking("moving");
		const { dialog, caller } = call;
		await dialog.request("REFER", { headers: [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`] });
		const second = await phone.dialog(1);
		second.respond(second.invite, 180);
		await dialog.bye();
		const sound = await second.answer(1100);
		await hears(sound);
		assert.equal((await caller.get()).state, "in-call");
		await finish(call);
		await second.next("BYE");
	});

	test("the transferor hangs up and then the target is busy: the call ends", async () => {
		const { dialog, caller } = await talking("moving");
		await dialog.request("REFER", { headers: [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`] });
		const second = await phone.dialog(1);
		await dialog.bye();
		second.respond(second.invite, 486);
		assert.equal((await caller.report()).reason, "busy");
		await nothingLeft(server);
	});

	test("the caller leaves during a transfer: both parties are let go", async () => {
		const call = await talking("moving");
		await call.dialog.request("REFER", { headers: [`Refer-To: <sip:agent2@127.0.0.1:${phone.port}>`] });
		const second = await phone.dialog(1);
		second.respond(second.invite, 180);
		await finish(call);
		await call.dialog.next("BYE");
		await second.next("CANCEL");
	});

	test("a transfer out of the trunk, or where none is allowed, is refused", async () => {
		for (const [name, target] of [["moving", "sip:agent2@192.0.2.1"], ["far", `sip:agent2@127.0.0.1:${phone.port}`]]) {
			phone.dialogs = [];
			const call = await talking(name);
			const { status } = await call.dialog.request("REFER", { headers: [`Refer-To: <${target}>`] });
			assert.ok([403, 405, 603].includes(status), String(status));
			await hears(call.sound);
			assert.equal(phone.dialogs.length, 1);
			assert.equal((await call.caller.get()).state, "in-call");
			await finish(call);
		}
	});

	for (const [code, cause, reason] of [[404, 0, "internal"], [404, 1, "internal"], [480, 0, "no_answer"], [480, 17, "busy"],
		[486, 0, "busy"], [488, 0, "internal"], [503, 0, "provider_down"], [603, 0, "declined"]])
		test(`${code}${cause ? ` with Q.850 cause ${cause}` : ""} ends the call as ${reason}`, async () => {
			const caller = new Caller(server, "far");
			const dialog = await phone.dialog();
			dialog.respond(dialog.invite, code, { headers: cause ? [`Reason: Q.850;cause=${cause}`] : [] });
			const report = await caller.report();
			assert.equal(report.reason, reason);
			const call = await caller.get();
			assert.deepEqual([call.state, call.reason, call.by], ["ended", reason, "system"]);
			assert.equal(call.answeredAt, undefined);
			await nothingLeft(server);
			const record = await caller.record();
			assert.deepEqual([record.reason, record.ended_by], [reason, "system"]);
			await server.program.line(new RegExp(`call=${call.callId} .*code=${code} cause=${cause}`));
		});

	test("200 without SDP ends the call as provider_down", async () => {
		const caller = new Caller(server, "far");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 200);
		await dialog.next("BYE");
		assert.equal((await caller.report()).reason, "provider_down");
		assert.equal((await caller.get()).reason, "provider_down");
		await nothingLeft(server);
	});

	test("nobody is at the trunk's port: provider_down", async () => {
		const caller = new Caller(server, "nobody");
		assert.equal((await caller.report()).reason, "provider_down");
		assert.deepEqual([(await caller.get()).reason, (await caller.record()).reason], ["provider_down", "provider_down"]);
		await nothingLeft(server);
	});

	test("nobody answers: CANCEL after ring_s, reason no_answer", async () => {
		const caller = new Caller(server, "brief");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 180);
		await dialog.next("CANCEL");
		assert.equal((await caller.report()).reason, "no_answer");
		assert.equal((await caller.record()).reason, "no_answer");
		await nothingLeft(server);
	});

	test("the caller hears 425 Hz while it rings", async () => {
		const caller = new Caller(server, "far", ["--hear", "425"]);
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 180);
		await caller.is("ringing");
		await caller.hears(425);
		const report = await caller.hangup();
		assert.equal(report.outcome, "ok", JSON.stringify(report));
		assert.ok(Math.abs(report.tone.hz - 425) < 2);
		await dialog.next("CANCEL");
		await nothingLeft(server);
	});

	test("the caller hears the far end's own tone after 180 and 183", async () => {
		const caller = new Caller(server, "far");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 180);
		await caller.is("ringing");
		const sound = await phone.sound(1100);
		dialog.respond(dialog.invite, 183, { sdp: dialog.sdp(sound) });
		sound.say(dialog.theirs);
		await caller.hears(1100);
		const report = await caller.hangup();
		assert.ok(report.events.every((e) => e.state !== "in-call"));
		await dialog.next("CANCEL");
		await nothingLeft(server);
	});

	test("after 183 with sound an 180 does not bring our ring-back", async () => {
		const caller = new Caller(server, "far");
		const dialog = await phone.dialog();
		const sound = await phone.sound(1100);
		dialog.respond(dialog.invite, 183, { sdp: dialog.sdp(sound) });
		sound.say(dialog.theirs);
		await caller.hears(1100);
		dialog.respond(dialog.invite, 180);
		/* Ours begins with a whole second. */
		const { clean, loud } = await caller.hears(1100, 1.5);
		assert.ok(loud - clean < 0.5, `${loud - clean} s of something else`);
		await caller.hangup();
		await nothingLeft(server);
	});

	test("the caller hangs up: BYE with cause 16, and nothing is left", async () => {
		const call = await talking();
		const report = await finish(call);
		assert.equal(report.reason, "ended_by_caller");
		assert.match((await call.dialog.next("BYE")).header("reason"), /Q\.850;cause=16/);
		assert.equal((await call.caller.get()).by, "caller");
	});

	test("the far end hangs up: the caller is told, and nothing is left", async () => {
		const { caller, dialog } = await talking();
		assert.equal((await dialog.bye(16)).status, 200);
		const report = await caller.report();
		assert.equal(report.reason, "ended_by_advisor");
		assert.equal(report.ended_by, "server");
		assert.equal((await caller.get()).by, "advisor");
		await nothingLeft(server);
		assert.equal((await caller.record()).ended_by, "advisor");
	});

	test("digits go out as telephone-event, each once", async () => {
		const call = await talking("far", ["--digits", "15#"]);
		await until(() => call.sound.digits === "15#", `digits, not ${call.sound.digits}`);
		const answer = await fetch(`${server.url}/v1/calls/${await call.caller.id()}/digits`, { method: "POST",
			headers: { authorization: `Bearer ${server.token()}`, "content-type": "application/json" },
			body: JSON.stringify({ digits: "*0D" }) });
		assert.ok(answer.ok, String(answer.status));
		await until(() => call.sound.digits === "15#*0D", `digits, not ${call.sound.digits}`);
		await finish(call);
	});

	test("digits go out as INFO where the far end has no telephone-event", async () => {
		const call = await talking("far", ["--digits", "15#"], { events: false });
		for (const digit of "15#")
			assert.match((await call.dialog.next("INFO")).body, new RegExp(`Signal= ?${digit}`));
		assert.equal(call.sound.digits, "");
		await finish(call);
	});

	test("200 that crosses our CANCEL is acknowledged and ended by BYE", async () => {
		const caller = new Caller(server, "far");
		const dialog = await phone.dialog();
		dialog.isHasty = true;
		dialog.respond(dialog.invite, 180);
		await caller.is("ringing");
		const report = caller.hangup();
		await dialog.next("CANCEL");
		dialog.respond(dialog.invite, 200, { sdp: dialog.sdp(await phone.sound(700)) });
		await dialog.next("ACK");
		await dialog.next("BYE");
		assert.equal((await report).reason, "ended_by_caller");
		await nothingLeft(server);
	});

	test("digits of the far end reach the caller, by telephone-event and by INFO", async () => {
		const call = await talking();
		call.sound.press("5", call.dialog.theirs);
		call.sound.press("#", call.dialog.theirs);
		/* A digit by the other way may overtake those; the sound that follows them does not. */
		call.sound.hz = 900;
		await call.caller.hears(900);
		const info = await call.dialog.request("INFO", { body: "Signal=7\r\nDuration=160\r\n", headers: ["Content-Type: application/dtmf-relay"] });
		assert.equal(info.status, 200);
		await hears(call.sound);
		assert.equal((await call.caller.get()).state, "in-call");
		assert.equal((await finish(call)).digits, "5#7");
	});
});

describe("what a telephone is told of the caller", () => {
	let server, phone;
	const headers = "    headers: { X-Customer-Id: customer_id, X-Level: level }\n";

	before(async () => {
		phone = await new Telephone().open();
		server = await startRingdown({
			destinations: destination("by-x", "x", headers) + destination("uui", "uui", headers) + destination("none", "none", headers)
				+ destination("long", "uui", "    headers: { X-A: customer_id, X-B: customer_id, X-C: level }\n"),
			more: `trunks:${trunk("x", phone.port)}${trunk("uui", phone.port, "    context: user-to-user\n")}${trunk("none", phone.port, "    context: none\n")}`,
		});
	});
	after(async () => {
		await server.stop();
		phone.close();
	});
	beforeEach(() => { phone.dialogs = []; });
	afterEach(Caller.leave);

	async function invited(name, more = {}) {
		const page = await pageWith(server, more);
		const caller = new Caller(server, name, [], { url: page.url });
		try {
			const dialog = await phone.dialog();
			dialog.respond(dialog.invite, 603);
			await caller.report();
			return dialog.invite;
		} finally {
			page.close();
		}
	}

	/* Somebody else's token. */
	const as = (here, sub) => ({ url: here.url, program: here.program, token: () => here.token({ sub }) });

	const rungOrOver = (caller) => until(() => phone.dialogs.length || caller.program.isOver, "a call, or none");

	test("verified attributes are X- headers, hints are not", async () => {
		const invite = await invited("by-x", { displayName: "Alice Example", hints: { customer_id: "mallory", level: "gold", "X-Level": "gold" } });
		assert.equal(invite.header("x-customer-id"), "alice");
		assert.deepEqual(invite.headers["x-customer-id"], ["alice"]);
		assert.doesNotMatch(invite.text, /gold|mallory|X-Level/i);
		assert.match(invite.header("from"), /^"Alice Example" </);
	});

	test("User-to-User carries them in hex", async () => {
		const invite = await invited("uui", { hints: { level: "gold" } });
		const [, hex] = /^([0-9a-f]+);encoding=hex$/.exec(invite.header("user-to-user"));
		assert.equal(Buffer.from(hex, "hex").toString(), "customer_id=alice");
		assert.doesNotMatch(invite.text, /^X-/m);
	});

	test("User-to-User has whole pairs only", async () => {
		const caller = new Caller(as(server, "a".repeat(60)), "long");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 603);
		await caller.report();
		const [, hex] = /^([0-9a-f]+);encoding=hex$/.exec(dialog.invite.header("user-to-user"));
		assert.equal(Buffer.from(hex, "hex").toString(), `customer_id=${"a".repeat(60)}`);
	});

	test("context: none says nothing", async () => {
		const invite = await invited("none");
		assert.doesNotMatch(invite.text, /alice|^X-|User-to-User/im);
	});

	for (const [what, displayName] of [["quotes and brackets", 'Eve" <sip:evil@evil.test>;x="'], ["a backslash at its end", "Eve\\"],
		["letters of two bytes", "\u00fc".repeat(32)], ["letters of four bytes", "\u{1f600}".repeat(16)]])
		test(`a displayName with ${what} stays a name`, async () => {
			const invite = await invited("by-x", { displayName });
			const [, name, rest] = /^"((?:[^"\\]|\\.)*)" <sip:([^>]*)>;tag=[^;]+$/.exec(invite.header("from"));
			assert.doesNotMatch(rest, /evil/);
			assert.ok(displayName.startsWith(name.replace(/\\(.)/g, "$1")), name);
			assert.ok(name.length > 2);
		});

	for (const [what, more] of [
		["a line break in displayName", { displayName: "Eve\r\nX-Evil: 1" }],
		["a bare line feed in displayName", { displayName: "Eve\nX-Evil: 1" }],
		["a NUL in displayName", { displayName: "Eve\u0000X-Evil: 1" }],
		["a line break in a hint", { hints: { topic: "a\r\nX-Evil: 1" } }],
		["a line break in a hint's name", { hints: { "a\r\nX-Evil": "1" } }],
	])
		test(`${what} makes no header`, async () => {
			const page = await pageWith(server, more);
			const caller = new Caller(server, "by-x", [], { url: page.url });
			try {
				await rungOrOver(caller);
				const report = await caller.hangup();
				for (const { invite } of phone.dialogs) {
					assert.equal(invite.headers["x-evil"], undefined);
					assert.doesNotMatch(invite.text, /Evil/);
				}
				/* Refused in words, or called without it; never failed halfway. */
				assert.ok(report.http_status === 400 || phone.dialogs.length === 1, JSON.stringify(report));
			} finally {
				page.close();
			}
		});

	test("a line break in an attribute of the token makes no header", async () => {
		const caller = new Caller(as(server, "al\r\nX-Evil: 1"), "by-x");
		await rungOrOver(caller);
		await caller.hangup();
		for (const { invite } of phone.dialogs) assert.equal(invite.headers["x-evil"], undefined);
	});
});

describe("SRTP by SDES", () => {
	let server, phone, port;
	const key = (n) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, n).toString("base64")}`;

	before(async () => {
		phone = await new Telephone().open();
		port = await freePort();
		const all = [["required", phone.port], ["optional", phone.port], ["required-other", port], ["optional-other", port]];
		server = await startRingdown({
			destinations: all.map(([name]) => destination(name, name, "", "desk")).join(""),
			/* baresip's SDP names the machine's address, its packets come from the loopback one. */
			more: `trunks:${all.map(([name, at]) => trunk(name, at,
				`    srtp: ${name.split("-")[0]}\n    learn_media_address: ${at === port}\n`)).join("")}`,
		});
	});
	after(async () => {
		await server.stop();
		phone.close();
	});
	beforeEach(() => { phone.dialogs = []; });
	afterEach(Caller.leave);

	for (const name of ["required", "optional"])
		for (const mediaenc of ["srtp", "srtp-mand"])
			test(`srtp: ${name} with a baresip of ${mediaenc}`, { skip: has("baresip") ? false : "baresip is not installed" }, async () => {
				const far = await new Baresip({ codec: "pcmu", tone: 800, mediaenc, port }).open();
				try {
					const caller = new Caller(server, `${name}-other`, ["--hear", "800"]);
					await caller.hears(800, 1);
					await far.hears(CALLER_HZ, 1);
					const report = await caller.hangup();
					await far.close();
					assert.equal(report.outcome, "ok", JSON.stringify(report) + far.output);
					assert.match(far.output, /SRTP.*AES_CM_128_HMAC_SHA1_80|SRTP is Enabled/i);
				} finally {
					await far.close();
				}
				await nothingLeft(server);
			});

	test("srtp: optional with a baresip that has none is called in clear", { skip: has("baresip") ? false : "baresip is not installed" }, async () => {
		const far = await new Baresip({ codec: "pcmu", tone: 800, port }).open();
		try {
			const caller = new Caller(server, "optional-other", ["--hear", "800"]);
			await caller.hears(800, 1);
			await far.hears(CALLER_HZ, 1);
			const report = await caller.hangup();
			assert.equal(report.outcome, "ok", JSON.stringify(report));
		} finally {
			await far.close();
		}
		await nothingLeft(server);
	});

	for (const name of ["required", "optional"])
		test(`srtp: ${name} and \`ringdown answer\`: both tones, encrypted`, async () => {
			const far = await startAnswer("--listen", `127.0.0.1:${port}`, "--codec", "pcmu", "--tone", "700", "--hear", "440");
			try {
				const caller = new Caller(server, `${name}-other`, ["--hear", "700"]);
				await caller.hears(700, 1);
				await far.hears(440, 1);
				const report = await caller.hangup();
				assert.equal(report.outcome, "ok", JSON.stringify(report));
				const ended = await far.ended();
				assert.equal(ended.srtp, "AES_CM_128_HMAC_SHA1_80");
				assert.ok(Math.abs(ended.tone.hz - 440) < 2, JSON.stringify(ended));
			} finally {
				await far.stop();
			}
		});

	test("srtp: required and an answer in clear: provider_down, nothing leaves in clear", async () => {
		const caller = new Caller(server, "required");
		const dialog = await phone.dialog();
		assert.equal(dialog.theirs.proto, "RTP/SAVP");
		const sound = await phone.sound(700);
		sound.say(dialog.theirs);
		dialog.respond(dialog.invite, 200, { sdp: dialog.sdp(sound) });
		await dialog.next("BYE");
		assert.equal((await caller.report()).reason, "provider_down");
		assert.equal((await caller.get()).reason, "provider_down");
		assert.equal(sound.packets, 0);
		await nothingLeft(server);
	});

	test("srtp: required and 488: provider_down, not asked again", async () => {
		const caller = new Caller(server, "required");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 488);
		assert.equal((await caller.report()).reason, "provider_down");
		assert.equal(phone.dialogs.length, 1);
		await nothingLeft(server);
	});

	test("srtp: optional and 488: asked again in clear", async () => {
		const caller = new Caller(server, "optional");
		const dialog = await phone.dialog();
		assert.equal(dialog.theirs.proto, "RTP/SAVP");
		dialog.respond(dialog.invite, 488);
		const second = await phone.dialog(1);
		assert.equal(second.theirs.proto, "RTP/AVP");
		assert.doesNotMatch(second.invite.body, /crypto/);
		const sound = await second.answer();
		await caller.is("in-call");
		await hears(sound);
		await caller.hangup();
		await second.next("BYE");
		await nothingLeft(server);
	});

	test("srtp: optional and 486: busy, not asked again", async () => {
		const caller = new Caller(server, "optional");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 486);
		assert.equal((await caller.report()).reason, "busy");
		assert.equal(phone.dialogs.length, 1);
	});

	for (const name of ["required", "optional"])
		test(`srtp: ${name}, and a re-INVITE in clear is refused`, async () => {
			const caller = new Caller(server, name);
			const dialog = await phone.dialog();
			const sound = await phone.sound(700);
			dialog.respond(dialog.invite, 200, { sdp: dialog.sdp(sound, { proto: "RTP/SAVP", more: [key(1)] }) });
			await dialog.next("ACK");
			await caller.is("in-call");
			await until(() => sound.packets > 20, "packets");
			const { clean, loud } = toneSeconds(sound.all, CALLER_HZ);
			assert.ok(loud > 0.3 && clean < 0.1, `${clean} of ${loud} s are the tone`);
			const other = await phone.sound(700);
			assert.equal((await dialog.request("INVITE", { sdp: dialog.sdp(other) })).status, 488);
			/* Asked for an offer, it offers keys; an answer without them is not taken. */
			const asked = await dialog.request("INVITE", { ack: () => dialog.sdp(other) });
			assert.equal(described(asked.body).proto, "RTP/SAVP");
			assert.match(asked.body, /a=crypto/);
			const from = sound.packets;
			await until(() => sound.packets > from + 10, "packets to where they went");
			assert.equal(other.packets, 0);
			/* With a new key of theirs it goes on. */
			const moved = await dialog.request("INVITE", { sdp: dialog.sdp(other, { proto: "RTP/SAVP", more: [key(2)] }) });
			assert.equal(moved.status, 200);
			await until(() => other.packets > 10, "packets to the new place");
			await caller.hangup();
			await nothingLeft(server);
		});
});

describe("the end of a server", () => {
	let server, phone;

	beforeEach(async () => {
		phone = await new Telephone().open();
		server = await startRingdown({ drain: 600, destinations: destination("far", "far") + "  - name: echo\n", more: `trunks:${trunk("far", phone.port)}` });
	});
	afterEach(async () => {
		await Caller.leave();
		await server.stop();
		phone.close();
	});

	test("SIGTERM: the call goes on, a new one gets 503; SIGTERM again: BYE, and a closed record", async () => {
		const caller = new Caller(server, "far");
		const dialog = await phone.dialog();
		const sound = await dialog.answer();
		await caller.is("in-call");
		const id = await caller.id();
		process.kill(server.pid, "SIGTERM");
		await server.program.line(/event=draining calls=1/);
		const refused = await server.call({ destination: "far" }, { sub: "bob" });
		assert.equal(refused.status, 503);
		assert.equal((await refused.json()).code, "draining");
		assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
		await hears(sound);
		assert.equal((await caller.get()).state, "in-call");
		/* The far end's wishes are still heard. */
		await dialog.request("INVITE", { sdp: dialog.sdp(sound, { direction: "sendonly" }) });
		await caller.is("held");
		process.kill(server.pid, "SIGTERM");
		await dialog.next("BYE");
		assert.equal((await caller.report()).reason, "ended_by_system");
		assert.deepEqual(await server.program.ended, { code: 0, signal: null });
		const [record] = JSON.parse(execFileSync("sqlite3", ["-cmd", ".timeout 10000", "-json", server.database, `SELECT * FROM calls WHERE call_id = '${id}'`]).toString());
		assert.deepEqual([record.reason, record.ended_by], ["ended_by_system", "system"]);
		assert.ok(record.ended_ms >= record.answered_ms && record.answered_ms >= record.started_ms);
	});

	test("SIGTERM while it rings: it may still be answered, and the server leaves with the last call", async () => {
		const caller = new Caller(server, "far");
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 180);
		await caller.is("ringing");
		process.kill(server.pid, "SIGTERM");
		await server.program.line(/event=draining calls=1/);
		const sound = await dialog.answer();
		await hears(sound);
		await dialog.bye(16);
		assert.equal((await caller.report()).reason, "ended_by_advisor");
		assert.equal((await server.program.ended).code, 0);
	});
});

describe("IPv6", () => {
	afterEach(Caller.leave);

	for (const [what, bind, host, media] of [
		["alone", '"::1"', "::1", ""],
		["beside IPv4, the trunk by IPv6", '127.0.0.1, "::1"', "::1", '  trunk_bind: "::1"\n'],
		["beside IPv4, the trunk by IPv4", '"::1", 127.0.0.1', "127.0.0.1", "  trunk_bind: 127.0.0.1\n"],
	])
		test(`${what}: both hear each other, also from another port`, async () => {
			const phone = await new Telephone(host).open();
			const numeric = host.includes(":") ? `[${host}]` : host;
			const server = await startRingdown({
				bind, media,
				destinations: destination("far", "far"),
				more: `sip: { bind: "${numeric}:0" }\ntrunks:${trunk("far", phone.port)
					.replace("host: 127.0.0.1", `host: "${host}"`).replace("127.0.0.0/8", `"${host}"`)}`,
			});
			try {
				const caller = new Caller(server, "far", ["--hear", "700"]);
				const dialog = await phone.dialog();
				assert.equal(dialog.theirs.address, host);
				assert.ok(dialog.invite.header("contact").includes(`@${numeric}:`));
				const sound = await dialog.answer();
				await caller.is("in-call");
				await hears(sound);
				const other = await phone.sound(700);
				const moved = await dialog.request("INVITE", { sdp: dialog.sdp(other) });
				assert.equal(moved.status, 200);
				sound.quiet();
				other.say(described(moved.body));
				await hears(other);
				/* Held the old way, which knows no other address (RFC 3264 8.4). */
				const held = await dialog.request("INVITE", { sdp: dialog.sdp(other, { address: "0.0.0.0" }) });
				assert.equal(held.status, 200);
				await caller.is("held");
				await dialog.request("INVITE", { sdp: dialog.sdp(other) });
				await caller.is("in-call");
				/* An address that this leg cannot reach is said to be none. */
				const away = await dialog.request("INVITE", { sdp: dialog.sdp(other, { address: host === "::1" ? "127.0.0.1" : "::1" }) });
				assert.equal(away.status, 488);
				await hears(other);
				await caller.hears(700);
				const report = await caller.hangup();
				assert.equal(report.outcome, "ok", JSON.stringify(report));
				await dialog.next("BYE");
				await nothingLeft(server);
			} finally {
				await Caller.leave();
				await server.stop();
				phone.close();
			}
		});
});
