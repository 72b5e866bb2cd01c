/* e2e/help/outage.mjs BROWSER - a program: a call whose network is away for twenty seconds.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In a network namespace of its own (unshare) browser and server meet on an
 * address that goes and comes; the telephone stays reachable.  Ends with 0 if
 * it was the same call all the time. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { destination, freePort, startAnswer, startRingdown, trunk } from "../../help/server.mjs";
import { openBrowser, waitState } from "./browser.mjs";
import { CallSite, callOf, hears, press, seen } from "./continuity-page.mjs";

const ADDRESS = "10.99.7.1";
const AWAY_MS = 20_000;

const address = (verb) => ip("addr", verb, `${ADDRESS}/24`, "dev", "wire");
const ip = (...words) => execFileSync("ip", words);

/* A wire whose other end is in nobody's hands. */
function lay() {
	ip("link", "set", "lo", "up");
	ip("link", "add", "wire", "type", "veth", "peer", "name", "end");
	ip("link", "set", "end", "up");
	ip("link", "set", "wire", "up");
	address("add");
}

async function outage() {
	lay();
	const port = await freePort();
	const phone = await startAnswer(
		...["--listen", `127.0.0.1:${port}`, "--tone", "700", "--hear", "440"],
	);
	const apiPort = await freePort();
	const server = await startRingdown({
		port: apiPort,
		listen: ADDRESS,
		bind: `127.0.0.1, ${ADDRESS}`,
		publicUrl: `http://${ADDRESS}:${apiPort}`,
		destinations: [destination("phone", "sip")],
		more: { trunks: [trunk(port)] },
	});
	const site = await new CallSite().open();
	const browser = await openBrowser({ name: process.argv[2] });
	const complaints = [];

	try {
		site.serve({ url: `http://${ADDRESS}:${apiPort}`, token: server.token });
		const page = await site.page(await browser.newContext(), complaints);
		await press(page);
		await waitState(page, "in-call");
		await Promise.all([hears(page, 700), phone.hears(440, 0.5)]);
		const { id } = await callOf(page);

		address("del");
		await waitState(page, "reconnecting");
		await page.waitForTimeout(AWAY_MS);
		assert.equal((await callOf(page)).state, "reconnecting");
		address("add");
		await waitState(page, "in-call");
		await Promise.all([hears(page, 700), phone.hears(440, 0.5)]);
		assert.equal((await callOf(page)).id, id);
		assert.deepEqual(
			(await seen(page, "state")).map(({ to }) => to).slice(-2),
			["reconnecting", "in-call"],
		);
		assert.deepEqual(complaints, []);
	} finally {
		await browser.close();
		await site.close();
		await server.stop();
		await phone.stop();
	}
}

await outage();
