/* help/server.mjs - a real `ringdown serve` for a test, its access tokens, its callers and its SIP telephones.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every suite starts its servers here.  What there is:
 *
 *   startRingdown(options)   a server that is ready, on ports of its own; its options are told there.  It has
 *     .url .port .pid .file .folder .database .secret
 *     .program               its Program: the log is .program.lines, a line is awaited by .program.line(pattern)
 *     .token(claims)         an access token of the issuer "test" (of `alice`, unless the claims say another `sub`)
 *     .call(body, claims, headers)     POST /v1/calls by fetch
 *     .request(method, path, options)  any request, byte for byte as given
 *     .stop()                SIGTERM; fails if the server does not end with 0; its folder goes
 *     .kill() .restart()     SIGKILL; and the same server again with the same files
 *   startAnswer(...words)    `ringdown answer`, a SIP telephone: .port .uri .program .hears(hz, seconds) .ended() .stop()
 *   runCall(server, ...words)   `ringdown call --json` to its end: { status, report, output }; help/call.mjs has one
 *                            that talks until the test has seen enough, and help/sound.mjs finds tones
 *   destination(name, to, more) trunk(port, more)   parts of a configuration: who may be called, and a telephone
 *   new Program(command, words) any other program: .lines .output .line(pattern) .stop()
 *   freePort(count)  until(isSo, what)  makeToken(secret, claims)  newId()  NO_LIMITS  ROOT  RINGDOWN
 *
 * help/wait.mjs tells how tests wait. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomBytes, randomInt, randomUUID } from "node:crypto";
import dgram from "node:dgram";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { untilTone } from "./sound.mjs";
import { WAIT_MS, until } from "./wait.mjs";

export { WAIT_MS, until };

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const RINGDOWN = process.env.RINGDOWN ?? path.join(ROOT, "build/release/server/app/ringdown");
const LIMITS = { at_once: 0, per_minute: 0, per_hour: 0, per_day: 0 };
export const NO_LIMITS = flow(LIMITS);
export const newId = randomUUID;

/* --- ports --- */

async function canBind(port) {
	const udp = dgram.createSocket("udp4");
	const tcp = net.createServer();
	const is = (socket, bind) => new Promise((done) => {
		socket.once("error", () => done(false));
		bind(() => done(true));
	});
	const isFree = await is(udp, (then) => udp.bind(port, "127.0.0.1", then))
		&& await is(tcp, (then) => tcp.listen(port, "127.0.0.1", then));
	await Promise.all([new Promise((done) => udp.close(done)), new Promise((done) => tcp.close(done))]);
	return isFree;
}

/* The first of `count` neighbouring ports that are free for UDP and TCP.
 *
 * A port of the kernel's own range would be given to the next socket that
 * binds to 0, so one that must stay free until another program takes it is
 * looked for below that range. */
export async function freePort(count = 1) {
	const [low] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
	assert.ok(low > 12_000, `the kernel gives away ports from ${low} on`);
	for (;;) {
		const port = randomInt(10_000, low - count);
		const all = [];
		for (let i = 0; i < count; i++) all.push(await canBind(port + i));
		if (all.every(Boolean)) return port;
	}
}

/* --- tokens --- */

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/* An HS256 token of the test's issuer; `claims` and `header` replace the usual ones. */
export function makeToken(secret, claims = {}, header = {}) {
	const now = Math.floor(Date.now() / 1000);
	const all = { iss: "https://issuer.test", aud: "ringdown", sub: "alice", iat: now, exp: now + 600, ...claims };
	const text = `${base64url({ alg: "HS256", typ: "at+jwt", ...header })}.${base64url(all)}`;
	return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/* --- programs --- */

/* Runs a program and keeps its lines, of standard output and error. */
export class Program {
	lines = [];
	isOver = false;
	#waiting = [];

	constructor(command, words = [], options = {}) {
		this.process = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], ...options });
		this.process.on("error", (error) => this.#take([String(error)]));
		for (const stream of [this.process.stdout, this.process.stderr]) this.#read(stream);
		/* Once all that it has said was read: { code, signal }. */
		this.ended = new Promise((done) => this.process.once("close", (code, signal) => {
			this.isOver = true;
			this.#take([]);
			done({ code, signal });
		}));
	}

	#read(stream) {
		let rest = "";
		stream.setEncoding("utf8").on("data", (text) => {
			const parts = (rest + text).split("\n");
			rest = parts.pop();
			this.#take(parts);
		}).on("end", () => rest && this.#take([rest]));
	}

	#take(lines) {
		this.lines.push(...lines);
		for (const wake of this.#waiting.splice(0)) wake();
	}

	get pid() { return this.process.pid; }
	get output() { return this.lines.join("\n"); }

	/* The first line that matches, said already or still to come. */
	async line(pattern, ms = WAIT_MS) {
		for (const end = Date.now() + ms; ;) {
			const found = this.lines.find((line) => pattern.test(line));
			if (found !== undefined) return found;
			const left = end - Date.now();
			assert.ok(left > 0 && !this.isOver, `no line ${pattern} of ${this.process.spawnargs.slice(0, 2).join(" ")}, `
				+ `${this.isOver ? "which is over" : `in ${ms} ms`}:\n${this.lines.slice(-30).join("\n")}`);
			await new Promise((wake) => {
				const late = setTimeout(wake, left);
				this.#waiting.push(() => { clearTimeout(late); wake(); });
			});
		}
	}

	/* Ends it, kills it if it does not end, and says how it ended. */
	async stop(signal = "SIGTERM", ms = WAIT_MS) {
		if (!this.isOver) this.process.kill(signal);
		const late = setTimeout(() => this.process.kill("SIGKILL"), ms);
		const result = await this.ended;
		clearTimeout(late);
		return result;
	}
}

