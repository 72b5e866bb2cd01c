/* interop/whole.test.mjs - the whole path: a caller like a browser, a real server, a telephone that does as it is told.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Program, RINGDOWN, newId, startRingdown } from "../help/server.mjs";
import { Telephone, described, share, until } from "./help/telephone.mjs";

const CALLER_HZ = 440; /* what `ringdown call` says */
const NO_LIMITS = "{ at_once: 0, per_minute: 0, per_hour: 0, per_day: 0 }";

const destination = (name, trunk, more = "") => `
  - name: ${name}
    to: sip
    trunk: ${trunk}
    user: far
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

/* One call as a browser makes it. */
class Caller {
	static all = new Set();

	/* A test that failed leaves nobody on the line for the next one. */
	static async leave() {
		for (const caller of Caller.all) caller.program.process.kill("SIGTERM");
		await Promise.all([...Caller.all].map((caller) => caller.program.ended));
		Caller.all.clear();
	}

	constructor(server, name, words = [], { url = server.url, seconds = 20 } = {}) {
		Caller.all.add(this);
		this.server = server;
		this.from = server.program.lines.length;
		this.program = new Program(RINGDOWN, ["call", "--json", "--url", url, "--token", server.token(),
			"--destination", name, "--duration", String(seconds), ...words]);
	}

	async id() {
		return until(() => /\bcall=([0-9a-f-]{36})/.exec(this.server.program.lines.slice(this.from).join("\n"))?.[1], "the call's id");
	}

	async get() {
		const answer = await fetch(`${this.server.url}/v1/calls/${await this.id()}`,
			{ headers: { authorization: `Bearer ${this.server.token()}` } });
		return answer.json();
	}

	async is(state, ms) {
		return until(async () => (await this.get()).state === state, `the call is ${state}`, ms);
	}

	/* Everything it has to say once it is over. */
	async report() {
		await this.program.ended;
		return JSON.parse(this.program.lines.find((line) => line.startsWith("{")));
	}

	async hangup() {
		this.program.process.kill("SIGTERM");
		return this.report();
	}

	record() {
		return this.id().then((id) => JSON.parse(execFileSync("sqlite3", ["-json", this.server.database,
			`SELECT * FROM calls WHERE call_id = '${id}'`]).toString())[0]);
	}
}

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

const hears = async (sound, hz = CALLER_HZ) => until(async () => (await sound.listen(hz, 300)) > 0.8, `${hz} Hz at the telephone`);

/* The last second of a WAV file. */
async function lastSecond(file) {
	const wav = await readFile(file);
	const rate = wav.readUInt32LE(24);
	const samples = [];
	for (let at = Math.max(44, wav.length - 2 * rate); at + 1 < wav.length; at += 2) samples.push(wav.readInt16LE(at));
	return { samples, rate };
}

describe("a telephone on a trunk", () => {
	let server, phone;

	before(async () => {
		phone = await new Telephone().open();
		server = await startRingdown({
			destinations: destination("far", "refusing") + destination("moving", "moving") + destination("brief", "refusing", "    ring_s: 5\n"),
			more: `trunks:${trunk("refusing", phone.port)}${trunk("moving", phone.port, "    refer: trunk\n")}`,
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
			await until(async () => {
				const from = sound.packets;
				await new Promise((done) => setTimeout(done, 200));
				return sound.packets === from;
			}, "nothing more comes");
			const back = await dialog.request("INVITE", { sdp: dialog.sdp(sound) });
			assert.equal(described(back.body).direction, "sendrecv");
			assert.ok(described(back.body).version > described(held.body).version); /* RFC 3264 8 */
			await caller.is("in-call");
			await hears(sound);
			const report = await finish(call);
			assert.deepEqual(report.events.map((e) => e.state).filter((s) => s === "held" || s === "in-call"), ["in-call", "held", "in-call"]);
		});

	test("sound follows the far end to another port", async () => {
		const file = path.join(os.tmpdir(), `rd-whole-${newId()}.wav`);
		const call = await talking("far", ["--record", file]);
		const { dialog, sound } = call;
		const other = await phone.sound(1100);
		const moved = await dialog.request("INVITE", { sdp: dialog.sdp(other) });
		assert.equal(moved.status, 200);
		sound.quiet();
		other.say(described(moved.body));
		await hears(other);
		assert.equal(await sound.listen(CALLER_HZ, 300), 0);
		await new Promise((done) => setTimeout(done, 1200));
		await finish(call);
		const { samples, rate } = await lastSecond(file);
		assert.ok(share(samples, 1100, rate) > 0.8, `the caller hears ${share(samples, 1100, rate)}`);
		await rm(file);
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

	test("an offer nobody can use is refused and the call goes on", async () => {
		const call = await talking();
		const { dialog, sound } = call;
		const sdp = dialog.sdp(sound).replace(/m=audio (\d+) .*/, "m=audio $1 RTP/AVP 18").replace(/a=rtpmap.*\r\n/g, "");
		assert.equal((await dialog.request("INVITE", { sdp })).status, 488);
		await hears(sound);
		await finish(call);
	});

	test("a blind transfer: the call goes on with the new party", async () => {
		const file = path.join(os.tmpdir(), `rd-whole-${newId()}.wav`);
		const call = await talking("moving", ["--record", file]);
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
		assert.equal(await metric(server, "ringdown_trunk_dialogs"), 1);
		await new Promise((done) => setTimeout(done, 1200));
		/* The new party can do all that the old one could. */
		await second.request("INVITE", { sdp: second.sdp(sound, { direction: "sendonly" }) });
		await caller.is("held");
		await second.request("INVITE", { sdp: second.sdp(sound) });
		await caller.is("in-call");
		await second.bye();
		assert.equal((await caller.report()).reason, "ended_by_advisor");
		const { samples, rate } = await lastSecond(file);
		assert.ok(share(samples, 1100, rate) > 0.8);
		await nothingLeft(server);
		await rm(file);
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
			const record = await until(() => caller.record(), "the record");
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
		const caller = new Caller(server, "far", ["--hear", "425"], { seconds: 1.5 });
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 180);
		await caller.is("ringing");
		const report = await caller.report();
		assert.equal(report.outcome, "ok", JSON.stringify(report));
		assert.ok(Math.abs(report.tone.hz - 425) < 2);
		await dialog.next("CANCEL");
		await nothingLeft(server);
	});

	test("the caller hears the far end's own tone after 180 and 183", async () => {
		const file = path.join(os.tmpdir(), `rd-whole-${newId()}.wav`);
		const caller = new Caller(server, "far", ["--record", file], { seconds: 3 });
		const dialog = await phone.dialog();
		dialog.respond(dialog.invite, 180);
		await caller.is("ringing");
		const sound = await phone.sound(1100);
		dialog.respond(dialog.invite, 183, { sdp: dialog.sdp(sound) });
		sound.say(dialog.theirs);
		const report = await caller.report();
		assert.ok(report.events.every((e) => e.state !== "in-call"));
		const { samples, rate } = await lastSecond(file);
		assert.ok(share(samples, 1100, rate) > 0.8);
		await dialog.next("CANCEL");
		await nothingLeft(server);
		await rm(file);
	});

	test("after 183 with sound an 180 does not bring our ring-back", async () => {
		const caller = new Caller(server, "far", ["--hear", "1100"], { seconds: 2 });
		const dialog = await phone.dialog();
		const sound = await phone.sound(1100);
		dialog.respond(dialog.invite, 183, { sdp: dialog.sdp(sound) });
		sound.say(dialog.theirs);
		dialog.respond(dialog.invite, 180);
		const report = await caller.report();
		assert.equal(report.outcome, "ok", JSON.stringify(report));
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

	test("digits of the far end, in both ways, neither disturb nor end the call", async () => {
		const call = await talking();
		call.sound.press("5", call.dialog.theirs);
		const info = await call.dialog.request("INFO", { body: "Signal=7\r\nDuration=160\r\n", headers: ["Content-Type: application/dtmf-relay"] });
		assert.equal(info.status, 200);
		await hears(call.sound);
		assert.equal((await call.caller.get()).state, "in-call");
		await finish(call);
	});
});
