/* e2e/help/rude-server.mjs - a small real site and call API that obeys, or misbehaves as told.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One node http server: pages, the widget of web/dist, and the routes of
 * contracts/openapi.yaml that the widget uses.  `calls` holds what was asked;
 * `next` says how the next requests are answered. */
import { randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../../../web/dist/", import.meta.url));
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json" };

export const problem = (status, code, more = {}) => ({
	status,
	headers: { "content-type": "application/problem+json", ...more.headers },
	body: { type: `urn:ringdown:problem:${code}`, title: code, status, code, ...more.body },
});

async function readBody(request) {
	let text = "";
	for await (const chunk of request) text += chunk;
	return text;
}

/* One call as the server keeps it. */
class ServedCall {
	id = randomUUID();
	key = randomUUID().replaceAll("-", "");
	log = [];
	listeners = new Set();
	digits = "";
	acts = []; /* hold, rating and their like: [what, body] */
	deletes = 0;

	say(news) {
		this.log.push({ at: new Date().toISOString(), ...news });
		for (const listener of this.listeners) this.write(listener, this.log.length - 1);
	}

	write(response, i) {
		response.write(
			`id: ${i + 1}\nevent: state\ndata: ${JSON.stringify(this.log[i])}\n\n`,
		);
		if (this.log[i].state === "ended") response.end();
	}

	cut() {
		for (const listener of this.listeners) listener.destroy();
	}
}

export class RudeServer {
	calls = [];
	requests = [];
	callbacks = []; /* [path, body, token] */
	pages = new Map();
	provider = "engine";
	next = {}; /* start, token, digits, hours, act, callback: a function (request, body) -> answer;
		    * made: what the answer to a new call has besides */
	onStart = () => undefined;
	onDelete = (call) =>
		call.say({ state: "ended", reason: "ended_by_caller", by: "caller", seconds: 1 });

	async open(port = 0) {
		this.server = createServer((request, response) => {
			this.#serve(request, response).catch((error) => {
				response.statusCode = 500;
				response.end(String(error));
			});
		});
		await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
		this.port = this.server.address().port;
		this.origin = `http://localhost:${this.port}`;
		return this;
	}

	async close() {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	get call() {
		return this.calls.at(-1);
	}

	page(path, html, headers = {}) {
		this.pages.set(path, { html, headers });
		return this.origin + path;
	}

	async #serve(request, response) {
		const { pathname } = new URL(request.url, this.origin);
		const { method } = request;

		this.requests.push({ method, pathname, headers: request.headers });
		response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
		response.setHeader("access-control-expose-headers", "retry-after, location");
		if (method === "OPTIONS") {
			response.setHeader("access-control-allow-methods", "GET, POST, DELETE");
			response.setHeader(
				"access-control-allow-headers",
				"authorization, content-type, idempotency-key, ringdown-call-key, last-event-id",
			);
			response.statusCode = 204;
			response.end();
			return;
		}
		if (pathname === "/favicon.ico") response.writeHead(204).end();
		else if (pathname.startsWith("/v1/calls"))
			await this.#api(request, response, pathname);
		else if (pathname.startsWith("/v1/destinations/"))
			this.#answer(
				response,
				this.next.hours?.(pathname) ?? {
					status: 200,
					body: { destination: pathname.slice(17), open: true, zone: "UTC" },
				},
			);
		else if (pathname.startsWith("/v1/callbacks"))
			this.#answer(response, await this.#callback(request, pathname));
		else if (pathname === "/token")
			this.#answer(
				response,
				this.next.token?.() ?? { status: 200, body: { token: "a.b.c" } },
			);
		else if (this.pages.has(pathname)) this.#page(response, this.pages.get(pathname));
		else this.#file(response, pathname);
	}

	async #callback(request, pathname) {
		const body = JSON.parse(await readBody(request));

		this.callbacks.push([pathname, body, request.headers.authorization]);
		return (
			this.next.callback?.(pathname, body) ?? {
				status: 201,
				body: { id: "cb1", state: "waiting" },
			}
		);
	}

	async #api(request, response, pathname) {
		const [, , , id, action] = pathname.split("/");

		if (!id) {
			const body = JSON.parse(await readBody(request));
			const refused = await this.next.start?.(request, body);
			if (refused) {
				this.#answer(response, refused);
				return;
			}
			this.#start(request, response, body);
			return;
		}
		const call = this.calls.find((one) => one.id === id);
		if (!call || request.headers["ringdown-call-key"] !== call.key) {
			this.#answer(response, problem(404, "not_found"));
			return;
		}
		if (action === "events") {
			this.#events(request, response, call);
		} else if (action === "digits") {
			const body = JSON.parse(await readBody(request));
			call.digits += body.digits;
			this.#answer(response, this.next.digits?.() ?? { status: 202, body: {} });
		} else if (["hold", "rating", "messages", "move"].includes(action)) {
			call.acts.push([action, JSON.parse(await readBody(request))]);
			this.#answer(response, this.next.act?.(action) ?? { status: 204, body: "" });
		} else if (request.method === "DELETE") {
			call.deletes++;
			this.#answer(response, {
				status: 202,
				body: { callId: id, state: "ending" },
			});
			this.onDelete(call);
		} else {
			this.#answer(response, {
				status: 200,
				body: { callId: id, state: call.log.at(-1)?.state },
			});
		}
	}

	#start(request, response, body) {
		const key = request.headers["idempotency-key"];
		let call = this.calls.find((one) => one.idempotencyKey === key);

		if (!call) {
			call = new ServedCall();
			call.idempotencyKey = key;
			call.body = body;
			call.token = request.headers.authorization;
			this.calls.push(call);
		}
		this.#answer(response, {
			status: 201,
			body: {
				callId: call.id,
				supportId: "K7-4QD",
				callKey: call.key,
				...this.next.made,
				provider: this.provider,
				state: "connecting",
				eventsUrl: `/v1/calls/${call.id}/events`,
				ConnectionData: {
					Meeting: {
						MeetingId: randomUUID(),
						MediaPlacement: {
							AudioHostUrl: "localhost:1",
							SignalingUrl: `ws://localhost:${this.port}/control/x`,
						},
					},
					Attendee: {
						AttendeeId: randomUUID(),
						ExternalUserId: "caller",
						JoinToken: "token",
					},
				},
			},
		});
		this.onStart(call);
	}

	#events(request, response, call) {
		const from = Number(request.headers["last-event-id"] ?? 0);

		response.writeHead(200, {
			"content-type": "text/event-stream",
			"cache-control": "no-store",
		});
		response.write(": hello\n\n");
		call.listeners.add(response);
		response.on("close", () => call.listeners.delete(response));
		for (let i = from; i < call.log.length; i++) call.write(response, i);
	}

	#answer(response, { status, headers = {}, body = {} }) {
		response.writeHead(status, { "content-type": "application/json", ...headers });
		response.end(typeof body === "string" ? body : JSON.stringify(body));
	}

	#page(response, { html, headers }) {
		response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers });
		response.end(html);
	}

	#file(response, pathname) {
		const path = DIST + pathname.slice(1);

		if (pathname.includes("..") || !existsSync(path) || pathname === "/") {
			response.writeHead(404).end();
			return;
		}
		response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" });
		createReadStream(path).pipe(response);
	}
}
