/* e2e/help/ringdown.mjs - `ringdown serve` on free ports, with an issuer whose tokens we sign.
 * SPDX-License-Identifier: Apache-2.0 */
import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const PROGRAM = process.env.RINGDOWN ?? join(root, "build/release/server/app/ringdown");
export const ORIGIN = "http://localhost:3000";

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value))
	.toString("base64url");

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, ms = 10_000) {
	const end = Date.now() + ms;
	for (;;) {
		const value = await what();
		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`never: ${what}`);
		await sleep(25);
	}
}

async function freePort() {
	const holder = createServer().listen(0, "127.0.0.1");
	await once(holder, "listening");
	const { port } = holder.address();
	holder.close();
	return port;
}

/* A program whose output is kept line by line. */
export class Program {
	constructor(args) {
		this.output = "";
		this.child = spawn(PROGRAM, args, { stdio: ["ignore", "pipe", "pipe"] });
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.on("data", (chunk) => { this.output += chunk; });
		this.gone = once(this.child, "exit");
	}

	/* The first match in what it has said. */
	says(pattern) {
		return until(() => {
			if (this.child.exitCode !== null)
				throw new Error(`ended early: ${this.output}`);
			return pattern.exec(this.output);
		});
	}

	async end(signal = "SIGTERM") {
		this.child.kill(signal);
		await this.gone;
	}
}

export class Ringdown {
	secret = randomBytes(48).toString("base64");

	/* phone: "127.0.0.1:5070" of a SIP phone, for the destination `phone`. */
	async open({ phone, drain = 5 } = {}) {
		this.folder = mkdtempSync(join(tmpdir(), "ringdown-e2e-"));
		const file = join(this.folder, "ringdown.yaml");
		this.port = await freePort(); /* it says its own address to clients */
		const trunk = phone ? `
trunks:
  - { name: desk, host: 127.0.0.1, port: ${phone.split(":")[1]}, options_s: 0, peers: [127.0.0.1] }
sip: { bind: "127.0.0.1:0" }
` : "";
		const toPhone = phone ? `
  - { name: phone, to: sip, trunk: desk, user: desk, origins: ["${ORIGIN}"], limits: ${NO_LIMITS} }
` : "";
		writeFileSync(file, `
server:
  listen: ["127.0.0.1:${this.port}"]
  database: ${this.folder}/calls.db
  widget: ${process.env.RINGDOWN_WIDGET ?? join(root, "web/dist")}
  drain_s: ${drain}
media: { port: 0, bind: [127.0.0.1] }
issuers:
  - { name: test, issuer: test, secret: "${this.secret}", audience: [ringdown] }
${trunk}
destinations:
  - { name: echo, to: echo, origins: ["${ORIGIN}"], limits: { at_once: 1, per_minute: 3, per_hour: 0, per_day: 0 } }
  - { name: anybody, to: echo, origins: ["*"], limits: ${NO_LIMITS} }
  - { name: other, to: echo, origins: ["https://other.example"], limits: ${NO_LIMITS} }
${toPhone}`, { mode: 0o600 });
		this.program = new Program(["serve", file]);
		await this.program.says(/event=ready/);
		return this;
	}

	/* As after a crash: the same files, a new process. */
	async reopen() {
		await this.program.end("SIGKILL");
		this.program = new Program(["serve", join(this.folder, "ringdown.yaml")]);
		await this.program.says(/event=ready/);
	}

	async close() {
		await this.program?.end("SIGKILL");
		rmSync(this.folder, { recursive: true, force: true });
	}

	token(subject = "alice", { expiresIn = 600, ...claims } = {}) {
		const now = Math.floor(Date.now() / 1000);
		const text = `${base64url({ alg: "HS256", typ: "at+jwt" })}.${base64url({
			iss: "test", aud: "ringdown", sub: subject, iat: now - 900, exp: now + expiresIn, ...claims,
		})}`;
		return `${text}.${createHmac("sha256", this.secret).update(text).digest("base64url")}`;
	}

	/* One request; the body is text. onStart: as soon as there are headers. */
	request(method, path, { headers = {}, body, onStart } = {}) {
		return new Promise((done, failed) => {
			const request = http.request({
				host: "127.0.0.1", port: this.port, method, path, agent: false,
				headers: { ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }), ...headers },
			});

			request.on("error", failed);
			request.on("upgrade", (answer, socket) => {
				done({ status: answer.statusCode, headers: answer.headers, body: "", socket });
			});
			request.on("response", (answer) => {
				const chunks = [];
				answer.on("data", (chunk) => {
					chunks.push(chunk);
					onStart?.(Buffer.concat(chunks).toString(), request);
				});
				const finish = () => done({
					status: answer.statusCode, headers: answer.headers,
					body: Buffer.concat(chunks).toString(),
				});
				answer.on("end", finish);
				answer.on("error", finish);
			});
			request.end(body);
		});
	}
}

const NO_LIMITS = "{ at_once: 0, per_minute: 0, per_hour: 0, per_day: 0 }";
