/* help/call.mjs - `ringdown call` in a test's hands: one call as a browser makes it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It talks until the test hangs up, so nothing depends on how fast the
 * machine is; it says 440 Hz if it is not told otherwise. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Program, RINGDOWN, WAIT_MS, newId, until } from "./server.mjs";
import { untilTone } from "./sound.mjs";

const TALK_S = 600;

export class Caller {
	static #all = new Set();

	/* A test that failed leaves nobody on the line for the next one. */
	static async leave() {
		for (const caller of Caller.#all) await caller.program.stop();
		for (const caller of Caller.#all) rmSync(caller.file, { force: true });
		Caller.#all.clear();
	}

	/* server: url, token() and program, its Program; words: options of `ringdown call`. */
	constructor(server, destination, words = [], { url = server.url } = {}) {
		Caller.#all.add(this);
		this.server = server;
		this.since = Date.now();
		this.file = path.join(os.tmpdir(), `ringdown-caller-${newId()}.wav`);
		this.program = new Program(RINGDOWN, ["call", "--json", "--url", url, "--token", server.token(), "--destination", destination,
			"--duration", String(TALK_S), "--setup", String(WAIT_MS / 1000), "--record", this.file, ...words]);
	}

	/* Of the first call that was admitted since this caller began.  A line
	 * about an earlier call may be read later than that; its time tells. */
	async id() {
		const find = () => this.server.program.lines
			.map((line) => /^(\S+) .*\bcall=(\S+) event="call admitted"/.exec(line))
			.find((found) => found && Date.parse(found[1]) >= this.since)?.[2];
		return this.callId ??= await until(find, () => `the call's id; ${this.program.output}`);
	}

	async get() {
		const answer = await fetch(`${this.server.url}/v1/calls/${await this.id()}`,
			{ headers: { authorization: `Bearer ${this.server.token()}` } });
		return answer.json();
	}

	async is(state) {
		let call;
		return until(async () => (call = await this.get()).state === state, () => `the call is ${state}, but ${JSON.stringify(call)}`);
	}

	/* Until so many seconds of a tone came since now. */
	async hears(hz, seconds = 0.4) {
		return untilTone(this.file, hz, seconds, "the caller");
	}

	/* Everything it has to say once it is over. */
	async report() {
		const late = setTimeout(() => this.program.process.kill("SIGKILL"), 2 * WAIT_MS);
		const { signal } = await this.program.ended;
		clearTimeout(late);
		assert.equal(signal, null, `the caller did not end: ${this.program.output}`);
		return JSON.parse(this.program.lines.find((line) => line.startsWith("{")));
	}

	async hangup() {
		this.program.process.kill("SIGTERM");
		return this.report();
	}

	/* Of the database, once the call's end is in it. */
	async record() {
		const id = await this.id();
		return until(() => {
			const [row] = JSON.parse(execFileSync("sqlite3", ["-cmd", ".timeout 10000", "-json", this.server.database,
				`SELECT * FROM calls WHERE call_id = '${id}'`]).toString() || "[]");
			return row?.ended_ms && row;
		}, "the end of the call in its record");
	}
}
