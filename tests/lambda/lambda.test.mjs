/* lambda/lambda.test.mjs - the zip of script/lambda-zip under the runtime API of AWS Lambda.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { startRuntime } from "../fake/runtime.mjs";
import { Program } from "../help/server.mjs";
import { measured } from "../help/wait.mjs";
import { BOOTSTRAP, ZIP, TASK, rssKb, startFunction, withFunction, writeConfig } from "./help/function.mjs";

const COLD_START_MS = 50;
const P99_MS = 5;
const ZIP_BYTES = 10_000_000;
const GROWTH_KB = 256;

/* --- events --- */

const ARN = "arn:aws:chime:us-east-1:111122223333:vc/abcdefghij1klmn2opq3rs";
const VC = {
	MeetingId: "a0b1c2d3-0000-4000-8000-00000000abcd", Destination: "support", Target: "vc", Dial: "1000",
	VoiceConnectorArn: ARN, CallerId: "+12025550100", Headers: '{"X-Customer-Id":"4711"}',
};
const PSTN = { Target: "pstn", Dial: "+12025550177", CallerId: "+12025550100" };
const LEG_A = { CallId: "call-a", ParticipantTag: "LEG-A", Status: "Connected" };
const LEG_B = { CallId: "call-b", ParticipantTag: "LEG-B", Status: "Connected" };

function event(type, { attributes, legs = [LEG_A], data } = {}) {
	return {
		SchemaVersion: "1.0", Sequence: 1, InvocationEventType: type, ...(data ? { ActionData: data } : {}),
		CallDetails: {
			TransactionId: "c0ffee00-1111-4222-8333-444444444444", AwsAccountId: "111122223333", AwsRegion: "us-east-1",
			SipMediaApplicationId: "app-1", Participants: legs, ...(attributes ? { TransactionAttributes: attributes } : {}),
		},
	};
}
const create = (Arguments) => event("NEW_OUTBOUND_CALL", { data: { Type: "CallCreateRequest", Parameters: { Arguments } } });
const update = (Arguments, attributes) => event("CALL_UPDATE_REQUESTED",
	{ attributes, legs: [LEG_A, LEG_B], data: { Type: "CallUpdateRequest", Parameters: { Arguments } } });

async function answerOf(api, asked) {
	const got = await api.invoke(asked);
	assert.equal(got.status, "response", got.body);
	return JSON.parse(got.body);
}

/* One call, each event with the attributes that the answer before left. */
async function wholeCall(api, args) {
	let { TransactionAttributes: attributes } = await answerOf(api, create(args));
	const bridge = await answerOf(api, event("CALL_ANSWERED", { attributes }));
	attributes = bridge.TransactionAttributes;
	const done = await answerOf(api, event("ACTION_SUCCESSFUL",
		{ attributes, legs: [LEG_A, LEG_B], data: { Type: "CallAndBridge", Parameters: {} } }));
	attributes = done.TransactionAttributes;
	const digits = await answerOf(api, update({ action: "digits", digits: "12#" }, attributes));
	const end = await answerOf(api, event("HANGUP",
		{ attributes, legs: [{ ...LEG_A, Status: "Disconnected" }, LEG_B], data: { Type: "Hangup", Parameters: { ParticipantTag: "LEG-A" } } }));
	return { bridge, digits, end };
}

/* --- tests --- */

test("the zip is small and brings its libraries", () => {
	const size = statSync(ZIP).size;
	console.log(`zip: ${size} bytes`);
	assert.ok(size <= ZIP_BYTES);
	const loaded = execFileSync(BOOTSTRAP, { env: { LD_TRACE_LOADED_OBJECTS: "1" }, encoding: "utf8" });
	for (const [, name, file] of loaded.matchAll(/^\s*(\S+) => (\S+)/gm))
		if (!/^lib(c|m|resolv|dl|rt|pthread)\.so/.test(name)) assert.ok(file.startsWith(TASK), `${name} is ${file}`);
});

test("a whole call is carried out", () => withFunction(async (api) => {
	const { bridge, digits, end } = await wholeCall(api, VC);
	assert.deepEqual(bridge.Actions.map((a) => a.Type), ["CallAndBridge"]);
	assert.deepEqual(bridge.Actions[0].Parameters.SipHeaders, { "X-Customer-Id": "4711" });
	assert.equal(bridge.Actions[0].Parameters.Endpoints[0].Arn, ARN);
	assert.deepEqual(digits.Actions[0].Parameters, { CallId: "call-b", Digits: "12#", ToneDurationInMilliseconds: 250 });
	assert.deepEqual(end.Actions.map((a) => [a.Type, a.Parameters.CallId]), [["Hangup", "call-b"]]);
}));

test("numbers are called as the configuration says, and without one none is", async () => {
	const environment = writeConfig("allow.yaml", 'handler: { allow: ["+1202555"], tone_ms: 100 }\n');
	await withFunction(async (api) => {
		const { bridge, digits } = await wholeCall(api, PSTN);
		assert.equal(bridge.Actions[0].Parameters.Endpoints[0].Uri, "+12025550177");
		assert.equal(digits.Actions[0].Parameters.ToneDurationInMilliseconds, 100);
		const other = await answerOf(api, create({ ...PSTN, Dial: "+19005550177" }));
		assert.equal(other.TransactionAttributes.State, "refused");
	}, { environment });
	await withFunction(async (api) => {
		const answer = await answerOf(api, create(PSTN));
		assert.equal(answer.TransactionAttributes.State, "refused");
	});
});

