/* e2e/firewall.test.mjs - callers whose network lets little through.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, test } from "node:test";
import { newId, startRingdown } from "../help/server.mjs";

const SECRET = "a secret of both: c0turn";
const URLS = ["turn:turn.test:3478?transport=udp", "turns:turn.test:443?transport=tcp"];

let server;

afterEach(async () => {
	await server?.stop();
	server = undefined;
});

/* RFC 2104 over the user name, as coturn's use-auth-secret counts it. */
const passwordOf = (username) => createHmac("sha1", SECRET).update(username).digest("base64");

function checkServers(iceServers, callId, lifetime) {
	const [{ urls, username, credential }, ...others] = iceServers;
	const [expiry, name] = username.split(":");

	assert.deepEqual(others, []);
	assert.deepEqual(urls, URLS);
	assert.equal(name, callId);
	assert.ok(Math.abs(expiry - Date.now() / 1000 - lifetime) < 60, `ends at ${expiry}`);
	assert.equal(credential, passwordOf(username));
}

test("each call has TURN credentials of its own, and no log has the secret", async () => {
	const file = path.join(os.tmpdir(), `ringdown-turn-${newId()}`);
	await writeFile(file, `${SECRET}\n`, { mode: 0o600 });
	server = await startRingdown({ server: { log_level: "debug" }, more: { turn: { urls: URLS, secret_file: file, lifetime_s: 600 } } });
	const calls = [];

	for (let i = 0; i < 2; i++) {
		const answer = await server.call();
		assert.equal(answer.status, 201);
		calls.push(await answer.json());
		checkServers(calls[i].iceServers, calls[i].callId, 600);
	}
	const resumed = await fetch(`${server.url}/v1/calls/${calls[0].callId}/leaving`, {
		method: "POST", headers: { "ringdown-call-key": calls[0].callKey },
	}).then(() => fetch(`${server.url}/v1/calls/${calls[0].callId}/resume`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ resumeKey: calls[0].resumeKey }),
	}));
	assert.equal(resumed.status, 200);
	checkServers((await resumed.json()).iceServers, calls[0].callId, 600);
	for (const secret of [SECRET, ...calls.map(({ iceServers: [{ credential }] }) => credential)])
		assert.ok(!server.program.output.includes(secret));
});

test("without TURN servers no call has any", async () => {
	server = await startRingdown();
	const { iceServers } = await (await server.call()).json();
	assert.equal(iceServers, undefined);
});
