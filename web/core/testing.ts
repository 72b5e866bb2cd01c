/* core/testing.ts - a real http server and a clock moved by hand, for tests.
 * SPDX-License-Identifier: Apache-2.0 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock, Fetch, Ports } from "./ports.js";

export interface Heard {
	readonly method: string;
	readonly path: string;
	readonly headers: IncomingMessage["headers"];
	readonly body: string;
}

export type Answerer = (heard: Heard, response: ServerResponse) => void;

export class TestServer {
	readonly heard: Heard[] = [];
	origin = "";
	answer: Answerer = (_, response) => {
		response.statusCode = 404;
		response.end();
	};
	#server: Server | null = null;

	async open(): Promise<this> {
		const server = createServer(
			(request, response) => void this.#serve(request, response),
		);

		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		this.#server = server;
		this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		return this;
	}

	async close(): Promise<void> {
		this.#server?.closeAllConnections();
		await new Promise((resolve) => this.#server?.close(resolve));
	}

	async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let body = "";
		for await (const chunk of request) body += String(chunk);
		const heard = {
			method: request.method ?? "",
			path: request.url ?? "",
			headers: request.headers,
			body,
		};
		this.heard.push(heard);
		this.answer(heard, response);
	}
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
	response.writeHead(status, { "content-type": "application/json", ...headers });
	response.end(JSON.stringify(body));
}

export function problem(
	response: ServerResponse,
	status: number,
	code: string,
	more = {},
	headers = {},
): void {
	json(
		response,
		status,
		{ type: `urn:ringdown:problem:${code}`, status, code, ...more },
		{ "content-type": "application/problem+json", ...headers },
	);
}

/* Time stands still until a test moves it; `hurry` runs every timer at once,
 * for what waits on a real server in between. */
export class HandClock implements Clock {
	ms = 1000;
	readonly waited: number[] = [];
	isHurried = false;
	#due: { at: number; run: () => void }[] = [];

	now(): number {
		return this.ms;
	}

	after(ms: number, run: () => void): () => void {
		const timer = { at: this.ms + ms, run };

		this.waited.push(ms);
		this.#due.push(timer);
		/* The long ones are watchdogs, not pauses. */
		if (this.isHurried && ms < 10_000) setImmediate(() => this.#fire(timer));
		return () => {
			this.#due = this.#due.filter((one) => one !== timer);
		};
	}

	pass(ms: number): void {
		const until = this.ms + ms;

		for (;;) {
			const next = this.#due
				.filter((one) => one.at <= until)
				.sort((a, b) => a.at - b.at)[0];
			if (!next) break;
			this.ms = Math.max(this.ms, next.at);
			this.#fire(next);
		}
		this.ms = until;
	}

	#fire(timer: { at: number; run: () => void }): void {
		if (!this.#due.includes(timer)) return;
		this.#due = this.#due.filter((one) => one !== timer);
		timer.run();
	}
}

export function net(clock: HandClock): Pick<Ports, "fetch" | "clock" | "chance" | "isOnline"> {
	let n = 0;

	return {
		fetch: (url, { method, headers, body, signal }) =>
			fetch(url, {
				method,
				headers,
				...(body === undefined ? {} : { body }),
				...(signal === undefined ? {} : { signal }),
			}) as unknown as ReturnType<Fetch>,
		clock,
		chance: { random: () => 0.5, uuid: () => `key-${++n}` },
		isOnline: () => true,
	};
}

/* Waits, by turns of the event loop, until something is so. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
	const deadline = Date.now() + 5000;

	while (!isSo()) {
		if (Date.now() > deadline) throw new Error(`never: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 2));
	}
}