test("an event in pieces is one event, and one of 5 MB too", () => withFunction(async (api) => {
	await wholeCall(api, VC);
	const big = event("RINGING");
	big.Padding = "x".repeat(5 << 20);
	assert.deepEqual(await answerOf(api, big), { SchemaVersion: "1.0" });
	await wholeCall(api, VC);
}, { isChunked: true }));

test("what is no event is told as an error, and the next one is served", () => withFunction(async (api) => {
	for (const text of ["", "{", "[]", "null", '"HANGUP"', "{}", '{"InvocationEventType":"HANGUP"}', '{"a":1,"a":2}', "[".repeat(1000)]) {
		const got = await api.invoke(text);
		assert.equal(got.status, "error", text);
		const body = JSON.parse(got.body);
		assert.equal(body.errorType, "Handler.MalformedEvent");
		assert.ok(body.errorMessage);
		assert.equal(got.headers["lambda-runtime-function-error-type"], body.errorType);
	}
	await wholeCall(api, VC);
}));

test("an answer that comes too late is not the end", () => withFunction(async (api, program) => {
	api.answerWith = 403;
	await api.invoke(event("RINGING"));
	await program.line(/answer not taken/);
	api.answerWith = 202;
	await wholeCall(api, VC);
}));

test("it ends when the runtime API says so, or is gone", async () => {
	await withFunction(async (api, program) => {
		await api.invoke(event("RINGING"));
		await api.refuse(500);
		assert.equal((await program.ended).code, 1);
	});
	await withFunction(async (api, program) => {
		api.answerWith = 500;
		await api.invoke(event("RINGING"));
		assert.equal((await program.ended).code, 1);
	});
	const api = await startRuntime();
	const program = startFunction(api);
	await api.ready();
	await api.stop();
	assert.equal((await program.ended).code, 1);
	assert.equal((await startFunction(api).ended).code, 1);
});

test("a configuration that is wrong is told to the runtime API", async () => {
	for (const [text, pattern] of [["handler: { alow: [] }\n", /alow/], ['handler: { allow: ["1202"] }\n', /allow/]]) {
		const api = await startRuntime();
		const told = api.initError();
		const program = startFunction(api, writeConfig("wrong.yaml", text));
		const { body, headers } = await told;
		assert.match(JSON.parse(body).errorMessage, pattern);
		assert.equal(headers["lambda-runtime-function-error-type"], "Runtime.BadConfiguration");
		assert.equal((await program.ended).code, 1);
		await api.stop();
	}
});

test("a file beside the program is its configuration", async () => {
	const file = path.join(TASK, "ringdown.yaml");
	writeFileSync(file, 'handler: { application: "app-2" }\n');
	try {
		await withFunction(async (api) => {
			assert.equal((await api.invoke(event("RINGING"))).status, "error");
		});
	} finally {
		rmSync(file);
	}
});

test("somebody who starts it by hand is told what it is", async () => {
	const program = new Program(BOOTSTRAP, [], { env: {} });
	assert.equal((await program.ended).code, 2);
	assert.match(program.output, /AWS_LAMBDA_RUNTIME_API/);
});

/* --- how fast, and how large --- */

test("a cold start is short", () => measured(async () => {
	const taken = [];
	for (let i = 0; i < 10; i++) {
		const api = await startRuntime();
		const since = process.hrtime.bigint();
		const program = startFunction(api);
		await api.ready();
		taken.push(Number(process.hrtime.bigint() - since) / 1e6);
		await program.stop("SIGKILL");
		await api.stop();
	}
	taken.sort((a, b) => a - b);
	console.log(`cold start: best ${taken[0].toFixed(1)} ms, median ${taken[5].toFixed(1)} ms`);
	assert.ok(taken[0] <= COLD_START_MS);
}));

test("1,000 invocations are quick and take no memory", () => withFunction(async (api, program) => {
	const attributes = { ...VC, State: "new" };
	const all = [create(VC), event("CALL_ANSWERED", { attributes }), event("RINGING", { attributes }),
		event("ACTION_FAILED", { attributes, data: { Type: "CallAndBridge", ErrorType: "CallNotAnswered" } }),
		update({ action: "digits", digits: "1" }, attributes)];
	for (let i = 0; i < 300; i++) await api.invoke(all[i % all.length]); /* the heap finds its size */
	await measured(async () => {
		const before = rssKb(program.pid);
		const taken = [];
		for (let i = 0; i < 1000; i++) taken.push((await api.invoke(all[i % all.length])).ms);
		taken.sort((a, b) => a - b);
		const grown = rssKb(program.pid) - before;
		console.log(`1,000 invocations: median ${taken[500].toFixed(2)} ms, p99 ${taken[990].toFixed(2)} ms, worst ${taken[999].toFixed(2)} ms; `
			+ `memory ${rssKb(program.pid)} kB, grown by ${grown} kB`);
		assert.ok(taken[990] <= P99_MS, `p99 is ${taken[990]} ms`);
		assert.ok(grown <= GROWTH_KB, `memory has grown by ${grown} kB`);
	}, { times: 8 });
}));