/* --- the server --- */

/* YAML on one line; text is taken as a string, not as YAML. */
function flow(value) {
	if (Array.isArray(value)) return `[ ${value.map(flow).join(", ")} ]`;
	if (value === null || typeof value !== "object") return JSON.stringify(value);
	return `{ ${Object.entries(value).map(([key, one]) => `${key}: ${flow(one)}`).join(", ")} }`;
}

/* YAML as it is; an object as lines with that indent; an array as a list. */
function block(value = "", indent = "") {
	if (typeof value === "string") return value;
	if (Array.isArray(value)) return value.map((one) => `${indent}- ${flow(one)}\n`).join("");
	return Object.entries(value).map(([key, one]) => `${indent}${key}: ${flow(one)}\n`).join("");
}

/* Any page may call it, as often as it likes.  to: "sip" is the telephone of `trunk`; more: other keys, or others of these. */
export const destination = (name, to = "echo", more = {}) => ({
	name, to, ...(to === "sip" && { trunk: "peer", user: "far" }), origins: ["*"], limits: LIMITS, ...more,
});

/* A telephone at that port of this machine. */
export const trunk = (port, more = {}) => ({ name: "peer", host: "localhost", port, peers: ["127.0.0.0/8"], options_s: 0, ...more });

const usual = [destination("echo"), { name: "limited", origins: ["http://good.test"] }];

