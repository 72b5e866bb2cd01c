/* e2e/help/demo.mjs - the whole demo as its user starts it, and its tokens.
 * SPDX-License-Identifier: Apache-2.0 */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { ROOT, freePort, until } from "../../help/server.mjs";

const READY_MS = 600_000; /* the first start may build everything */

export class Demo {
	#made = [];

	/* DEMO_PORT names one that runs already.  phone: who answers "support";
	 * provider: who carries the calls. */
	async open({ phone, provider } = {}) {
		const running = phone || provider ? undefined : process.env.DEMO_PORT;

		this.port = Number(running ?? (await freePort(2)));
		this.origin = `http://localhost:${this.port}`;
		if (running) return this;
		this.process = spawn(
			`${ROOT}script/demo`,
			[
				"--port",
				String(this.port),
				"--headless",
				...(phone ? ["--phone", phone] : []),
				...(provider ? ["--provider", provider] : []),
			],
			{
				cwd: ROOT,
				stdio: ["ignore", "pipe", "pipe"],
			},
		);
		this.said = "";
		await new Promise((resolve, reject) => {
			const late = setTimeout(
				() => reject(new Error(`not ready: ${this.said}`)),
				READY_MS,
			);
			const hear = (chunk) => {
				this.said += chunk;
				if (!/^ready http/m.test(this.said)) return;
				clearTimeout(late);
				resolve();
			};
			this.process.stdout.on("data", hear);
			this.process.stderr.on("data", hear);
			this.process.on("exit", (code) => {
				clearTimeout(late);
				reject(new Error(`the demo ended (${code}): ${this.said}`));
			});
		});
		return this;
	}

	async close() {
		if (!this.process) return;
		if (this.process.exitCode !== null) return;
		const gone = new Promise((resolve) => this.process.once("exit", resolve));
		this.process.kill("SIGTERM");
		await gone;
	}

	async token(user = "alice") {
		const { stdout } = await promisify(execFile)(`${ROOT}script/token`, [
			"--port",
			String(this.port),
			user,
		]);
		return stdout.trim();
	}

	async startCall(token, destination = "echo") {
		const answer = await fetch(`${this.origin}/v1/calls`, {
			method: "POST",
			headers: {
				authorization: `Bearer ${token}`,
				"content-type": "application/json",
				origin: this.origin,
			},
			body: JSON.stringify({ destination }),
		});
		if (answer.status !== 201)
			throw new Error(`${answer.status} ${await answer.text()}`);
		const made = await answer.json();
		this.#made.push(made);
		return made;
	}

	/* Whatever a test left behind would count against the next one. */
	async endAll() {
		for (const { callId, callKey } of this.#made.splice(0))
			await fetch(`${this.origin}/v1/calls/${callId}`, {
				method: "DELETE",
				headers: { "ringdown-call-key": callKey },
			});
	}

	/* Ends it and waits until the server says that it is over. */
	async endCall({ callId, callKey }) {
		const url = `${this.origin}/v1/calls/${callId}`;
		const headers = { "ringdown-call-key": callKey };

		await fetch(url, { method: "DELETE", headers });
		return until(async () => {
			const state = await (await fetch(url, { headers })).json();
			return state.state === "ended" && state;
		}, "the call has ended");
	}
}
