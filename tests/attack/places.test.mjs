/* attack/places.test.mjs - what many people, or one, may ask for without a call: others' calls keep their places.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newId, startRingdown } from "../help/server.mjs";

const CALLS = 20;
let server;

before(async () => {
	server = await startRingdown({ server: `  most_calls: ${CALLS}` });
});
after(() => server?.stop());

const post = (path, body, headers) => fetch(`${server.url}${path}`, {
	method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body),
});
const bearer = (sub = newId()) => ({ authorization: `Bearer ${server.token({ sub })}` });

test("network tests of many people leave all calls but a tenth, and none of the last fifth", async () => {
	const tests = [];
	for (let i = 0; i < CALLS; i++) {
		const headers = bearer();
		const answer = await post("/v1/preflight", { destination: "echo" }, headers);
		if (answer.status === 201) {
			tests.push({ ...(await answer.json()), headers });
			continue;
		}
		assert.equal(answer.status, 503);
		assert.ok(Number(answer.headers.get("retry-after")) > 0);
	}
	assert.equal(tests.length, CALLS / 10);
	for (const { testId, headers } of tests)
		assert.equal((await fetch(`${server.url}/v1/preflight/${testId}`, { method: "DELETE", headers })).status, 204);

	const calls = [];
	for (let i = 0; i < CALLS * 0.8; i++) {
		const answer = await post("/v1/calls", { destination: "echo" }, bearer());
		assert.equal(answer.status, 201);
		calls.push(await answer.json());
	}
	assert.equal((await post("/v1/preflight", { destination: "echo" }, bearer())).status, 503);
	for (const { callId, callKey } of calls)
		assert.equal((await fetch(`${server.url}/v1/calls/${callId}`, {
			method: "DELETE", headers: { "ringdown-call-key": callKey },
		})).status, 202);
});
