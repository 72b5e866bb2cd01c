// A real `ringdown serve` for a test: its own configuration, ports of the
// kernel, records in a folder of its own, and tokens of an issuer with a
// shared secret.
// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";

export const ROOT = new URL("../../", import.meta.url).pathname;
export const RINGDOWN = process.env.RINGDOWN ?? path.join(ROOT, "build/release/server/app/ringdown");

/** A TCP port that was free a moment ago. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** An HS256 token of the test's issuer; `claims` replace the usual ones. */
export function makeToken(secret, claims = {}, header = {}) {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: "https://issuer.test", aud: "ringdown", sub: "alice", iat: now, exp: now + 600, ...claims };
  const text = `${base64url({ alg: "HS256", typ: "JWT", ...header })}.${base64url(all)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** Runs a program; its lines are kept. */
export class Program {
  constructor(command, args, options = {}) {
    this.lines = [];
    this.process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    this.ended = once(this.process, "exit").then(([code, signal]) => ({ code, signal }));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop();
        this.lines.push(...parts);
      });
    }
  }

  get pid() { return this.process.pid; }

  /** The first line that matches, now or within the time. */
  async line(pattern, ms = 10_000) {
    const until = Date.now() + ms;
    for (;;) {
      const found = this.lines.find((l) => pattern.test(l));
      if (found) return found;
      if (Date.now() > until || this.process.exitCode !== null)
        throw new Error(`no line ${pattern} of ${this.process.spawnfile}:\n${this.lines.slice(-30).join("\n")}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Ends it; kills it if it does not end. */
  async stop(signal = "SIGTERM") {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    const late = setTimeout(() => this.process.kill("SIGKILL"), 15_000);
    const result = await this.ended;
    clearTimeout(late);
    return result;
  }
}

/** Asks until the server is ready; says what it printed if it ends. */
async function untilReady(program, url) {
  for (const until = Date.now() + 15_000; Date.now() < until;) {
    if (program.process.exitCode !== null) break;
    try {
      if ((await fetch(`${url}/readyz`)).ok) return;
    } catch { /* not listening yet */ }
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`ringdown serve did not become ready:\n${program.lines.slice(-30).join("\n")}`);
}

const NO_LIMITS = "{ at_once: 0, per_minute: 0, per_hour: 0, per_day: 0 }";

/**
 * Starts a server and waits until it is ready.
 * @param {{destinations?: string, issuers?: string, more?: string, server?: string, media?: string, bind?: string, drain?: number,
 *   folder?: string}} options
 *   YAML: `destinations` replaces the usual list (echo, limited), `issuers` is
 *   added to the test's own, `more` at the top level, `server` and `media` within their sections, `bind` of the media.
 */
export async function startRingdown(options = {}) {
  const folder = options.folder ?? await mkdtemp(path.join(os.tmpdir(), "ringdown-test-"));
  const port = options.port ?? await freePort();
  const secret = options.secret ?? randomBytes(32).toString("hex");
  const url = `http://127.0.0.1:${port}`;
  const file = path.join(folder, "ringdown.yaml");
  await writeFile(file, `
server:
  listen: [127.0.0.1:${port}]
  public_url: ${options.publicUrl ?? url}
  database: ${folder}/calls.db
  widget: ${ROOT}web/dist
  drain_s: ${options.drain ?? 1}
${options.server ?? ""}
media:
  port: 0
  bind: [${options.bind ?? "127.0.0.1"}]
${options.media ?? ""}
issuers:
  - name: test
    issuer: https://issuer.test
    secret: "${secret}"
    audience: [ringdown]
    attributes: { customer_id: sub }
${options.issuers ?? ""}
destinations:
${options.destinations ?? `
  - name: echo
    origins: ["*"]
    limits: ${NO_LIMITS}
  - name: limited
    origins: ["http://good.test"]
`}
${options.more ?? ""}
`, { mode: 0o600 });
  const program = new Program(RINGDOWN, ["serve", file]);
  await untilReady(program, url);
  return {
    url, port, secret, folder, file, program,
    pid: program.pid,
    database: path.join(folder, "calls.db"),
    token: (claims) => makeToken(secret, claims),
    /** Ends the server properly and removes its folder. */
    async stop() {
      await program.stop("SIGTERM");
      await program.stop("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
    /** kill -9; folder, port and secret stay for the next one. */
    async kill() {
      await program.stop("SIGKILL");
    },
    call: (body = { destination: "echo" }, claims = {}, headers = {}) =>
      fetch(`${url}/v1/calls`, {
        method: "POST",
        headers: { authorization: `Bearer ${makeToken(secret, claims)}`, "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
  };
}

export const newId = randomUUID;
