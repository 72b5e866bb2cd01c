/* e2e/continuity.test.mjs - a call outlives its page, its tab's neighbours, its devices and its silence.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The built widget in Chromium, on a real server with a telephone behind it;
 * silence is measured in what the telephone recorded. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { NO_LIMITS, freePort, startAnswer, startRingdown } from "../help/server.mjs";
import { share, wavSound } from "../help/sound.mjs";
import { measured, until } from "../help/wait.mjs";
import { openBrowser, waitState } from "./help/browser.mjs";
import { CallSite, callOf, hears, press, seen } from "./help/continuity-page.mjs";

const US = 440;
const THEM = 700;

let server;
let site;
let browser;
let port;
let phone;
let complaints = [];

before(
	async () => {
		port = await freePort();
		server = await startRingdown({
			destinations: `
  - name: phone
    to: sip
    trunk: peer
    user: far
    origins: ["*"]
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
		site = await new CallSite().open();
		browser = await openBrowser({ without: ["--disable-back-forward-cache"] });
	},
	{ timeout: 120_000 },
);

after(async () => {
	await browser?.close();
	await site?.close();
	await server?.stop();
});

afterEach(async () => {
	for (const context of browser?.contexts() ?? []) await context.close();
	await phone?.stop();
	phone = undefined;
	const said = complaints.splice(0);
	assert.deepEqual(said, []);
});

let people = 0;

/* Somebody new, so that no call of before is in the way. */
async function open({ behaviour = ["--tone", String(THEM), "--hear", String(US)], more } = {}) {
	phone = await startAnswer("--listen", `127.0.0.1:${port}`, ...behaviour);
	site.serve(server, { sub: `person-${++people}`, more });
	return site.page(await browser.newContext(), complaints);
}

async function talk(options) {
	const page = await open(options);

	await press(page);
	await waitState(page, "in-call");
	return page;
}

/* The longest time without our tone, between two of it. */
async function longestSilence() {
	const { samples, rate } = await wavSound(phone.file);
	const size = Math.round(rate * 0.04);
	let [last, longest] = [null, 0];

	for (let at = 0; at + size <= samples.length; at += size) {
		if (share(samples.slice(at, at + size), US, rate) < 0.5) continue;
		if (last !== null) longest = Math.max(longest, (at - last) / rate);
		last = at;
	}
	return longest;
}

test("a page loaded anew while talking has the same call, after at most 3 s", async () => {
	await measured(async () => {
		const page = await talk();
		const { id } = await callOf(page);

		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		await page.reload();
		await waitState(page, "in-call");
		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		assert.equal((await callOf(page)).id, id);
		const silence = await longestSilence();
		assert.ok(silence <= 3, `${silence} s of silence`);
		const states = (await seen(page, "state")).map(({ to }) => to);
		assert.equal(states[0], "resuming");
		assert.equal(
			phone.program.lines.filter((line) => /"event":"(call|ended)"/.test(line)).length <= 1,
			true,
		);
		await page.close();
		await phone.ended();
		await phone.stop();
	});
});
