/* e2e/browsers.test.mjs - a whole call in each browser: the built widget, a real server, a real telephone.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The same body in Chromium and in Firefox; what differs is the microphone,
 * which is Firefox's own there (a fake one, with a tone). */
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { destination, freePort, startAnswer, startRingdown, trunk } from "../help/server.mjs";
import { share, wavSound } from "../help/sound.mjs";
import { until } from "../help/wait.mjs";
import { inBrowsers, nameOf, openBrowser, status, waitState } from "./help/browser.mjs";
import { CallSite, callOf, hears, press, seen } from "./help/continuity-page.mjs";

const US = 440;
const THEM = 700;

let server;
let site;
let browser;
const test = inBrowsers(
	(one) => {
		browser = one;
	},
	{ preferences: { "media.navigator.audio.fake_frequency": US } },
);
let port;
let phone;
let complaints = [];

before(
	async () => {
		port = await freePort();
		server = await startRingdown({
			destinations: [destination("echo"), destination("phone", "sip")],
			more: { trunks: [trunk(port)] },
		});
		site = await new CallSite().open();
	},
	{ timeout: 120_000 },
);

after(async () => {
	await site?.close();
	await server?.stop();
});

afterEach(async () => {
	await phone?.stop();
	phone = undefined;
	const said = complaints.splice(0);
	assert.deepEqual(said, []);
});

let people = 0;

async function open(to) {
	site.serve(server, { sub: `person-${++people}`, to });
	return site.page(await browser.newContext(), complaints, {
		hasDevice: nameOf(browser) === "firefox",
	});
}

/* How much of the last half second of the telephone's recording is our tone. */
async function heardNow() {
	const { samples, rate } = await wavSound(phone.file);
	return share(samples.slice(-Math.round(rate / 2)), US, rate);
}

const isMicrophoneOff = (page) =>
	page.evaluate(() => window.tracks.every(({ readyState }) => readyState === "ended"));

const CASES = {
	"a whole call to a telephone: tones both ways, mute, digits, hang-up, microphone off":
		async () => {
			phone = await startAnswer(
				...["--listen", `127.0.0.1:${port}`],
				...["--tone", String(THEM), "--hear", String(US)],
			);
			const page = await open("phone");

			await press(page);
			await waitState(page, "in-call");
			await Promise.all([hears(page, THEM), phone.hears(US, 1)]);

			await page.keyboard.press("m");
			await until(async () => (await heardNow()) < 0.05, "muted is silent over there");
			assert.equal((await callOf(page)).muted, true);
			await page.keyboard.press("m");
			await phone.hears(US, 0.5);

			await page.keyboard.press("k");
			await page.keyboard.type("12#");
			await phone.program.line(/"event":"digit".*"digits":"12#"/);

			await page.locator("ringdown-call .end").click();
			await waitState(page, "ended");
			await until(() => isMicrophoneOff(page), "the microphone is off", 1000);
			await phone.ended();
			assert.deepEqual(
				(await seen(page, "state"))
					.map(({ to }) => to)
					.filter((state) => state !== "ringing"),
				["signing-in", "permission", "connecting", "in-call", "ending", "ended"],
			);
		},

	"the echo gives the tone back, and a page loaded anew has the same call": async () => {
		const page = await open("echo");

		await press(page);
		await waitState(page, "in-call");
		await hears(page, US);
		const { id } = await callOf(page);
		await page.reload();
		await waitState(page, "in-call");
		await hears(page, US);
		assert.equal((await callOf(page)).id, id);
		await page.locator("ringdown-call .end").click();
		await waitState(page, "ended");
	},

	"a microphone that is refused is told, with the steps of this browser": async () => {
		const denying = await openBrowser({ name: nameOf(browser), microphone: "denied" });

		try {
			site.serve(server, { sub: `person-${++people}`, to: "echo" });
			const page = await site.page(await denying.newContext(), complaints, {
				hasDevice: true,
			});
			await press(page);
			await waitState(page, "failed");
			const heading = await status(page).textContent();
			assert.match(heading, /^(Microphone is blocked|No answer about the microphone)$/);
		} finally {
			await denying.close();
		}
	},
};

const GRANT = { timeout: 180_000, alone: "a driver of Firefox gives no permission" };
test("a microphone that was refused and is allowed then needs no reload", GRANT, async () => {
	const denying = await openBrowser({ microphone: "denied" });

	try {
		site.serve(server, { sub: `person-${++people}`, to: "echo" });
		const context = await denying.newContext();
		const page = await site.page(context, complaints, { hasDevice: true });
		await press(page);
		await waitState(page, "failed");
		await context.grantPermissions(["microphone"], { origin: site.origin });
		await page.locator("ringdown-call .offers .primary").click();
		await waitState(page, "in-call");
	} finally {
		await denying.close();
	}
});

for (const [title, run] of Object.entries(CASES)) test(title, { timeout: 180_000 }, run);
