/* e2e/openapi.test.mjs - the running server does what contracts/openapi.yaml says, and nothing else.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every path, method and status of the file is exercised and every answer is
 * compared with its schema; a route of the server that the file does not know
 * fails, and so does one of the file that the server does not. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { parse } from "yaml";
import { NO_LIMITS, Program, RINGDOWN, startAnswer, startRingdown, until } from "../help/server.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const api = parse(read("contracts/openapi.yaml"), { merge: true });
const METHODS = ["get", "post", "put", "patch", "delete"];
const operations = Object.entries(api.paths).flatMap(([path, item]) =>
	METHODS.filter((method) => item[method])
		.map((method) => ({ path, method, at: ["paths", path, method], ...item[method] })));
const operation = (id) => operations.find(({ operationId }) => operationId === id);

/* --- schemas --- */

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(api, "api");

const pointer = (at) => at.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/");

function check(at, value, what) {
	const validate = ajv.getSchema(`api#/${pointer(at)}`);
	assert.ok(validate, `no schema at ${at.join(" ")}`);
	assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
}

/* Follows a reference: the object, and where it stands. */
function deref(object, at) {
	if (!object.$ref)
		return { object, at };
	const parts = object.$ref.slice(2).split("/");
	return deref(parts.reduce((o, part) => o[part], api), parts);
}

/* --- a server --- */

const ORIGIN = "http://localhost:3000";
const DESTINATIONS = `
  - { name: echo, to: echo, origins: ["${ORIGIN}"], limits: { at_once: 1, per_minute: 3, per_hour: 0, per_day: 0 } }
  - { name: anybody, to: echo, origins: ["*"], limits: ${NO_LIMITS} }
  - { name: other, to: echo, origins: ["https://other.example"], limits: ${NO_LIMITS} }
`;
const open = (options = {}) => startRingdown({ destinations: DESTINATIONS, ...options });

const tokenOf = (at, subject = "alice", { expiresIn = 600, ...claims } = {}) => {
	const now = Math.floor(Date.now() / 1000);
	return at.token({ sub: subject, iat: now - 900, exp: now + expiresIn, ...claims });
};

/* --- asking, and remembering what was seen --- */

const seen = new Set();
let server;

function checkAnswer(op, answer) {
	const what = `${op.method} ${op.path} ${answer.status}`;
	assert.ok(op.responses[answer.status], `${what} is not in the file: ${answer.body}`);
	seen.add(`${op.operationId} ${answer.status}`);
	const { object: response, at } = deref(op.responses[answer.status],
		[...op.at, "responses", String(answer.status)]);

	for (const [name, header] of Object.entries(response.headers ?? {})) {
		const value = answer.headers[name.toLowerCase()];
		assert.ok(value !== undefined || !header.required, `${what}: ${name} is missing`);
		if (value !== undefined)
			check([...at, "headers", name, "schema"], value, `${what}: ${name}`);
	}
	if (!response.content) {
		assert.equal(answer.body, "", what);
		return;
	}
	const type = (answer.headers["content-type"] ?? "").split(";")[0];
	assert.ok(response.content[type], `${what}: content type ${type}`);
	const json = /[/+]json$/.test(type);
	check([...at, "content", type, "schema"], json ? JSON.parse(answer.body) : answer.body, what);
	if (type === "application/problem+json")
		checkProblem(JSON.parse(answer.body), answer, what);
}

const reasons = JSON.parse(read("contracts/reasons.json")).reasons;

/* RFC("9457") */
function checkProblem(problem, answer, what) {
	const reason = reasons.find(({ code }) => code === problem.code);
	assert.ok(reason, `${what}: ${problem.code} is not in contracts/reasons.json`);
	assert.equal(problem.status, answer.status, what);
	assert.equal(problem.type, `urn:ringdown:problem:${problem.code}`);
	assert.equal(answer.headers["cache-control"], "no-store");
	if (problem.retryAfter !== undefined)
		assert.equal(answer.headers["retry-after"], String(problem.retryAfter));
}

/* The request of an operation; params fill its path. */
async function ask(id, { params = {}, query = {}, from = server, body, ...rest } = {}) {
	const op = operation(id);
	const words = String(new URLSearchParams(query));
	const path = op.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name])) + (words && `?${words}`);
	const isRaw = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
	const text = isRaw ? body : JSON.stringify(body);
	const answer = await from.request(op.method.toUpperCase(), path, {
		body: text, ...rest,
		headers: {
			...(text === undefined ? {} : { "content-type": "application/json" }),
			...rest.headers,
		},
	});
	checkAnswer(op, answer);
	return { ...answer, json: answer.body.startsWith("{") ? JSON.parse(answer.body) : undefined };
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });
const keyed = (key) => ({ "ringdown-call-key": key });

async function start(subject = `p-${randomUUID()}`, destination = "anybody", from = server) {
	const token = tokenOf(from, subject);
	const answer = await ask("startCall", { from, headers: bearer(token), body: { destination } });
	assert.equal(answer.status, 201, answer.body);
	return { ...answer.json, token, subject, params: { callId: answer.json.callId } };
}

before(async () => {
	server = await open();
});

after(async () => {
	await server?.stop();
});

/* --- the file and the server know the same --- */

