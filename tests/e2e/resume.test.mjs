/* e2e/resume.test.mjs - a call that one page of its caller leaves and the next one takes over, with sound.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A page is `ringdown call --join`: the test asks the API as the page would, and the program has the sound. It dies by
 * SIGKILL, as a page does, without a word on its socket. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { Program, RINGDOWN, WAIT_MS, destination, freePort, newId, startAnswer, startRingdown, trunk, until } from "../help/server.mjs";
import { untilTone } from "../help/sound.mjs";
import { measured } from "../help/wait.mjs";

const ORIGIN = "https://shop.example";
const NOTICE_HZ = 660; /* the first of its two notes */
const PHONE_HZ = 700;

let server, phone;

before(async () => {
	const port = await freePort();
	phone = await startAnswer("--listen", `127.0.0.1:${port}`, "--tone", String(PHONE_HZ));
	server = await startRingdown({
		destinations: [
			destination("phone", "sip", { codecs: ["pcmu"], origins: [ORIGIN] }),
			destination("echo", "echo", { origins: [ORIGIN] }),
			destination("pair", "meeting", { origins: [ORIGIN] }),
		],
		more: { trunks: [trunk(port)] },
	});
});

after(async () => {
	await server?.stop();
	await phone?.stop();
});

/* --- pages --- */

const files = [];
afterEach(async () => {
	for (const page of Page.all.splice(0)) await page.die();
	await Promise.all(files.splice(0).map((file) => rm(file, { force: true })));
});

const post = (what, { headers = {}, body } = {}) => fetch(`${server.url}/v1/calls${what}`, {
	method: "POST", headers: { origin: ORIGIN, ...(body ? { "content-type": "application/json" } : {}), ...headers },
	body: body && JSON.stringify(body),
});

class Page {
	static all = [];

	constructor(call, hz) {
		Object.assign(this, call, { hz });
		Page.all.push(this);
	}

	/* The page that starts the call, with its sound. */
	static async start(destination, hz = 440) {
		const answer = await post("", { headers: { authorization: `Bearer ${server.token({ sub: newId() })}` }, body: { destination } });
		assert.equal(answer.status, 201);
		return new Page(await answer.json(), hz).join();
	}

	async join() {
		const [file, wav] = [".json", ".wav"].map((end) => path.join(os.tmpdir(), `ringdown-page-${newId()}${end}`));
		files.push(file, wav);
		await writeFile(file, JSON.stringify(this), { mode: 0o600 });
		this.wav = wav;
		this.program = new Program(RINGDOWN, ["call", "--json", "--url", server.url, "--origin", ORIGIN, "--join", file,
			"--tone", String(this.hz), "--duration", "600", "--setup", String(WAIT_MS / 1000), "--record", wav]);
		return this;
	}

	ask(what, body) {
		return post(`/${this.callId}/${what}`, { headers: { "ringdown-call-key": this.callKey }, body });
	}

	async get() {
		return (await fetch(`${server.url}/v1/calls/${this.callId}`, { headers: { "ringdown-call-key": this.callKey } })).json();
	}

	async is(state) {
		let call;
		await until(async () => (call = await this.get()).state === state, () => `the call is ${state}, but ${JSON.stringify(call)}`);
	}

	hears(hz, seconds = 0.4) { return untilTone(this.wav, hz, seconds, `the page that says ${this.hz} Hz`); }

	/* Without a word. */
	async die() {
		if (this.program) await this.program.stop("SIGKILL");
	}

	/* As on a reload. */
	async leave() {
		assert.equal((await this.ask("leaving")).status, 204);
		await this.die();
	}

	resume() { return post(`/${this.callId}/resume`, { body: { resumeKey: this.resumeKey } }); }

	/* The next page, with its sound. */
	async next(hz) {
		let answer;
		/* A page that died without a word is noticed in a moment. */
		await until(async () => (answer = await this.resume()).status !== 409, "the call is parked");
		assert.equal(answer.status, 200);
		return new Page(await answer.json(), hz).join();
	}

	async end() {
		await fetch(`${server.url}/v1/calls/${this.callId}`, { method: "DELETE", headers: { "ringdown-call-key": this.callKey } });
		await this.is("ended");
	}
}

async function talk(destination = "phone", hz = 440) {
	const page = await Page.start(destination, hz);
	await page.is("in-call");
	if (destination !== "phone") return page;
	await page.hears(PHONE_HZ);
	await heard(hz);
	return page;
}

/* By the telephone. */
const heard = (hz, seconds = 0.4) => phone.hears(hz, seconds);
/* When the server said so, which may be read later than what followed. */
const timeOf = async (pattern) => Date.parse((await server.program.line(pattern)).split(" ")[0]);

/* --- tests --- */

test("a reload: the telephone hears a notice, and both hear each other again within 3 s", () => measured(async () => {
	const first = await talk();
	/* Its first note comes at once, and the next one is almost too late to resume. */
	await Promise.all([heard(NOTICE_HZ, 0.12), first.leave()]);
	assert.equal((await first.get()).state, "reconnecting");
	const asked = Date.now();
	const second = await first.next(900);
	await Promise.all([heard(900), second.hears(PHONE_HZ)]);
	const took = Date.now() - asked;
	await second.is("in-call");
	assert.equal((await second.get()).resumes, 1);
	await second.end();
	assert.ok(took <= 3000, `both were heard after ${took} ms`);
}));