function configuration(options, { folder, port, secret }) {
	return `
server:
  listen: [127.0.0.1:${port}${options.listen ? `, ${options.listen}:${port}` : ""}]
  public_url: ${options.publicUrl ?? `http://127.0.0.1:${port}`}
  database: ${folder}/calls.db
  widget: ${process.env.RINGDOWN_WIDGET ?? path.join(ROOT, "web/dist")}
  drain_s: ${options.drain ?? 1}
${block(options.server, "  ")}
media:
  port: 0
  most_late_ms: 10000 # a busy machine is slow here, and refuses nobody
  bind: [${options.bind ?? "127.0.0.1"}]
${block(options.media, "  ")}
issuers:
  - name: test
    issuer: https://issuer.test
    secret: "${secret}"
    audience: [ringdown]
    attributes: { customer_id: sub }
${block(options.issuers, "  ")}
destinations:
${block(options.destinations ?? usual, "  ")}
${block(options.more)}
`;
}

/* Ready, or what it said when it ended instead. */
async function untilReady(program, url) {
	const isReady = async () => {
		if (program.isOver) return true;
		return fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
	};
	await until(isReady, () => `ready: ${program.lines.slice(-30).join("\n")}`);
	assert.ok(!program.isOver, `ringdown serve ended:\n${program.lines.slice(-30).join("\n")}`);
}

/* One request, which fetch would tidy up before it is sent.  onStart: called with what has come of the body so far. */
function request(port, method, target, { headers = {}, body, onStart } = {}) {
	return new Promise((done, failed) => {
		const asked = http.request({
			host: "127.0.0.1", port, method, path: target, agent: false,
			headers: { ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }), ...headers },
		});

		asked.on("error", failed);
		asked.on("upgrade", (answer, socket) => done({ status: answer.statusCode, headers: answer.headers, body: "", socket }));
		asked.on("response", (answer) => {
			const chunks = [];
			const text = () => Buffer.concat(chunks).toString();
			const finish = () => done({ status: answer.statusCode, headers: answer.headers, body: text() });
			answer.on("data", (chunk) => {
				chunks.push(chunk);
				onStart?.(text(), asked);
			});
			answer.on("end", finish);
			answer.on("error", finish);
		});
		asked.end(body);
	});
}

class Server {
	constructor(options, has) {
		Object.assign(this, has, { url: `http://127.0.0.1:${has.port}`, database: path.join(has.folder, "calls.db"),
			file: path.join(has.folder, "ringdown.yaml"), options });
		this.token = (claims) => makeToken(this.secret, claims);
	}

	get pid() { return this.program.pid; }

	async start() {
		await writeFile(this.file, configuration(this.options, this), { mode: 0o600 });
		this.isKilled = false;
		this.program = new Program(RINGDOWN, ["serve", this.file]);
		try {
			await untilReady(this.program, this.url);
		} catch (error) {
			await this.program.stop("SIGKILL");
			throw error;
		}
		return this;
	}

	call(body = { destination: "echo" }, claims = {}, headers = {}) {
		return fetch(`${this.url}/v1/calls`, {
			method: "POST",
			headers: { authorization: `Bearer ${this.token(claims)}`, "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	}

	request(method, target, options) { return request(this.port, method, target, options); }

	/* Calls that a test left behind are ended by the second SIGTERM. */
	async stop() {
		const again = setTimeout(() => this.program.process.kill("SIGTERM"), 3000);
		const { code, signal } = await this.program.stop("SIGTERM");
		clearTimeout(again);
		if (this.options.folder === undefined) await rm(this.folder, { recursive: true, force: true });
		assert.ok(code === 0 || this.isKilled, `ringdown serve ended with ${signal ?? code}:\n${this.program.lines.slice(-40).join("\n")}`);
	}

	kill() {
		this.isKilled = true;
		return this.program.stop("SIGKILL");
	}

	async restart() {
		await this.kill();
		return this.start();
	}
}

/* Starts a server and waits until it is ready.
 *
 * The configuration is written from parts; each is YAML text, indented as in
 * its place, or an object (for lists, an array):
 *   destinations  in place of the usual ones, `echo` and `limited`
 *   issuers       beside the test's own, `test`
 *   server media  more keys of these sections
 *   more          whole sections, such as { trunks: [...], sip: {...} }
 * and from values: drain (s), listen (an address beside loopback), bind (of media, YAML list without brackets), publicUrl; port, secret and folder where
 * they must be known beforehand (the folder is then left behind). */
export async function startRingdown(options = {}) {
	return new Server(options, {
		folder: options.folder ?? await mkdtemp(path.join(os.tmpdir(), "ringdown-test-")),
		port: options.port ?? await freePort(),
		secret: options.secret ?? randomBytes(32).toString("hex"),
	}).start();
}

/* --- callers and telephones --- */

/* `ringdown answer --json`, listening on a port of the kernel or the one after --listen; what it hears is recorded. */
export async function startAnswer(...words) {
	const listen = words.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
	const file = path.join(os.tmpdir(), `ringdown-answer-${newId()}.wav`);
	const program = new Program(RINGDOWN, ["answer", "--json", ...listen, "--record", file, ...words]);
	const [, uri, port] = /^listening (sips?:\S*?:(\d+)\S*)/.exec(await program.line(/^listening sip/));
	return {
		program, uri, file, port: Number(port),
		/* Until so many seconds of a tone came since now. */
		hears: (hz, seconds) => untilTone(file, hz, seconds, "ringdown answer"),
		/* What it tells of the first call that is over. */
		ended: async () => JSON.parse(await program.line(/"event":"ended"/)),
		stop: async () => {
			await program.stop();
			await rm(file, { force: true });
		},
	};
}

/* `ringdown call --json` as alice, to its end; of `server` it takes url and token. */
export async function runCall(server, ...words) {
	const program = new Program(RINGDOWN, ["call", "--json", "--url", server.url, "--token", server.token(), ...words]);
	const late = setTimeout(() => program.process.kill("SIGKILL"), 4 * WAIT_MS);
	const { code, signal } = await program.ended;
	clearTimeout(late);
	assert.equal(signal, null, `ringdown call was ended by ${signal}: ${program.output}`);
	const line = program.lines.find((text) => text.startsWith("{"));
	return { status: code, report: line ? JSON.parse(line) : undefined, output: program.output };
}
