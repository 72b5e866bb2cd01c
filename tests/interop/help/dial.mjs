/* interop/help/dial.mjs - starts the driver `dial` and a SIP peer, and waits for what they say.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { ROOT, WAIT_MS, until } from "../../help/server.mjs";

const scenarios = path.join(ROOT, "tests/interop/sipp");

export function has(program) {
	return (process.env.PATH ?? "").split(":").some((folder) => existsSync(path.join(folder, program)));
}

/* The driver, built once; RD_BUILD names the folder if it is there already. */
let driver;
export function dialProgram() {
	const folder = process.env.RD_BUILD ?? path.join(ROOT, "build/release");
	if (!driver && !process.env.RD_BUILD)
		execFileSync("flock", [path.join(ROOT, "build/.lock"), "ninja", "-C", folder, "dial"], { stdio: "ignore" });
	driver ??= path.join(folder, "tests/interop/dial");
	return driver;
}

export function isBound(kind, port) {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	return readFileSync(`/proc/net/${kind}`, "utf8").includes(`:${hex} `);
}

export class Dial {
	constructor(options = {}) {
		const words = Object.entries(options).map(([key, value]) => `${key}=${value}`);
		this.events = [];
		this.waiting = [];
		this.errors = "";
		this.child = spawn(dialProgram(), words, { stdio: ["pipe", "pipe", "pipe"] });
		this.child.stderr.on("data", (text) => { this.errors += text; });
		this.ended = new Promise((resolve) => this.child.on("exit", (code, signal) => {
			this.signal = signal;
			resolve(code);
		}));
		createInterface({ input: this.child.stdout }).on("line", (line) => {
			this.events.push(JSON.parse(line));
			for (const wake of this.waiting.splice(0))
				wake();
		});
	}

	async open() {
		const { port, tlsPort } = await this.next("listening");
		this.port = port;
		this.tlsPort = tlsPort;
		return this;
	}

	say(line) {
		this.child.stdin.write(`${line}\n`);
	}

	/* The next event of that name; the ones before it are passed over. */
	async next(name, ms = WAIT_MS) {
		const deadline = Date.now() + ms;
		for (;;) {
			const at = this.events.findIndex((e) => e.event === name);
			if (at >= 0)
				return this.events.splice(0, at + 1)[at];
			const left = deadline - Date.now();
			assert.ok(left > 0 && this.child.exitCode === null && !this.child.signalCode,
				`no ${name}; ${JSON.stringify(this.events)} ${this.errors}`);
			await new Promise((resolve) => {
				const timer = setTimeout(resolve, Math.min(left, 200)); /* it may have ended */
				this.waiting.push(() => { clearTimeout(timer); resolve(); });
			});
		}
	}

	async close() {
		if (this.child.exitCode === null && !this.child.signalCode)
			this.say("quit");
		const code = await this.ended;
		assert.equal(this.signal, null, `dial was ended by ${this.signal}: ${this.errors}`);
		assert.equal(code, 0, this.errors);
	}
}

/* sipp with one scenario of ours, one call.  remote: port to call, or none to wait. */
export class Sipp {
	constructor(scenario, { port, remote, keys = {}, seconds = 90, transport = "u1" }) {
		this.work = mkdtempSync(path.join(os.tmpdir(), "rd-sipp-"));
		const text = readFileSync(path.join(scenarios, scenario), "utf8");
		const file = path.join(this.work, scenario);
		/* sipp has keys of its own, but not where it wants a number. */
		writeFileSync(file, text.replace(/\[(code|cause|contact)\]/g, (all, key) => keys[key] ?? all));
		const words = ["-sf", file, "-i", "127.0.0.1", "-p", String(port), "-m", "1",
			"-nostdin", "-timeout", `${seconds}s`, "-timeout_error", "-trace_err", "-trace_msg",
			"-error_file", path.join(this.work, "errors"), "-message_file", path.join(this.work, "messages"),
			"-t", transport];
		if (remote)
			words.push(`127.0.0.1:${remote}`);
		this.port = port;
		this.kind = transport.startsWith("t") ? "tcp" : "udp";
		this.child = spawn("sipp", words, { cwd: this.work, stdio: "ignore", env: { ...process.env, TERM: "dumb" } });
		this.ended = new Promise((resolve) => this.child.on("exit", resolve));
	}

	async listening() {
		await until(() => isBound(this.kind, this.port) || this.child.exitCode !== null, "sipp listens");
		return this;
	}

	async succeeded() {
		const code = await this.ended;
		const read = (name) => {
			const file = path.join(this.work, name);
			return existsSync(file) ? readFileSync(file, "utf8") : "";
		};
		assert.equal(code, 0, `sipp ended with ${code}\n${read("errors")}\n${read("messages")}`);
		rmSync(this.work, { recursive: true });
	}
}
