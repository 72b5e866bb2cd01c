/* interop/help/serve.mjs - `ringdown serve` with one trunk, and `ringdown call` through it.
 * SPDX-License-Identifier: Apache-2.0 */
import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { freePort, root, until } from "./dial.mjs";

export const program = process.env.RINGDOWN ?? path.join(root, "build/release/server/app/ringdown");
const ORIGIN = "http://localhost:3000";

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export class Program {
	constructor(words) {
		this.output = "";
		this.child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.on("data", (text) => { this.output += text; });
		this.ended = new Promise((resolve) => this.child.on("exit", resolve));
	}

	says(pattern, ms) {
		return until(() => {
			if (this.child.exitCode !== null && !pattern.exec(this.output))
				throw new Error(`ended early: ${this.output}`);
			return pattern.exec(this.output);
		}, `${pattern} in ${this.output}`, ms);
	}

	async close() {
		this.child.kill("SIGTERM");
		const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000);
		await this.ended;
		clearTimeout(timer);
	}
}

export class Serve {
	secret = randomBytes(48).toString("base64");

	/* trunk: its keys; codecs: offered to it. */
	async open({ trunk, codecs, tls_dir, user = "desk" }) {
		this.work = mkdtempSync(path.join(os.tmpdir(), "rd-interop-"));
		this.port = await freePort();
		const file = path.join(this.work, "ringdown.yaml");
		const keys = Object.entries({ name: "far", options_s: 0, peers: "[127.0.0.1]", ...trunk })
			.map(([key, value]) => `${key}: ${value}`).join(", ");
		writeFileSync(file, `
server: { listen: ["127.0.0.1:${this.port}"], database: ${this.work}/calls.db, drain_s: 1 }
media: { port: 0, bind: [127.0.0.1] }
sip: { bind: "127.0.0.1:0"${tls_dir ? `, tls_dir: ${tls_dir}` : ""} }
issuers:
  - { name: test, issuer: test, secret: "${this.secret}", audience: [ringdown] }
trunks:
  - { ${keys} }
destinations:
  - name: phone
    to: sip
    trunk: far
    user: ${user}
    codecs: [${codecs}]
    origins: ["${ORIGIN}"]
    headers: { X-Customer-Id: customer_id }
`, { mode: 0o600 });
		this.program = new Program(["serve", file]);
		await this.program.says(/event=ready/);
		return this;
	}

	token() {
		const now = Math.floor(Date.now() / 1000);
		const text = `${encoded({ alg: "HS256", typ: "at+jwt" })}.${encoded({
			iss: "test", aud: "ringdown", sub: "alice", iat: now - 5, exp: now + 600,
		})}`;
		return `${text}.${createHmac("sha256", this.secret).update(text).digest("base64url")}`;
	}

	/* One call as a browser makes it: { code, report, output }. */
	async call(words) {
		const caller = new Program(["call", "--json", "--url", `http://127.0.0.1:${this.port}`, "--origin", ORIGIN,
			"--token", this.token(), "--destination", "phone", ...words]);
		const code = await caller.ended;
		const line = caller.output.split("\n").find((text) => text.startsWith("{"));
		return { code, report: line ? JSON.parse(line) : null, output: caller.output };
	}

	async close() {
		await this.program?.close();
		rmSync(this.work, { recursive: true, force: true });
	}
}

/* Folders with agent.pem and cafile.pem, of one authority: ours, good, and wrong (another name). */
export function certificates() {
	const work = mkdtempSync(path.join(os.tmpdir(), "rd-certificates-"));
	execFileSync("sh", ["-e", "-c", `
umask 077
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
key ca; openssl req -x509 -new -key ca.key -days 2 -subj /CN=ca -addext basicConstraints=critical,CA:TRUE -out ca.crt
leaf() {
	key $1; openssl req -new -key $1.key -subj /CN=$2 -out $1.csr
	printf 'subjectAltName=DNS:%s' $2 > $1.ext
	openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt
	mkdir $1; cat $1.crt $1.key > $1/agent.pem; cp ca.crt $1/cafile.pem
}
leaf ours 127.0.0.1
leaf good localhost
leaf wrong else.test
`], { cwd: work, stdio: "ignore" });
	return {
		folder: (name) => path.join(work, name),
		close: () => rmSync(work, { recursive: true, force: true }),
	};
}