test("a page that leaves for good ends the telephone's call within 5.5 s", () => measured(async () => {
	const page = await talk();
	await page.leave();
	const { callId } = page;
	await page.is("ended");
	const call = await page.get();
	assert.equal(call.reason, "ended_by_caller");
	assert.equal(call.by, "caller");
	const [left, over] = await Promise.all(["page leaves", "call ended"].map((what) => timeOf(new RegExp(`${callId} event="${what}"`))));
	const took = over - left;
	assert.ok(took >= 4900 && took <= 5500, `it ended after ${took} ms`);
	assert.equal((await page.resume()).status, 404);
}));

test("a page that dies without a word leaves a notice, and is followed by another", async () => {
	const first = await talk();
	await first.die();
	await first.is("reconnecting");
	await heard(NOTICE_HZ, 0.12);
	const second = await first.next(900);
	await Promise.all([heard(900), second.hears(PHONE_HZ)]);
	/* And once more, in a row. */
	await second.leave();
	const third = await second.next(1000);
	await Promise.all([heard(1000), third.hears(PHONE_HZ)]);
	await third.end();
});

test("what the old page had is worth nothing: its keys, its token, its stream", async () => {
	const first = await talk();
	assert.equal((await first.resume()).status, 409);
	const stream = await fetch(`${server.url}${first.eventsUrl}`, { headers: { "ringdown-call-key": first.callKey } });
	await first.leave();
	const second = await first.next(900);
	await second.is("in-call");
	assert.ok(!(await stream.text()).includes("ended"));
	assert.equal((await first.resume()).status, 404);
	assert.equal((await first.ask("leaving")).status, 404);
	const ghost = await new Page({ ...first }, 1000).join();
	assert.equal((await ghost.program.ended).code, 2, ghost.program.output);
	await Promise.all([heard(900), second.hears(PHONE_HZ)]);
	await second.end();
});

test("an echo goes on after a reload", async () => {
	const first = await talk("echo");
	await first.hears(440);
	await first.leave();
	const second = await first.next(900);
	await second.hears(900);
	await second.end();
});

test("who is in a room with a caller hears that he is away, and then him again", async () => {
	const stays = await Page.start("pair", 500);
	const goes = await Page.start("pair", 800);
	await Promise.all([stays.is("in-call"), goes.is("in-call")]);
	await Promise.all([stays.hears(800), goes.hears(500)]);
	await Promise.all([stays.hears(NOTICE_HZ, 0.12), goes.leave()]);
	const back = await goes.next(1000);
	await Promise.all([stays.hears(1000), back.hears(500)]);
	assert.equal((await stays.get()).state, "in-call");
	await back.end();
});

test("who holds is not heard, the other side hears a notice, and both talk again after it", async () => {
	for (const destination of ["phone", "echo"]) {
		const page = await talk(destination);
		assert.equal((await page.ask("hold", { on: true })).status, 204);
		await page.is("held");
		assert.equal((await page.ask("hold", { on: true })).status, 204);
		if (destination === "phone") {
			await heard(NOTICE_HZ, 0.12);
			await phone.program.line(/"event":"held"/); /* RFC("3264 8.4") */
		}
		assert.equal((await page.ask("hold", { on: false })).status, 204);
		await page.is("in-call");
		if (destination === "phone") {
			await phone.program.line(/"event":"resumed"/);
			await heard(440);
		}
		await page.hears(destination === "phone" ? PHONE_HZ : 440);
		await page.end();
		assert.equal((await page.ask("hold", { on: true })).status, 409);
	}
});

test("a hold outlives a reload", async () => {
	const first = await talk();
	assert.equal((await first.ask("hold", { on: true })).status, 204);
	await first.is("held");
	await first.leave();
	const second = await first.next(900);
	await second.is("held");
	assert.equal((await second.ask("hold", { on: false })).status, 204);
	await Promise.all([heard(900), second.hears(PHONE_HZ)]);
	await second.end();
});

test("a network test brings the tone back, until it is over", async () => {
	const headers = { origin: ORIGIN, authorization: `Bearer ${server.token({ sub: newId() })}` };
	const answer = await fetch(`${server.url}/v1/preflight`, {
		method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify({ destination: "echo" }),
	});
	assert.equal(answer.status, 201);
	const test = await answer.json();
	const page = await new Page(test, 1100).join();
	await page.hears(1100, 1);
	assert.equal((await fetch(`${server.url}/v1/preflight/${test.testId}`, { method: "DELETE", headers })).status, 204);
	await page.program.ended;
	assert.equal(JSON.parse(execFileSync("sqlite3", ["-cmd", ".timeout 10000", "-json", server.database,
		`SELECT count(*) AS calls FROM calls WHERE call_id = '${test.testId}'`]).toString())[0].calls, 0);
});

test("what the caller thought of it is in the record, and can be said after the end", async () => {
	const page = await talk("echo");
	assert.equal((await page.ask("rating", { score: 2, tags: ["echo"] })).status, 204);
	await page.end();
	assert.equal((await page.ask("rating", { score: 4, tags: ["noise", "delay-1"] })).status, 204);
	assert.equal((await page.get()).rating, 4);
	const row = () => JSON.parse(execFileSync("sqlite3", ["-cmd", ".timeout 10000", "-json", server.database,
		`SELECT score, tags, reason FROM calls WHERE call_id = '${page.callId}'`]).toString())[0];
	await until(() => row().tags === "noise,delay-1", "the rating in the record");
	assert.deepEqual(row(), { score: 4, tags: "noise,delay-1", reason: "ended_by_caller" });
});