test("the file and the server have the same routes and methods", () => {
	const routes = [...read("server/api/routes.def")
		.matchAll(/^ROUTE\(\w+, "([^"]+)", ([A-Z |]+),/gm)]
		.map(([, path, methods]) => `${path} ${methods.toLowerCase().split(" | ").sort().join(" ")}`);
	const described = Object.entries(api.paths).map(([path, item]) =>
		`${path} ${METHODS.filter((method) => item[method]).sort().join(" ")}`);

	assert.deepEqual(described.sort(), routes.sort());
	assert.ok(routes.length >= 14);
});

test("every example in the file fits its schema", () => {
	let count = 0;
	for (const op of operations) {
		const media = [
			...Object.entries(op.requestBody?.content ?? {})
				.map(([type, m]) => [[...op.at, "requestBody", "content", type], m]),
			...Object.entries(op.responses).flatMap(([status, response]) => {
				const { object, at } = deref(response, [...op.at, "responses", status]);
				return Object.entries(object.content ?? {}).map(([type, m]) => [[...at, "content", type], m]);
			}),
		];
		for (const [at, { examples = {} }] of media)
			for (const [name, { value }] of Object.entries(examples)) {
				check([...at, "schema"], value, `${op.operationId} ${name}`);
				count++;
			}
	}
	assert.ok(count >= 5);
});

test("every problem of the file has a code of the catalogue with that status", () => {
	const api_codes = reasons.filter(({ status }) => status).map(({ status }) => status);
	for (const status of [400, 401, 403, 404, 409, 413, 415, 429, 503])
		assert.ok(api_codes.includes(status), `no reason has the status ${status}`);
});

/* --- starting --- */

for (const id of ["startCall", "startCallAlias"]) {
	const post = (options = {}) => ask(id, {
		headers: bearer(tokenOf(server, `p-${randomUUID()}`)), body: { destination: "anybody" }, ...options,
	});

	test(`${id}: a call is started, and its answer has everything to join`, async () => {
		const answer = await post({ body: { destination: "anybody", hints: { topic: "refund" }, displayName: "Zoë" } });
		assert.equal(answer.status, 201);
		assert.equal(answer.headers.location, `/v1/calls/${answer.json.callId}`);
		const { Meeting, MediaPlacement } = answer.json.ConnectionData;
		assert.deepEqual(Meeting.MediaPlacement, MediaPlacement);
		assert.match(MediaPlacement.SignalingUrl, new RegExp(`/control/${Meeting.MeetingId}$`));
	});

	test(`${id}: the same key and body give the same call, another body 422`, async () => {
		const headers = { ...bearer(tokenOf(server, `p-${randomUUID()}`)), "idempotency-key": "press-1" };
		const first = await post({ headers });
		const again = await post({ headers });
		const other = await post({ headers, body: { destination: "anybody", displayName: "B" } });
		const stranger = await post({ headers: { ...headers, ...bearer(tokenOf(server, `p-${randomUUID()}`)) } });

		assert.equal(first.status, 201);
		assert.equal(again.status, 201);
		assert.equal(again.body, first.body);
		assert.equal(other.status, 422);
		assert.equal(stranger.status, 201);
		assert.notEqual(stranger.json.callId, first.json.callId);
	});

	/* Its keys are another page's by then. */
	test(`${id}: a key of before a resume gets 409`, async () => {
		const headers = { ...bearer(tokenOf(server, `p-${randomUUID()}`)), "idempotency-key": "press-2", origin: ORIGIN };
		const first = await post({ headers });
		await ask("leaveCall", { params: { callId: first.json.callId }, headers: keyed(first.json.callKey) });
		assert.equal((await post({ headers })).body, first.body);
		assert.equal((await resume(first.json)).status, 200);
		const late = await post({ headers });
		assert.equal(late.status, 409);
		assert.equal(late.json.code, "elsewhere");
	});

	test(`${id}: what is not as the file says gets 400`, async () => {
		const bad = [
			"", "{", "[]", "null", "{}", `{"destination":"echo"} x`, `\ufeff{"destination":"echo"}`,
			`{"destination":1}`, `{"destination":""}`, `{"destination":null}`, `{"destination":["echo"]}`,
			`{"destination":"echo","destination":"echo"}`, `{"destination":"ec\\u0000ho"}`,
			`{"destination":"echo","more":1}`, `{"destination":"echo","hints":[]}`,
			`{"destination":"echo","hints":{"a":1}}`, `{"destination":"echo","hints":{"a b":"c"}}`,
			`{"destination":"echo","hints":{"a":"\\r\\nX: y"}}`, `{"destination":"echo","displayName":""}`,
			`{"destination":"echo","displayName":"${"x".repeat(65)}"}`, `{"destination":"${"x".repeat(64)}"}`,
			`{"destination":"echo","hints":{"a":"${"x".repeat(256)}"}}`, `{'destination':'echo'}`,
			`{"destination":"echo","hints":${"{\"a\":".repeat(40)}1${"}".repeat(40)}}`,
			`{"destination":"echo","hints":{${Array.from({ length: 17 }, (_, i) => `"h${i}":"v"`)}}}`,
			"[".repeat(30_000), `{"destination":"echo",}`, `{"destination":"\\ud800"}`, `{"destination":Infinity}`,
			Buffer.from(`{"destination":"\xff"}`, "latin1"), Buffer.from(`{"destination":"\xc0\xaf"}`, "latin1"),
		];
		for (const body of bad) {
			const answer = await post({ body });
			assert.equal(answer.status, 400, body.slice(0, 80));
			assert.equal(answer.json.code, "bad_request");
		}
		for (const key of ["", "a b", "x".repeat(129), "é"].map((k) => Buffer.from(k).toString("latin1")))
			assert.equal((await post({ headers: { ...bearer(tokenOf(server)), "idempotency-key": key } })).status, 400);
	});

	/* RFC("6750 2.1"), RFC("6750 3") */
	test(`${id}: without a good token 401, and how to get one`, async () => {
		const tokens = [
			[undefined, "auth_required"],
			["", "auth_required"],
			[tokenOf(server, "a", { expiresIn: -3600 }), "auth_expired"],
			[tokenOf(server, "a", { iss: "other" }), "auth_refused"],
			[tokenOf(server, "a", { aud: "other" }), "auth_refused"],
			[`${tokenOf(server, "a").slice(0, -4)}AAAA`, "auth_refused"],
			["not.a.token", "auth_refused"],
		];
		for (const [token, code] of tokens) {
			const answer = await post({ headers: token === undefined ? {} : bearer(token) });
			assert.equal(answer.status, 401, token);
			assert.equal(answer.json.code, code, token);
			assert.equal(/invalid_token/.test(answer.headers["www-authenticate"]), code !== "auth_required");
		}
		const basic = await post({ headers: { authorization: "Basic YTpi" } });
		assert.equal(basic.json.code, "auth_required");
	});

	test(`${id}: unknown and forbidden destinations look alike`, async () => {
		const unknown = await post({ body: { destination: "nowhere" } });
		const origin = await post({ body: { destination: "other" },
			headers: { ...bearer(tokenOf(server)), origin: ORIGIN } });
		assert.equal(unknown.status, 403);
		assert.equal(origin.status, 403);
		assert.equal(unknown.body, origin.body);
	});

	test(`${id}: 64 KiB is enough, one byte more is 413, a form is 415`, async () => {
		const fill = (size) => `{"destination":"nowhere"${" ".repeat(size - 25)}}`;
		assert.equal((await post({ body: fill(65536) })).status, 403);
		assert.equal((await post({ body: fill(65537) })).status, 413);
		for (const type of ["application/x-www-form-urlencoded", "text/plain", "application/jsonx",
			"multipart/form-data; boundary=application/json"])
			assert.equal((await post({ headers: { ...bearer(tokenOf(server)), "content-type": type } })).status, 415, type);
		assert.equal((await post({ headers: { ...bearer(tokenOf(server, `p-${randomUUID()}`)),
			"content-type": "Application/JSON; charset=utf-8" } })).status, 201);
	});

	test(`${id}: limits of a person are 429 with Retry-After`, async () => {
		const headers = bearer(tokenOf(server, `p-${randomUUID()}`));
		const first = await post({ headers, body: { destination: "echo" } });
		const second = await post({ headers, body: { destination: "echo" } });
		assert.equal(first.status, 201);
		assert.equal(second.status, 429);
		assert.equal(second.json.code, "limit_concurrent");
		assert.match(second.json.detail, /another tab/);
	});
}

/* --- a page goes, another one comes --- */

const resume = ({ callId, resumeKey }, { origin = ORIGIN, from = server, headers = {}, ...rest } = {}) =>
	ask("resumeCall", {
		params: { callId }, from, body: { resumeKey }, ...rest,
		headers: { ...(origin === null ? {} : { origin }), ...headers },
	});

/* A call that a page of ORIGIN has begun. */
async function startOfPage(destination = "anybody", from = server) {
	const token = tokenOf(from, `p-${randomUUID()}`);
	const answer = await ask("startCall", { from, headers: { ...bearer(token), origin: ORIGIN }, body: { destination } });
	assert.equal(answer.status, 201, answer.body);
	return { ...answer.json, token, params: { callId: answer.json.callId } };
}
const leave = (call) => ask("leaveCall", { params: call.params, headers: keyed(call.callKey) });

test("a page that leaves can be followed by another, with keys of its own", async () => {
	const call = await startOfPage();
	assert.equal(call.resumeSeconds, 45);
	assert.equal((await leave(call)).status, 204);
	const next = (await resume(call)).json;
	assert.equal(next.callId, call.callId);
	assert.equal(next.supportId, call.supportId);
	assert.notEqual(next.callKey, call.callKey);
	assert.notEqual(next.resumeKey, call.resumeKey);
	const [old, fresh] = [call, next].map(({ ConnectionData }) => ConnectionData.Attendee);
	assert.equal(fresh.AttendeeId, old.AttendeeId);
	assert.notEqual(fresh.JoinToken, old.JoinToken);
	assert.equal((await ask("getCall", { params: call.params, headers: keyed(call.callKey) })).status, 404);
	const { json } = await ask("getCall", { params: call.params, headers: keyed(next.callKey) });
	assert.equal(json.resumes, 1);
	/* The answer may have been lost: until a page has joined, the same key gets another. */
	const again = (await resume(call)).json;
	assert.notEqual(again.callKey, next.callKey);
	assert.equal((await resume(next)).status, 404);
	assert.equal((await ask("getCall", { params: call.params, headers: keyed(next.callKey) })).status, 404);
	assert.equal((await ask("getCall", { params: call.params, headers: keyed(again.callKey) })).json.resumes, 1);
});

test("leaving takes the key as its body, which no browser asks about first", async () => {
	const call = await startOfPage();
	const other = await startOfPage();
	const leaveBy = (body, headers = {}) => ask("leaveCall", { params: call.params, body,
		headers: { "content-type": "text/plain;charset=UTF-8", origin: ORIGIN, ...headers } });
	for (const body of ["", "x", "A".repeat(43), other.callKey, `${call.callKey}x`])
		assert.equal((await leaveBy(body)).status, 404, body);
	assert.equal((await leaveBy(call.callKey, keyed(other.callKey))).status, 404);
	assert.equal((await resume(call)).status, 409);
	assert.equal((await leaveBy(call.callKey)).status, 204);
	assert.equal((await resume(call)).status, 200);
});

test("the stream of the old page ends, without an end of the call", async () => {
	const call = await startOfPage();
	const followed = ask("followCall", { params: call.params, headers: keyed(call.callKey) });
	await until(async () => /ringdown_api_event_streams\{state="open"\} [1-9]/.test((await ask("getMetrics")).body));
	await leave(call);
	const { json } = await resume(call);
	const { body } = await followed;
	assert.ok(!body.includes("ended"), body);
	assert.equal((await ask("followCall", { params: call.params, headers: keyed(call.callKey) })).status, 404);
	await ask("endCall", { params: call.params, headers: keyed(json.callKey) });
});

test("a call that a live page has is not given away", async () => {
	const call = await startOfPage();
	const answer = await resume(call);
	assert.equal(answer.status, 409);
	assert.equal(answer.json.code, "elsewhere");
	await leave(call);
	assert.equal((await resume(call)).status, 200);
});

test("nobody but the page of that origin with that key finds a call to resume", async () => {
	const call = await startOfPage();
	const other = await startOfPage();
	await leave(call);
	const bare = ({ status, headers: { date, ...rest }, body }) => ({ status, rest, body });
	const unknown = bare(await resume({ callId: randomUUID(), resumeKey: call.resumeKey }));
	assert.equal(unknown.status, 404);
	for (const [what, wrong] of Object.entries({
		"the wrong key": { ...call, resumeKey: "A".repeat(43) },
		"the key of another call": { ...call, resumeKey: other.resumeKey },
		"the call key": { ...call, resumeKey: call.callKey },
		"an id that is none": { ...call, callId: "x" },
	}))
		assert.deepEqual(bare(await resume(wrong)), unknown, what);
	const app = await resume(call, { origin: null, headers: bearer(call.token) });
	assert.equal(app.status, 404);
	const elsewhere = await resume(call, { origin: "https://other.example" });
	assert.equal(elsewhere.status, 404);
	assert.equal((await resume(call)).status, 200);
});

test("a page that no destination lists may not resume at all", async () => {
	const strict = await open({ destinations: [{ name: "only", to: "echo", origins: [ORIGIN] }] });
	try {
		const call = await startOfPage("only", strict);
		assert.equal((await resume(call, { from: strict, origin: "https://evil.example" })).status, 403);
	} finally {
		await strict.stop();
	}
});

test("what is no resume gets 400, a form 415, too many bytes 413, too many tries 429", async () => {
	const call = await startOfPage();
	for (const body of ["", "{", "[]", "{}", `{"resumeKey":1}`, `{"resumeKey":""}`, `{"resumeKey":null}`,
		`{"resumeKey":"a","resumeKey":"b"}`, `{"resumeKey":"a","more":1}`, { resumeKey: "x".repeat(129) }])
		assert.equal((await resume(call, { body })).status, 400, JSON.stringify(body));
	assert.equal((await resume(call, { headers: { "content-type": "text/plain" } })).status, 415);
	assert.equal((await resume(call, { body: " ".repeat(65537) })).status, 413);
	let answer;
	for (let i = 0; i < 30 && answer?.status !== 429; i++)
		answer = await resume(call);
	assert.equal(answer.status, 429);
	assert.equal(answer.json.code, "limit_rate");
});

test("who guesses keys is refused after a while, and nobody else at his address", async () => {
	const guessed = await open();
	try {
		const call = await startOfPage("anybody", guessed);
		assert.equal((await ask("leaveCall", { params: call.params, headers: keyed(call.callKey), from: guessed })).status, 204);
		const statuses = [];
		for (let i = 0; i < 70; i++)
			statuses.push((await resume({ callId: randomUUID(), resumeKey: "A".repeat(43) }, { from: guessed })).status);
		assert.ok(statuses.slice(0, 60).every((status) => status === 404));
		assert.equal(statuses.at(-1), 429);
		/* One address may be a whole company's. */
		assert.equal((await resume(call, { from: guessed })).status, 200);
	} finally {
		await guessed.stop();
	}
});

/* --- one call --- */

test("a call is seen, told and ended", async () => {
	const call = await start("seen");
	const { params } = call;
	const now = await ask("getCall", { params, headers: keyed(call.callKey) });
	assert.equal(now.json.state, "connecting");
	const followed = follow(call, {});
	const ending = await ask("endCall", { params, headers: bearer(call.token) });
	assert.equal(ending.status, 202);
	assert.equal(ending.json.state, "ending");
	const events = await followed;
	assert.deepEqual(events.map(({ data }) => data.state), ["connecting", "ending", "ended"]);
	assert.equal(events.at(-1).data.reason, "ended_by_caller");
	const ended = await ask("endCall", { params, headers: keyed(call.callKey) });
	assert.equal(ended.status, 200);
	assert.equal(ended.json.state, "ended");
	assert.equal(ended.json.by, "caller");
	const rest = await follow(call, { "last-event-id": String(events[0].id) });
	assert.deepEqual(rest, events.slice(1));
	assert.deepEqual(await follow(call, { "last-event-id": String(events.at(-1).id) }), []);
	assert.equal((await follow(call, { "last-event-id": "junk" })).length, events.length);
});

/* All events of a call until its stream ends. */
async function follow(call, headers) {
	const answer = await ask("followCall", {
		params: call.params, headers: { ...keyed(call.callKey), ...headers },
	});
	return answer.body.split("\n\n").filter((frame) => frame && !frame.startsWith(":")).map((frame) => {
		const fields = Object.fromEntries(frame.split("\n").map((line) => line.split(/: (.*)/s)));
		const data = JSON.parse(fields.data);
		assert.equal(fields.event, "state");
		check([...operation("followCall").at, "responses", "200", "content", "text/event-stream",
			"x-event-schema"], data, "event");
		return { id: Number(fields.id), data };
	});
}

test("a client that stops following leaves no trace on the call", async () => {
	const call = await start("leaver");
	await server.request("GET", call.eventsUrl, {
		headers: keyed(call.callKey), onStart: (_, request) => request.destroy(),
	}).catch(() => undefined);
	const answer = await ask("getCall", { params: call.params, headers: keyed(call.callKey) });
	assert.equal(answer.json.state, "connecting");
	await until(async () =>
		/ringdown_api_event_streams\{state="open"\} 0/.test((await ask("getMetrics")).body));
});

test("digits go to a telephone, and nowhere before it has answered", async () => {
	const waiting = await start("early");
	const early = await ask("sendDigits", {
		params: waiting.params, headers: keyed(waiting.callKey), body: { digits: "1" },
	});
	assert.equal(early.status, 409);

	const phone = await startAnswer();
	const desk = await open({
		destinations: [{ name: "phone", to: "sip", trunk: "desk", user: "desk", origins: [ORIGIN] }],
		more: { trunks: [{ name: "desk", host: "127.0.0.1", port: phone.port, options_s: 0, peers: ["127.0.0.1"] }],
			sip: { bind: "127.0.0.1:0" } },
	});
	const token = tokenOf(desk, "digits");
	const owner = { from: desk, headers: bearer(token) };
	const caller = new Program(RINGDOWN, ["call", "--url", desk.url, "--origin", ORIGIN,
		"--token", token, "--destination", "phone", "--duration", "30"]);
	try {
		const [, callId] = /call=(\S+)/.exec(await desk.program.line(/event="call admitted"/));
		const look = async () => (await ask("getCall", { ...owner, params: { callId } })).json;
		await until(async () => (await look()).state === "in-call");
		const sent = await ask("sendDigits", { ...owner, params: { callId }, body: { digits: "12#" } });
		assert.equal(sent.status, 202, sent.body);
		assert.equal(sent.json.state, "in-call");
		await phone.program.line(/"digits":"12#"/);
		for (const [on, state] of [[true, "held"], [false, "in-call"]]) {
			assert.equal((await ask("holdCall", { ...owner, params: { callId }, body: { on } })).status, 204);
			await until(async () => (await look()).state === state);
		}
		/* Each hold may be an offer to the telephone's exchange: sixty a minute, with ratings. */
		for (const [id, body] of [["rateCall", { score: 5 }], ["holdCall", { on: false }]]) {
			let answer;
			for (let i = 0; i < 70 && answer?.status !== 429; i++)
				answer = await ask(id, { ...owner, params: { callId }, body });
			assert.equal(answer.status, 429, id);
		}
		assert.equal((await ask("endCall", { ...owner, params: { callId } })).status, 202);
		await until(async () => (await look()).state === "ended");
		const ended = await look();
		assert.ok(ended.answeredAt && ended.seconds >= 0);
	} finally {
		await caller.stop();
		await desk.stop();
		await phone.stop();
	}
});

test("digits that are none get 400, forms 415, too many bytes 413", async () => {
	const call = await start("digits-bad");
	const post = (body, headers = {}) => ask("sendDigits", {
		params: call.params, headers: { ...keyed(call.callKey), ...headers }, body,
	});
	for (const digits of ["", "12a", "E", "1 2", "1".repeat(33), 1, null, ["1"]])
		assert.equal((await post({ digits })).status, 400, JSON.stringify(digits));
	for (const body of ["{}", `{"digits":"1","digits":"2"}`, `{"digits":"1","more":1}`, `"1"`])
		assert.equal((await post(body)).status, 400, body);
	assert.equal((await post("digits=1", { "content-type": "application/x-www-form-urlencoded" })).status, 415);
	assert.equal((await post(" ".repeat(65537))).status, 413);
});

test("what is no hold or no rating gets 400, forms 415, too many bytes 413", async () => {
	const call = await start("talk-bad");
	const bad = {
		holdCall: ["", "[]", "{}", `{"on":1}`, `{"on":"true"}`, `{"on":null}`, `{"on":true,"on":false}`, `{"on":true,"more":1}`],
		rateCall: ["", "[]", "{}", `{"score":0}`, `{"score":6}`, `{"score":1.5}`, `{"score":"5"}`, `{"score":null}`,
			`{"tags":["a"]}`, `{"score":5,"tags":"a"}`, `{"score":5,"tags":[1]}`, `{"score":5,"tags":[""]}`,
			`{"score":5,"tags":["two words"]}`, `{"score":5,"tags":["${"x".repeat(33)}"]}`, `{"score":5,"tags":["a,b"]}`,
			`{"score":5,"tags":[${Array(9).fill('"a"')}]}`, `{"score":5,"more":1}`, `{"score":5,"score":4}`],
	};
	for (const [id, bodies] of Object.entries(bad)) {
		const post = (body, headers = {}) => ask(id, { params: call.params, headers: { ...keyed(call.callKey), ...headers }, body });
		for (const body of bodies)
			assert.equal((await post(body)).status, 400, body);
		assert.equal((await post("on=true", { "content-type": "application/x-www-form-urlencoded" })).status, 415);
		assert.equal((await post(" ".repeat(65537))).status, 413);
	}
	const full = { score: 1, tags: Array.from({ length: 8 }, (_, i) => `${i}${"x".repeat(31)}`) };
	assert.equal((await ask("rateCall", { params: call.params, headers: keyed(call.callKey), body: full })).status, 204);
	const { json } = await ask("getCall", { params: call.params, headers: keyed(call.callKey) });
	assert.equal(json.rating, 1);
});

/* --- T22: somebody else's call, generated from the file --- */

const SAMPLE = { sendDigits: { digits: "1" }, holdCall: { on: true }, rateCall: { score: 5 } };
const OWN = { holdCall: [409], rateCall: [204], getCall: [200], endCall: [200, 202], sendDigits: [202, 409], followCall: [200], leaveCall: [204] };
/* Resuming has a key of its own: its tests are above. */
const ofCalls = operations.filter(({ path, operationId }) => path.includes("{callId}") && operationId !== "resumeCall");

test("each operation says who may use it, those of a call both ways", () => {
	for (const op of operations) {
		assert.ok(Array.isArray(op.security), `${op.operationId} has no security`);
		if (op.path.includes("{callId}"))
			if (op.operationId === "resumeCall") assert.deepEqual(op.security, []);
			else assert.deepEqual(op.security, [{ accessToken: [] }, { callKey: [] }], op.operationId);
	}
	assert.ok(ofCalls.length >= 4);
});

for (const op of ofCalls) {
	/* RFC("9562 4"): a call id is a UUID in lower case, or unknown. */
	test(`${op.operationId}: the owner and the key may, nobody else can tell it from an unknown id`, async () => {
		const call = await start();
		const other = await start();
		const body = SAMPLE[op.operationId];
		const go = (headers, callId = call.callId) => ask(op.operationId, {
			params: { callId }, headers, body, onStart: (_, request) => request.destroy(),
		});
		const bare = ({ status, headers, body: text }) => {
			const { date, ...rest } = headers;
			return { status, rest, text };
		};
		const strangers = {
			nobody: {}, "the wrong key": keyed("A".repeat(43)), "the key of another call": keyed(other.callKey),
			"another person": bearer(other.token), "another person with a wrong key":
				{ ...bearer(other.token), ...keyed(other.callKey) },
			"an expired token with a wrong key":
				{ ...bearer(tokenOf(server, call.subject, { expiresIn: -3600 })), ...keyed("x") },
		};

		assert.ok(OWN[op.operationId], `no row for ${op.operationId}`);
		for (const [who, headers] of Object.entries(strangers)) {
			const foreign = bare(await go(headers));
			assert.equal(foreign.status, 404, who);
			for (const id of [randomUUID(), "x", "..", `${call.callId}0`, call.callId.toUpperCase()])
				assert.deepEqual(bare(await go(headers, id)), foreign, `${who} ${id}`);
		}
		const expired = bearer(tokenOf(server, call.subject, { expiresIn: -3600 }));
		const told = await go(expired);
		assert.equal(told.status, 401);
		assert.deepEqual(bare(await go(expired, randomUUID())), bare(told));
		for (const headers of [bearer(call.token), keyed(call.callKey),
			{ ...expired, ...keyed(call.callKey) }, { ...bearer(other.token), ...keyed(call.callKey) }]) {
			const answer = await go(headers);
			assert.ok(OWN[op.operationId].includes(answer.status), `${answer.status} ${answer.body}`);
		}
	});
}

/* --- the network test --- */

test("a network test is an echo room for twenty seconds, one of a person at a time", async () => {
	const headers = bearer(tokenOf(server, `p-${randomUUID()}`));
	const body = { destination: "echo" };
	const first = await ask("startPreflight", { headers, body });
	assert.equal(first.status, 201);
	assert.equal(first.json.seconds, 20);
	const { Meeting, Attendee } = first.json.ConnectionData;
	const socket = await ask("openControl", { params: { meetingId: Meeting.MeetingId },
		headers: upgrade(`_aws_wt_session, ${Attendee.JoinToken}`, { origin: ORIGIN }) });
	assert.equal(socket.status, 101);
	socket.socket.destroy();
	const second = await ask("startPreflight", { headers, body });
	assert.equal(second.status, 429);
	assert.equal(second.json.code, "limit_concurrent");
	/* No call of his is hindered by it, and it is no call. */
	assert.equal((await ask("startCall", { headers, body })).status, 201);
	const params = { testId: first.json.testId };
	assert.equal((await ask("getCall", { params: { callId: params.testId }, headers })).status, 404);
	const stranger = bearer(tokenOf(server, `p-${randomUUID()}`));
	assert.equal((await ask("endPreflight", { params, headers: stranger })).status, 404);
	assert.equal((await ask("endPreflight", { params })).status, 401);
	assert.equal((await ask("endPreflight", { params, headers })).status, 204);
	assert.equal((await ask("endPreflight", { params, headers })).status, 404);
	assert.equal((await ask("endPreflight", { params: { testId: "x".repeat(60) }, headers })).status, 404);
	for (let i = 0; i < 5; i++) {
		const again = await ask("startPreflight", { headers, body });
		assert.equal(again.status, 201);
		await ask("endPreflight", { params: again.json, headers });
	}
	assert.equal((await ask("startPreflight", { headers, body })).json.code, "limit_rate");
	assert.match((await ask("getMetrics")).body, /^ringdown_preflights 0$/m);
});

test("a network test is for whom a call is", async () => {
	const headers = bearer(tokenOf(server, `p-${randomUUID()}`));
	const post = (options) => ask("startPreflight", { headers, body: { destination: "echo" }, ...options });
	assert.equal((await post({ headers: {} })).status, 401);
	assert.equal((await post({ headers: { ...headers, origin: "https://evil.example" } })).status, 403);
	assert.equal((await post({ body: { destination: "nowhere" } })).status, 403);
	for (const body of ["", "{}", { destination: "echo", displayName: "A" }, { destination: "echo", hints: { a: "b" } }])
		assert.equal((await post({ body })).status, 400);
	assert.equal((await post({ headers: { ...headers, "content-type": "text/plain" } })).status, 415);
	assert.equal((await post({ body: " ".repeat(65537) })).status, 413);
});

/* --- destinations, CORS, methods --- */

test("a destination says whether it is open", async () => {
	const open = await ask("getDestination", { params: { name: "echo" }, headers: { origin: ORIGIN } });
	assert.deepEqual(open.json, { destination: "echo", open: true, zone: "UTC" });
	for (const name of ["nowhere", "ECHO", "x".repeat(64), "%00"])
		assert.equal((await ask("getDestination", { params: { name } })).status, 404);
});

test("only listed origins may read, spelt exactly", async () => {
	const allowed = async (origin, name) => (await ask("getDestination", {
		params: { name }, headers: { origin },
	})).headers;
	const good = await allowed(ORIGIN, "echo");
	assert.equal(good["access-control-allow-origin"], ORIGIN);
	assert.equal(good.vary, "Origin");
	assert.equal(good["access-control-allow-credentials"], undefined);
	for (const origin of ["null", "http://localhost:3001", "https://localhost:3000", "http://localhost",
		"http://localhost:3000/", "http://localhost:3000.evil.example", "http://evil.localhost:3000",
		"HTTP://localhost:3000", "http://LOCALHOST:3000", "http://localhost.:3000", "http://a@localhost:3000",
		"http://localhost:03000", "http://localhost:3000,http://localhost:3000", "https://other.example", "*"]) {
		const headers = await allowed(origin, "echo");
		assert.equal(headers["access-control-allow-origin"], undefined, origin);
		assert.equal(headers.vary, "Origin");
	}
	assert.equal((await allowed("https://any.example", "anybody"))["access-control-allow-origin"],
		"https://any.example");
});

test("what clients report is taken from any page", async () => {
	const headers = { origin: "https://anywhere.test", "content-type": "application/json" };
	const answer = await ask("takeClientEvents", { headers, body: { events: [] } });
	assert.equal(answer.status, 200);
	assert.equal(answer.headers["access-control-allow-origin"], "https://anywhere.test");
	assert.equal((await ask("takeClientEvents", { headers, body: "x".repeat(65537) })).status, 413);
});

test("every path answers OPTIONS, and other methods with 405 and Allow", async () => {
	for (const [path, item] of Object.entries(api.paths)) {
		const url = path.replace("{name}", "echo").replace("{file}", "ringdown.js")
			.replace(/\{\w+\}/, randomUUID());
		const preflight = await server.request("OPTIONS", url, { headers: { origin: ORIGIN } });
		assert.equal(preflight.status, 204, path);
		for (const header of ["authorization", "content-type", "idempotency-key", "ringdown-call-key",
			"last-event-id"])
			assert.match(preflight.headers["access-control-allow-headers"], new RegExp(`\\b${header}\\b`));
		const allow = preflight.headers.allow.split(", ").sort();
		const described = METHODS.filter((method) => item[method]).map((method) => method.toUpperCase());
		assert.deepEqual(allow, [...described, ...(item.get ? ["HEAD"] : []), "OPTIONS"].sort(), path);
		for (const method of ["PUT", "PATCH", "TRACE", "BREW", ...["GET", "POST", "DELETE"]
			.filter((m) => !described.includes(m))]) {
			const answer = await server.request(method, url);
			assert.equal(answer.status, 405, `${method} ${path}`);
			assert.equal(answer.headers.allow, preflight.headers.allow);
			assert.equal(JSON.parse(answer.body).code, "method_not_allowed");
		}
	}
});

test("HEAD is GET without the body", async () => {
	for (const url of ["/v1/destinations/echo", "/healthz", "/ringdown.js"]) {
		const get = await server.request("GET", url);
		const head = await server.request("HEAD", url);
		assert.equal(head.status, get.status);
		assert.equal(head.body, "");
		assert.equal(head.headers["content-length"], get.headers["content-length"]);
	}
	const call = await start("head");
	const head = await server.request("HEAD", call.eventsUrl, { headers: keyed(call.callKey) });
	assert.equal(head.status, 200);
	assert.equal(head.headers["content-type"], "text/event-stream");
});

/* --- the control socket --- */

const upgrade = (protocols, headers = {}) => ({
	connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13",
	"sec-websocket-key": Buffer.alloc(16).toString("base64"),
	...(protocols ? { "sec-websocket-protocol": protocols } : {}), ...headers,
});
const joining = (call) => `_aws_wt_session, ${call.ConnectionData.Attendee.JoinToken}`;

test("the control socket is opened for listed origins and for apps", async () => {
	const call = await start("control", "echo");
	const params = { meetingId: call.ConnectionData.Meeting.MeetingId };
	for (const headers of [{}, { origin: ORIGIN }]) {
		const answer = await ask("openControl", { params, headers: upgrade(joining(call), headers) });
		assert.equal(answer.status, 101);
		assert.equal(answer.headers["sec-websocket-protocol"], "_aws_wt_session");
		answer.socket.destroy();
	}
	for (const origin of ["null", "http://localhost:3000.evil.example", "https://evil.example", "http://localhost:3000/"])
		assert.equal((await ask("openControl", { params, headers: upgrade(joining(call), { origin }) })).status, 403);
});

/* RFC("9110 15.5.22") */
test("what is no handshake is refused", async () => {
	const call = await start("control-bad");
	const params = { meetingId: call.ConnectionData.Meeting.MeetingId };
	assert.equal((await ask("openControl", { params })).status, 426);
	assert.equal((await ask("openControl", { params, headers: upgrade() })).status, 400);
	assert.equal((await ask("openControl", { params: { meetingId: "x".repeat(64) },
		headers: upgrade(joining(call)) })).status, 404);
});

test("sockets that never join are bounded", async () => {
	const call = await start("control-many");
	const params = { meetingId: call.ConnectionData.Meeting.MeetingId };
	const sockets = [];
	let status = 101;
	for (let i = 0; i < 50 && status === 101; i++) {
		const answer = await ask("openControl", { params, headers: upgrade(joining(call)) });
		status = answer.status;
		sockets.push(answer.socket);
	}
	assert.equal(status, 429);
	for (const socket of sockets)
		socket?.destroy();
});

/* --- operations and the widget --- */

test("health, readiness and metrics are for this machine", async () => {
	assert.deepEqual((await ask("getHealth")).json, { status: "ok" });
	assert.deepEqual((await ask("getReady")).json, { status: "ok" });
	const { body } = await ask("getMetrics");
	for (const line of body.trim().split("\n"))
		assert.match(line, /^(# (HELP|TYPE) ringdown_|ringdown_\w+(\{\w+="[^"]*"\})? -?[0-9.]+$)/);
	assert.ok(!body.includes("alice") && !body.includes("@"));
	for (const id of ["getHealth", "getReady", "getMetrics"])
		for (const headers of [{ "x-forwarded-for": "203.0.113.9" }, { forwarded: "for=203.0.113.9" }])
			assert.equal((await ask(id, { headers })).status, 404);
});

for (const id of ["getWidgetFile", "getWidgetFileAtRoot"]) {
	/* RFC("9110 12.5.3"), RFC("9110 13.1.2") */
	test(`${id}: files of the table, compressed as asked, and nothing else`, async () => {
		const params = { file: "ringdown.js" };
		const plain = await ask(id, { params });
		assert.equal(plain.headers["content-encoding"], undefined);
		assert.match(plain.headers["cache-control"], /max-age=300/);
		const manifest = JSON.parse((await ask(id, { params: { file: "manifest.json" } })).body);
		const hashed = Object.values(manifest.files).map(({ file }) => file).find((file) => /-[0-9a-f]{12}\./.test(file));
		assert.match((await ask(id, { params: { file: hashed } })).headers["cache-control"], /immutable/);
		for (const [accept, coding] of [["gzip", "gzip"], ["gzip, deflate, br", "br"], ["br;q=0, gzip;q=0.5", "gzip"],
			["gzip;q=0", undefined], ["identity", undefined]]) {
			const answer = await ask(id, { params, headers: { "accept-encoding": accept } });
			assert.equal(answer.headers["content-encoding"], coding, accept);
			assert.equal(answer.headers.vary, "Accept-Encoding");
			const same = await ask(id, { params, headers: {
				"accept-encoding": accept, "if-none-match": `"x", ${answer.headers.etag}`,
			} });
			assert.equal(same.status, 304, accept);
		}
		assert.equal((await ask(id, { params, headers: { "if-none-match": `"x"` } })).status, 200);
	});

	test(`${id}: two hundred ways to another file give one 404`, async () => {
		const prefix = operation(id).path.replace("{file}", "");
		const targets = ["etc/passwd", "ringdown.js", "package.json", "manifest.json", "calls.db", "ringdown.js.gz", ""];
		const steps = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "./", ".//", "..;/",
			"%c0%ae%c0%ae/", "%00", "//", "...//", "~/", "a/../", "%2f", "/", "web/dist/../", "\\\\host\\"];
		const expected = (await server.request("GET", "/v1/nothing")).body;
		let count = 0;
		for (const target of targets)
			for (const step of [...steps, ...steps.slice(0, 10).map((s) => s.repeat(3))]) {
				const answer = await server.request("GET", `${prefix}${step}${target}`);
				assert.equal(answer.status, 404, `${step}${target}`);
				assert.equal(answer.body, expected);
				count++;
			}
		for (const name of [".", "..", ".git", "ringdown.js%00", "ringdown.js/", "RINGDOWN.JS", "ringdown%2ejs", "%72ingdown.js"])
			assert.equal((await server.request("GET", prefix + name)).body, expected, name);
		assert.ok(count >= 200);
		assert.equal((await ask(id, { params: { file: "nothing" } })).status, 404);
	});
}

test("the page for site owners is served where the configuration says so, under one name", async () => {
	assert.equal((await ask("getBuildPage")).status, 404);
	const building = await open({ server: { build_page: true } });
	try {
		const page = await ask("getBuildPage", { from: building });
		assert.match(page.body, /<title>Build your call button/);
		assert.equal(page.headers["access-control-allow-origin"], undefined);
		const headers = { "if-none-match": page.headers.etag };
		assert.equal((await ask("getBuildPage", { from: building, headers })).status, 304);
		for (const id of ["getWidgetFile", "getWidgetFileAtRoot"])
			assert.equal((await ask(id, { from: building, params: { file: "build.html" } })).status, 404);
	} finally {
		await building.stop();
	}
});

test("a frame of the widget is for the origins of its destination, and has a strict policy", async () => {
	const page = await ask("getFrame", { query: { to: "other" } });
	const policy = page.headers["content-security-policy"];
	assert.match(page.body, /<script src="frame-[0-9a-f]{12}\.js"/);
	assert.match(policy, new RegExp(`frame-ancestors https://other\\.example ${server.url}$`));
	assert.match(policy, new RegExp(`connect-src 'self' ${server.url} ws://127\\.0\\.0\\.1:${server.port};`));
	assert.match((await ask("getFrame", { query: { to: "anybody" } })).headers["content-security-policy"], /frame-ancestors \* /);
	const headers = { "if-none-match": page.headers.etag };
	assert.equal((await ask("getFrame", { query: { to: "other" }, headers })).status, 304);
	assert.equal((await ask("getFrame", { query: { to: "nobody" } })).status, 404);
	for (const query of ["", "?to=", "?too=echo", `?to=${"x".repeat(100)}`, "?x=1&"])
		assert.equal((await server.request("GET", `/v1/frame${query}`)).status, 404, query);
	for (const id of ["getWidgetFile", "getWidgetFileAtRoot"])
		assert.equal((await ask(id, { params: { file: "frame.html" } })).status, 404);
});

test("calls from the server's own origin, where its frames are, are taken", async () => {
	const answer = await server.call({ destination: "other" }, { sub: "framed" }, { origin: server.url });
	assert.equal(answer.status, 201);
});

test("what a page's policy must allow is told, and no more", async () => {
	const answer = await ask("getPolicy");
	assert.equal(answer.body, `script-src ${server.url}\nconnect-src ${server.url} ws://127.0.0.1:${server.port}\n`);
	const behind = await open({ publicUrl: "https://calls.example.com" });
	try {
		const { body } = await ask("getPolicy", { from: behind });
		assert.match(body, /^connect-src https:\/\/calls\.example\.com wss:\/\/calls\.example\.com$/m);
	} finally {
		await behind.stop();
	}
});

/* --- going away --- */

test("a server that drains takes no new calls and keeps the old ones", async () => {
	const leaving = await open({ drain: 60 });
	try {
		const call = await start("stays", "anybody", leaving);
		process.kill(leaving.pid, "SIGTERM");
		await leaving.program.line(/event=draining/);
		for (const id of ["startCall", "startCallAlias"]) {
			const answer = await ask(id, { from: leaving, headers: bearer(tokenOf(leaving, "late")), body: { destination: "anybody" } });
			assert.equal(answer.status, 503);
			assert.equal(answer.json.code, "draining");
		}
		const test = await ask("startPreflight", { from: leaving, headers: bearer(tokenOf(leaving, "late")), body: { destination: "anybody" } });
		assert.equal(test.status, 503);
		assert.equal((await ask("getReady", { from: leaving })).status, 503);
		assert.equal((await ask("getHealth", { from: leaving })).status, 200);
		assert.equal((await ask("getCall", { from: leaving, params: call.params, headers: keyed(call.callKey) })).status, 200);
		assert.equal((await ask("openControl", { from: leaving, params: { meetingId: randomUUID() },
			headers: upgrade("_aws_wt_session, token") })).status, 503);
		await ask("endCall", { from: leaving, params: call.params, headers: keyed(call.callKey) });
		assert.deepEqual(await leaving.program.ended, { code: 0, signal: null });
	} finally {
		await leaving.stop();
	}
});

test("a call of before a crash is told from its record, to its owner and its key", async () => {
	const crashing = await open();
	try {
		const call = await start("survivor", "anybody", crashing);
		const to = { from: crashing, params: call.params };
		await crashing.restart();
		for (const headers of [keyed(call.callKey), bearer(call.token)]) {
			const { json } = await ask("getCall", { ...to, headers });
			assert.equal(json.state, "ended");
			assert.equal(json.reason, "server_lost");
			assert.equal(json.by, "system");
		}
		const headers = keyed(call.callKey);
		assert.equal((await ask("endCall", { ...to, headers })).status, 200);
		assert.equal((await ask("sendDigits", { ...to, headers, body: { digits: "1" } })).status, 409);
		assert.equal((await ask("holdCall", { ...to, headers, body: { on: true } })).status, 409);
		assert.equal((await ask("rateCall", { ...to, headers, body: { score: 1 } })).status, 409);
		assert.equal((await ask("leaveCall", { ...to, headers })).status, 204);
		const { body } = await ask("followCall", { ...to, headers });
		assert.match(body, /^id: 1\nevent: state\ndata: \{"state":"ended","reason":"server_lost","by":"system"/);
		assert.equal((await ask("followCall", { ...to, headers: { ...headers, "last-event-id": "7" } })).body, "");
		const foreign = await ask("getCall", { ...to, headers: keyed("A".repeat(43)) });
		const unknown = await ask("getCall", { from: crashing, headers, params: { callId: randomUUID() } });
		assert.equal(foreign.status, 404);
		assert.equal(foreign.body, unknown.body);
	} finally {
		await crashing.stop();
	}
});

test("nothing that was secret has been logged", async () => {
	const call = await start("secret-marked-subject");
	await ask("getCall", { params: call.params, headers: { ...keyed(call.callKey), ...bearer(call.token) } });
	await ask("endCall", { params: call.params, headers: keyed(call.callKey) });
	await server.program.line(new RegExp(`${call.callId}.*call ended`));
	for (const secret of [call.callKey, call.resumeKey, call.token, call.ConnectionData.Attendee.JoinToken, "secret-marked-subject"])
		assert.ok(!server.program.output.includes(secret));
});

/* Last: all of the file was seen. */
test("every status of every operation in the file was exercised", () => {
	const described = operations.flatMap(({ operationId, responses }) =>
		Object.keys(responses).map((status) => `${operationId} ${status}`));
	assert.deepEqual(described.filter((one) => !seen.has(one)), []);
});
