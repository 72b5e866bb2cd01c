/* aws/two.test.mjs - the providers connect and chime of one `ringdown`, against the AWS-compatible listener of another.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whole calls with sound: `ringdown call` joins with what the first server answers, which is what the second one gave
 * it; behind the second one are an echo and a telephone that listens for 440 Hz and says 1000 Hz. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NO_LIMITS, newId, runCall, startRingdown, until } from "../help/server.mjs";
import { ACCOUNT, APPLICATION, CONNECTOR, FLOW, FROM, INSTANCE, KEY, QUEUE_FLOW, REGION, joinAs, startCompatible } from "./help/compatible.mjs";

const arn = `arn:aws:chime:${REGION}:${ACCOUNT}:vc/${CONNECTOR}`;
const destinations = [
	{ name: "echo-flow", providers: ["connect"], connect: { instance: INSTANCE, flow: FLOW, answered_by: "flow" } },
	{ name: "queue-flow", providers: ["connect"], connect: { instance: INSTANCE, flow: QUEUE_FLOW, queue_position: true } },
	{ name: "number", providers: ["chime"], chime: { application: APPLICATION, from: FROM, dial: "+12025550142", allow: ["+1202555"] } },
	{ name: "pbx", providers: ["chime"], chime: { application: APPLICATION, from: FROM, dial: "4711", voice_connector: arn,
		headers: { "X-Customer-Id": "customer_id" } } },
	{ name: "lost", providers: ["connect", "chime"], connect: { instance: INSTANCE, flow: "22222222-0000-4000-8000-000000000000" },
		chime: { application: APPLICATION, from: FROM, dial: "+12025550142", allow: ["+1202555"] } },
].map((d) => ({ ...d, origins: ["*"], limits: { at_once: 0, per_minute: 0, per_hour: 0, per_day: 0 } }));

let aws, server;

before(async () => {
	aws = await startCompatible();
	Object.assign(process.env, {
		AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey, AWS_CONFIG_FILE: "/nonexistent/config",
		AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials", AWS_EC2_METADATA_DISABLED: "true",
	});
	delete process.env.AWS_PROFILE;
	server = await startRingdown({ destinations, more: { aws: { region: REGION, endpoint_url: aws.endpoint, requests_per_second: 100 } } });
	await until(async () => (await (await fetch(`${server.url}/v1/destinations/number`)).json()).open, "credentials");
});
after(async () => {
	await server?.stop();
	await aws?.stop();
});

/* A call by somebody new, and one who joins it with sound; both ways to look at it and to end it. */
async function dial(destination, ...words) {
	const sub = newId();
	const headers = { authorization: `Bearer ${server.token({ sub })}` };
	const response = await server.call({ destination, hints: { customer_id: "forged" } }, { sub }, { "idempotency-key": newId() });
	const answer = await response.json();
	const ask = (method, path = "", body) => fetch(`${server.url}/v1/calls/${answer.callId}${path}`, {
		method, headers: { ...headers, ...(body && { "content-type": "application/json" }) }, ...(body && { body: JSON.stringify(body) }) });
	const states = [];

	assert.equal(response.status, 201, JSON.stringify(answer));
	(async () => {
		const events = await fetch(`${server.url}/v1/calls/${answer.callId}/events`, { headers });
		for await (const chunk of events.body.pipeThrough(new TextDecoderStream()))
			for (const [, data] of chunk.matchAll(/^data: (.*)$/gm)) states.push(JSON.parse(data));
	})().catch(() => {});
	return {
		answer, sub, states, ...await joinAs(answer.ConnectionData, ...words),
		hangUp: () => ask("DELETE"),
		digits: (digits) => ask("POST", "/digits", { digits }),
		look: async () => (await ask("GET")).json(),
		reach: (state) => until(() => states.some((s) => s.state === state), () => `state ${state}, only ${JSON.stringify(states)}`),
	};
}

/* The one who joined heard what he was to hear: he is told of the end before his time is over, so he talks long. */
const heard = (result) => assert.equal(result.status, 0, result.output);

/* No contact, no meeting and no dialog is left at the second server. */
const isQuiet = () => until(async () => {
	const text = await (await fetch(`${aws.server.url}/metrics`)).text();
	return !/^ringdown_(trunk_dialogs|signaling_meetings|media_legs)\S* [1-9]/m.test(text);
}, "nothing is left");

test("an echo of a contact flow comes back", async () => {
	const call = await dial("echo-flow", "--duration", "10", "--hear", "440");

	await call.reach("in-call");
	assert.equal((await call.digits("42#")).status, 202);
	heard(await call.ended);
	await call.hangUp();
	await call.reach("ended");
	assert.equal((await call.look()).reason, "ended_by_caller");
	await isQuiet();
});

test("a queue leads to the telephone, which is told who calls, hears and is heard", async () => {
	const moment = aws.moment();
	const call = await dial("queue-flow", "--duration", "10", "--tone", "440", "--hear", "1000");

	await call.reach("in-call");
	const incoming = await aws.phone("incoming", moment);
	assert.equal(incoming.headers["X-Customer-Id"], call.sub, "the verified one, not the page's");
	heard(await call.ended);
	await call.hangUp();
	const ended = await aws.phone("ended", moment);
	assert.ok(Math.abs(ended.tone.hz - 440) < 20, `heard ${ended.tone.hz} Hz`);
	await isQuiet();
});

for (const [name, what] of [["number", "a telephone number"], ["pbx", "a PBX behind a Voice Connector"]])
	test(`${what} is called into a meeting, keyed into, heard, and hung up`, async () => {
		const moment = aws.moment();
		const call = await dial(name, "--duration", "10", "--tone", "440", "--hear", "1000");

		await call.reach("in-call");
		const incoming = await aws.phone("incoming", moment);
		assert.equal(incoming.headers["X-Customer-Id"], name === "pbx" ? call.sub : undefined);
		await aws.phone("answered", moment);
		assert.equal((await call.digits("42#")).status, 202);
		heard(await call.ended);
		const at = Date.now();
		await call.hangUp();
		await call.reach("ended");
		const ended = await aws.phone("ended", moment);
		assert.ok(Date.now() - at < 20_000, "the phone ends with the call");
		assert.equal(ended.digits, "42#");
		assert.ok(Math.abs(ended.tone.hz - 440) < 20, `heard ${ended.tone.hz} Hz`);
		await isQuiet();
	});

test("a caller who only leaves is found to be away", async () => {
	const { status, output } = await runCall(server, "--destination", "echo-flow", "--duration", "2", "--hear", "440");
	assert.equal(status, 0, output);
	await server.program.line(/event="call ended" reason=(network_lost|ended_by_caller)/, 90_000);
	await isQuiet();
});

test("a flow that is not there leads to the next provider", async () => {
	const call = await dial("lost", "--duration", "3", "--tone", "440", "--hear", "1000");

	assert.equal(call.answer.provider, "chime");
	await server.program.line(/provider did not take the call" provider=connect/);
	heard(await call.ended);
	await call.hangUp();
	await isQuiet();
});
