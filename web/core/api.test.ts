/* core/api.test.ts - the API client against a real http server.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { Api } from "./api.js";
import type { StateNews } from "./api.js";
import { RingdownError } from "./ports.js";
import { HandClock, json, net, problem, TestServer, until } from "./testing.js";

const STARTED = {
	callId: "c1",
	supportId: "K7-4QD",
	callKey: "k1",
	provider: "engine",
	state: "connecting",
	eventsUrl: "/v1/calls/c1/events",
	ConnectionData: { Meeting: {}, Attendee: {} },
};

let server: TestServer;
let clock: HandClock;
let api: Api;

beforeEach(async () => {
	server = await new TestServer().open();
	clock = new HandClock();
	api = new Api(server.origin, net(clock));
});

afterEach(() => server.close());

const start = (): Promise<unknown> =>
	api.start({ destination: "echo", hints: { topic: "refund" } }, "tok", "key-a");

const failure = async (promise: Promise<unknown>): Promise<RingdownError> => {
	const error = await promise.then(
		() => null,
		(reason: unknown) => reason,
	);
	assert.ok(error instanceof RingdownError, String(error));
	return error;
};

test("a call is asked for with token, key and hints, and read whole", async () => {
	server.answer = (_, response) => json(response, 201, STARTED);
	const made = await start();
	const [heard] = server.heard;

	assert.deepEqual(made, {
		callId: "c1",
		supportId: "K7-4QD",
		callKey: "k1",
		provider: "engine",
		eventsUrl: "/v1/calls/c1/events",
		connection: { Meeting: {}, Attendee: {} },
		more: STARTED,
	});
	assert.equal(heard?.method, "POST");
	assert.equal(heard?.path, "/v1/calls");
	assert.equal(heard?.headers["authorization"], "Bearer tok");
	assert.equal(heard?.headers["idempotency-key"], "key-a");
	assert.deepEqual(JSON.parse(heard?.body ?? ""), {
		destination: "echo",
		hints: { topic: "refund" },
	});
});

test("a lost answer is asked for again under the same key", async () => {
	clock.isHurried = true;
	let n = 0;
	server.answer = (_, response) => {
		if (++n < 3) response.destroy();
		else json(response, 201, STARTED);
	};
	await start();
	assert.deepEqual(
		server.heard.map(({ headers }) => headers["idempotency-key"]),
		["key-a", "key-a", "key-a"],
	);
});

test("a server that never answers is unreachable after three tries", async () => {
	clock.isHurried = true;
	server.answer = (_, response) => response.destroy();
	assert.equal((await failure(start())).code, "server_unreachable");
	assert.equal(server.heard.length, 3);
});

test("every problem keeps its code, its support id and its wait", async () => {
	server.answer = (_, response) =>
		problem(
			response,
			429,
			"limit_concurrent",
			{ supportId: "AB-CDE", detail: "one at a time" },
			{ "retry-after": "7" },
		);
	const error = await failure(start());

	assert.equal(error.code, "limit_concurrent");
	assert.equal(error.supportId, "AB-CDE");
	assert.equal(error.detail, "one at a time");
	assert.equal(error.retryAfterMs, 7000);
	assert.equal(error.retry, true);
	assert.equal(server.heard.length, 1, "an answer is an answer");
});

test("an answer without a known code is understood by its status", async () => {
	for (const [status, code] of [
		[400, "bad_request"],
		[401, "auth_refused"],
		[403, "forbidden_destination"],
		[404, "not_found"],
		[413, "too_large"],
		[429, "limit_rate"],
		[500, "internal"],
		[502, "provider_down"],
		[503, "provider_down"],
		[418, "internal"],
	] as const) {
		server.answer = (_, response) => json(response, status, { code: "constructor" });
		assert.equal((await failure(start())).code, code);
		server.answer = (_, response) => {
			response.statusCode = status;
			response.end("<html>");
		};
		assert.equal((await failure(start())).code, code);
	}
});

test("a created call that lacks a member is refused", async () => {
	for (const gone of ["callId", "supportId", "callKey", "provider", "ConnectionData"]) {
		server.answer = (_, response) =>
			json(response, 201, { ...STARTED, [gone]: undefined });
		assert.equal((await failure(start())).code, "internal", gone);
	}
});

test("ending and digits go by the call key", async () => {
	server.answer = (_, response) => json(response, 202, {});
	await api.end("c/1", "k1");
	await api.act("c/1", "k1", "digits", { digits: "12#" });
	assert.deepEqual(
		server.heard.map(({ method, path, body, headers }) => [
			method,
			path,
			body,
			headers["ringdown-call-key"],
		]),
		[
			["DELETE", "/v1/calls/c%2F1", "", "k1"],
			["POST", "/v1/calls/c%2F1/digits", '{"digits":"12#"}', "k1"],
		],
	);
});

test("availability is read, and nonsense is not", async () => {
	server.answer = (_, response) =>
		json(response, 200, {
			destination: "echo",
			open: false,
			opensAt: "2026-11-23T08:00:00Z",
			zone: "UTC",
		});
	assert.deepEqual(await api.availability("echo"), {
		destination: "echo",
		open: false,
		opensAt: "2026-11-23T08:00:00Z",
		zone: "UTC",
	});
	server.answer = (_, response) => json(response, 200, { open: "yes" });
	assert.equal((await failure(api.availability("echo"))).code, "internal");
});

const event = (response: ServerResponse, id: number, data: object): void => {
	response.write(`id: ${id}\nevent: state\ndata: ${JSON.stringify(data)}\n\n`);
};

function follow(): { news: StateNews[]; gone: RingdownError[]; stop: () => void } {
	const news: StateNews[] = [];
	const gone: RingdownError[] = [];
	const stop = api.follow("/v1/calls/c1/events", "k1", {
		news: (one) => news.push(one),
		gone: (error) => gone.push(error),
	});
	return { news, gone, stop };
}

test("events resume where they broke and stop after the end", async () => {
	clock.isHurried = true;
	server.answer = ({ headers }, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(": hello\n\n");
		if (headers["last-event-id"] === undefined) {
			event(response, 1, { state: "connecting" });
			event(response, 2, { state: "ringing" });
			setTimeout(() => response.destroy(), 10);
		} else {
			event(response, 3, { state: "in-call", seconds: 0 });
			event(response, 4, {
				state: "ended",
				reason: "ended_by_advisor",
				by: "advisor",
				seconds: 9,
			});
			response.end();
		}
	};
	const { news, gone } = follow();

	await until(() => news.length === 4, "four events");
	assert.deepEqual(news, [
		{ state: "connecting" },
		{ state: "ringing" },
		{ state: "in-call", seconds: 0 },
		{ state: "ended", reason: "ended_by_advisor", by: "advisor", seconds: 9 },
	]);
	await new Promise((resolve) => setTimeout(resolve, 30));
	assert.deepEqual(
		server.heard.map(({ headers }) => headers["last-event-id"]),
		[undefined, "2"],
	);
	assert.equal(server.heard[0]?.headers["ringdown-call-key"], "k1");
	assert.equal(gone.length, 0);
});

test("a call that is not there is told once", async () => {
	server.answer = (_, response) => problem(response, 404, "not_found");
	const { gone } = follow();

	await until(() => gone.length === 1, "gone");
	assert.equal(gone[0]?.code, "not_found");
	assert.equal(server.heard.length, 1);
});

test("the pauses between attempts grow to eight seconds, Retry-After wins", async () => {
	let n = 0;
	server.answer = (_, response) => {
		if (++n === 6) problem(response, 503, "draining", {}, { "retry-after": "9" });
		else response.destroy();
	};
	const { stop } = follow();

	for (let i = 1; i <= 6; i++) {
		await until(() => server.heard.length === i, `attempt ${i}`);
		const before = clock.waited.length;
		await until(
			() => clock.waited.length > before || clock.waited.at(-1) !== 40_000,
			"a pause",
		);
		await new Promise((resolve) => setTimeout(resolve, 5));
		clock.pass(clock.waited.at(-1) ?? 0);
	}
	stop();
	assert.deepEqual(
		clock.waited.filter((ms) => ms !== 40_000).slice(0, 6),
		[500, 1000, 2000, 4000, 8000, 9000],
	);
});

test("a stream that fell silent is opened anew", async () => {
	server.answer = (_, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		event(response, server.heard.length, { state: "connecting" });
	};
	const { news, stop } = follow();

	await until(() => news.length === 1, "the first event");
	clock.pass(40_000);
	await until(() => clock.waited.includes(500), "a pause");
	clock.pass(500);
	await until(() => news.length === 2, "the second event");
	assert.equal(server.heard[1]?.headers["last-event-id"], "1");
	stop();
});

test("nonsense in a stream is passed over", async () => {
	server.answer = (_, response) => {
		response.writeHead(200, { "content-type": "text/event-stream" });
		response.write(
			"event: state\ndata: {\n\nevent: state\ndata: []\n\nevent: state\n" +
				'data: {"state":"flying"}\n\nevent: other\ndata: {"state":"ringing"}\n\n',
		);
		event(response, 1, {
			state: "held",
			reason: "nobody knows",
			by: "someone",
			seconds: -1,
		});
	};
	const { news, stop } = follow();

	await until(() => news.length === 1, "one event");
	assert.deepEqual(news, [{ state: "held" }]);
	stop();
});
