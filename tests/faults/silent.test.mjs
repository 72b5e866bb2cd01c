/* faults/silent.test.mjs - a caller of whom nothing comes any more: what the telephone hears, and when.
 * SPDX-License-Identifier: Apache-2.0
 *
 * SIGSTOP leaves socket and transport as they are, as a machine that sleeps or loses its network does; SIGKILL is a page
 * that dies without a word. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Caller } from "../help/call.mjs";
import { NO_LIMITS, freePort, startAnswer, startRingdown } from "../help/server.mjs";
import { measured } from "../help/wait.mjs";

const CALLER_HZ = 440;
const PHONE_HZ = 700;
const NOTICE_HZ = 660; /* the first of its two notes */
const QUIET_MS = 3000;

let server, phone;

before(async () => {
	const port = await freePort();
	phone = await startAnswer("--listen", `127.0.0.1:${port}`, "--tone", String(PHONE_HZ));
	server = await startRingdown({
		destinations: `
  - name: phone
    to: sip
    trunk: peer
    user: far
    codecs: [pcmu]
    limits: ${NO_LIMITS}
`,
		more: `
trunks:
  - name: peer
    host: localhost
    port: ${port}
    peers: [127.0.0.0/8]
    options_s: 0
`,
	});
});

afterEach(() => Caller.leave());

after(async () => {
	await server?.stop();
	await phone?.stop();
});

async function talk() {
	const caller = new Caller(server, "phone");
	await caller.is("in-call");
	await Promise.all([caller.hears(PHONE_HZ), phone.hears(CALLER_HZ, 0.4)]);
	return caller;
}

/* Else the telephone goes on hearing the notice, and nobody. */
async function end(caller) {
	caller.program.process.kill("SIGKILL");
	await fetch(`${server.url}/v1/calls/${await caller.id()}`, {
		method: "DELETE", headers: { authorization: `Bearer ${server.token()}` },
	});
	await caller.is("ended");
}

/* How long after `from` the server noticed. */
async function noticed(caller, from) {
	const line = await server.program.line(new RegExp(`call=${await caller.id()} event="caller not heard"`));
	return Date.parse(line.split(" ")[0]) - from;
}

for (const [signal, what] of [["SIGSTOP", "falls asleep"], ["SIGKILL", "dies without a word"]])
	test(`a caller who ${what}: the telephone hears a notice after 3 s`, () => measured(async () => {
		const caller = await talk();
		const from = Date.now();
		caller.program.process.kill(signal);
		await phone.hears(NOTICE_HZ, 0.12);
		const took = await noticed(caller, from);
		await end(caller);
		assert.ok(took >= QUIET_MS - 100 && took <= QUIET_MS + 500, `it was noticed after ${took} ms`);
	}));

test("a caller who was not heard for a moment is heard again, and nobody was told of it but the telephone", async () => {
	const caller = await talk();
	caller.program.process.kill("SIGSTOP");
	await phone.hears(NOTICE_HZ, 0.12);
	assert.equal((await caller.get()).state, "in-call");
	caller.program.process.kill("SIGCONT");
	await Promise.all([phone.hears(CALLER_HZ, 0.4), caller.hears(PHONE_HZ)]);
	assert.equal((await caller.get()).state, "in-call");
	await end(caller);
});
