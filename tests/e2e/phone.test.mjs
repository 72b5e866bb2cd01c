/* e2e/phone.test.mjs - the widget calls a telephone that rings, refuses and hangs up.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The whole way: button, server, trunk, SIP.  `ringdown answer` is the
 * telephone, started anew for each way to behave. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { WAIT_MS, freePort, startAnswer, until } from "../help/server.mjs";
import { inBrowsers, signIn } from "./help/browser.mjs";
import { Demo } from "./help/demo.mjs";

let demo;
let browser;
let page;
let port;
let phone;

/* Who asks while no telephone is there (OPTIONS) holds the line for closed until
 * he asks again. */
async function plugIn(...behaviour) {
	await phone?.stop();
	phone = await startAnswer("--listen", `127.0.0.1:${port}`, ...behaviour);
	if (demo)
		await until(
			async () => (await (await fetch(`${demo.origin}/v1/destinations/support`)).json()).open,
			"the line is open",
		);
}

before(
	async () => {
		port = await freePort();
		await plugIn();
		demo = await new Demo().open({ phone: `support@127.0.0.1:${port}` });
	},
	{ timeout: 700_000 },
);

after(async () => {
	await demo?.close();
	await phone?.stop();
});

const test = inBrowsers((one) => {
	browser = one;
}, {}, /486/);

const part = (name) => page.locator(`ringdown-call[to=support] .${name}`);

async function reach(state) {
	await page
		.locator(`ringdown-call[to=support][data-state="${state}"]`)
		.waitFor({ state: "attached", timeout: WAIT_MS })
		.catch(async () => {
			const states = await page.evaluate(() => window.states.join(", "));
			assert.fail(`not ${state} but ${states}: "${await part("status").textContent()}"`);
		});
}

async function press() {
	page = await (await browser.newContext()).newPage();
	await page.addInitScript(() => {
		window.states = [];
		addEventListener("ringdown:state", ({ detail }) => window.states.push(detail.to), true);
	});
	await signIn(page, demo.origin, "alice");
	await part("launcher").click();
}

for (const [status, title] of [
	[486, "The line is busy"],
	[480, "Nobody answered"],
	[603, "The call was declined"],
	[503, "Our phone system has a problem"],
])
	test(`SIP ${status} is told as "${title}"`, async () => {
		await plugIn("--status", String(status));
		await press();
		await reach("failed");
		assert.equal(await part("status").textContent(), title);
		assert.equal((await page.evaluate(() => window.states)).includes("in-call"), false);
	});

test("ringing is shown as ringing, and the answer as the answer", async () => {
	await plugIn("--ring-ms", "1500", "--hangup-after", "2");
	await press();
	await reach("ended");
	assert.equal(await part("say").textContent(), "The other side ended the call.");
	assert.match(await part("time").textContent(), /^0:0[1-9]$/);
	assert.deepEqual(await page.evaluate(() => window.states), [
		"signing-in",
		"permission",
		"connecting",
		"ringing",
		"in-call",
		"ended",
	]);
});

test("hanging up while it rings ends the call there", async () => {
	await plugIn("--ring-ms", "120000");
	await press();
	await reach("ringing");
	await part("end").click();
	await reach("ended");
	assert.equal(await part("say").textContent(), "You ended the call.");
});
