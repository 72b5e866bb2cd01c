/* aws/help/client.mjs - starts the driver `aws_call`, makes calls with it, and gives what came of them.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const WAIT_MS = 30_000;

/* The driver, built once; RD_BUILD names the folder if it is there already. */
let program;
function driver() {
	const folder = process.env.RD_BUILD ?? path.join(ROOT, "build/release");
	if (!program && !process.env.RD_BUILD) {
		mkdirSync(path.join(ROOT, "build"), { recursive: true });
		execFileSync("flock", [path.join(ROOT, "build/.lock"), "ninja", "-C", folder, "aws_call"], { stdio: "ignore" });
	}
	return program ??= path.join(folder, "tests/aws/aws_call");
}

/* Each operation of ours as the client is asked for it; `more` adds or replaces. */
const INSTANCE = "11111111-1111-4111-8111-111111111111";
export const CALLS = {
	start: (token, more) => ({ service: "connect", operation: "StartWebRTCContact", method: "PUT", path: "/contact/webrtc", idempotent: true,
		body: JSON.stringify({ InstanceId: INSTANCE, ContactFlowId: "flow", ClientToken: token, ParticipantDetails: { DisplayName: "Zo\u00eb \u4f60" } }), ...more }),
	stop: (contact) => ({ service: "connect", operation: "StopContact", method: "POST", path: "/contact/stop", idempotent: true,
		body: JSON.stringify({ InstanceId: INSTANCE, ContactId: contact }) }),
	describe: (contact, more) => ({ service: "connect", operation: "DescribeContact", method: "GET", path: `/contacts/${INSTANCE}/${contact}`, idempotent: true, ...more }),
	createCall: (more) => ({ service: "chime-voice", operation: "CreateSipMediaApplicationCall", method: "POST",
		path: "/sip-media-applications/sma-1/calls", body: '{"FromPhoneNumber":"+12025550100","ToPhoneNumber":"+17035550122"}', ...more }),
	getMeeting: (id) => ({ service: "chime-meetings", operation: "GetMeeting", method: "GET", path: `/meetings/${id}`, idempotent: true }),
};

export class Client {
	lines = [];
	errors = "";
	#waiting = new Set();
	#number = 0;

	/* environment: all of it; options: words of the driver. */
	constructor(environment, options = {}) {
		const words = Object.entries(options).map(([key, value]) => `${key}=${value}`);
		this.process = spawn(driver(), words, { stdio: ["pipe", "pipe", "pipe"], env: environment });
		this.process.stdin.on("error", () => {});
		this.process.stderr.setEncoding("utf8").on("data", (text) => {
			this.errors += text;
			this.#wake();
		});
		createInterface({ input: this.process.stdout }).on("line", (line) => {
			this.lines.push(JSON.parse(line));
			this.#wake();
		});
		this.ended = new Promise((done) => this.process.once("close", (status, signal) => done({ status, signal })));
	}

	#wake() {
		for (const wake of this.#waiting) wake();
		this.#waiting.clear();
	}

	async #find(pick, what) {
		for (const end = Date.now() + WAIT_MS; ;) {
			const found = pick();
			if (found) return found;
			assert.ok(Date.now() < end, `never: ${what}; ${this.errors}`);
			await new Promise((wake) => {
				const late = setTimeout(wake, end - Date.now());
				this.#waiting.add(() => { clearTimeout(late); wake(); });
			});
		}
	}

	say(line) { this.process.stdin.write(`${JSON.stringify(line)}\n`); }

	/* Starts a call and gives its number. */
	begin(call) {
		this.say({ call: ++this.#number, ...call });
		return this.#number;
	}

	result(number) { return this.#find(() => this.lines.find((line) => line.call === number), `the end of call ${number}`); }
	call(call) { return this.result(this.begin(call)); }
	logged(pattern) { return this.#find(() => pattern.exec(this.errors), `log line ${pattern}`); }

	async ready() {
		const seen = this.lines.length;
		this.say({ ready: true });
		return this.#find(() => this.lines.slice(seen).find((line) => "ready" in line), "ready");
	}

	/* Ends it; it must have freed all it took. */
	async close() {
		this.process.stdin.end();
		const { status, signal } = await this.ended;
		assert.deepEqual({ status, signal }, { status: 0, signal: null }, this.errors);
	}
}
