/* e2e/reader.test.mjs - a whole call without a mouse, and as a screen reader tells it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * expected/call.txt has every key that is pressed and every sentence that is
 * heard after it; RD_WRITE_DOCS=1 writes it anew, for a person to read. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before } from "node:test";
import { inBrowsers, nameOf, still, waitState } from "./help/browser.mjs";
import { fakeMedia } from "./help/fake-media.mjs";
import { Reader } from "./help/reader.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const EXPECTED = new URL("expected/call.txt", import.meta.url);
const HTML = `<!doctype html><html lang="en"><title>Bank</title><h1>Bank</h1>
<div data-ringdown="support" data-hours="off"><a href="tel:+15550100">Call us: 555 0100</a></div>
<script src="/ringdown.js"></script></html>`;

let server;
let browser;
const test = inBrowsers((one) => {
	browser = one;
});

before(async () => {
	server = await new RudeServer().open();
});

after(() => server?.close());

/* What the person cannot do at once waits for the test: sign-in, microphone. */
function slow() {
	window.let = {};
	const wait = (name) =>
		new Promise((done) => {
			window.let[name] = done;
		});
	if (!window.MediaDevices) return;
	const ask = MediaDevices.prototype.getUserMedia;
	MediaDevices.prototype.getUserMedia = async function (wish) {
		await wait("microphone");
		return ask.call(this, wish);
	};
	addEventListener("DOMContentLoaded", () =>
		window.Ringdown.configure({ getToken: () => wait("token").then(() => "a.b.c") }),
	);
}

async function openCall() {
	const page = await (await browser.newContext()).newPage();
	const reader = await Reader.open(page);
	const story = [];

	await page.addInitScript(fakeMedia);
	await page.addInitScript(slow);
	await page.addInitScript(() => {
		window.fakeMedia.autoUp = false;
	});
	await page.goto(server.page("/call", HTML));

	/* One step: what happens, until when, and what is heard of it. */
	const step = async (what, run, state) => {
		await run();
		if (state) await waitState(page, state);
		/* Each state but the first is told. */
		if (state && state !== "idle")
			await page.waitForFunction(() => window.spoken.length > 0);
		await still(page);
		const focus = await reader.focused();
		const said = await reader.spoken();
		const isNews = focus !== story.focus;
		story.focus = focus;
		story.push(`${what}\n${[...(isNews ? [focus] : []), ...said].map((line) => `    ${line}\n`).join("")}`);
	};
	const press = (key, state) => step(`[${key}]`, () => page.keyboard.press(key), state);
	const tabTo = async (name) => {
		for (let i = 0; i < 16; i++) {
			await press("Tab");
			if (story.focus.includes(`button ${JSON.stringify(name)}`)) return;
		}
		assert.fail(`Tab finds no ${name}:\n${story.join("\n")}`);
	};
	const let_ = (name) => page.waitForFunction((key) => window.let[key], name).then(() =>
		page.evaluate((key) => window.let[key](), name));
	const say = (news) => server.call.say(news);
	return { page, step, press, tabTo, let: let_, say, story };
}

async function compare(story) {
	const isWhole = nameOf(browser) === "chromium";
	const text = story.join("\n").replace(/\b\d+:\d\d\b/g, "0:00"); /* the time of the call */
	/* Keys and spoken sentences are the same everywhere; Firefox's microphone
	 * of tests talks all the time, also while it is muted. */
	const heard = (all) =>
		isWhole ? all : all.replace(/^    (focus: .*|politely: You're muted\. Press M to speak\.)\n/gm, "");

	if (process.env.RD_WRITE_DOCS && isWhole) await writeFile(EXPECTED, text);
	assert.equal(
		heard(text),
		heard(await readFile(EXPECTED, "utf8")),
		"the call sounds otherwise: read expected/call.txt after RD_WRITE_DOCS=1",
	);
}

test("a whole call by keyboard alone, as a screen reader tells it", { timeout: 120_000 }, async () => {
	const { page, step, press, tabTo, let: give, say, story } = await openCall();

	await press("Tab");
	await press("Enter", "signing-in");
	await step("the sign-in is known", () => give("token"), "permission");
	await step("the person allows the microphone", () => give("microphone"), "connecting");
	await step(
		"the sound is there, and it rings",
		async () => {
			await page.waitForFunction(() => window.fakeMedia.joined === 1);
			await page.evaluate(() => window.fakeMedia.tell({ is: "up" }));
			say({ state: "ringing" });
		},
		"ringing",
	);
	await step("somebody answers", () => say({ state: "in-call" }), "in-call");
	await press("m");
	await press("m");
	await tabTo("Mute");
	await press("Enter");
	await tabTo("Hold");
	await press("Enter", "held");
	await press("Enter", "in-call");
	await tabTo("Keypad");
	await press("Enter");
	await press("1");
	await tabTo("2");
	await press("Enter");
	await press("k");
	await press("m");
	await step("they put the call on hold", () => say({ state: "held" }), "held");
	await step("and are back", () => say({ state: "in-call" }), "in-call");
	await press("Escape");
	await press("Enter");
	await step(
		"the connection drops",
		() => page.evaluate(() => window.fakeMedia.tell({ is: "lost" })),
		"reconnecting",
	);
	await step(
		"and comes back",
		() => page.evaluate(() => window.fakeMedia.tell({ is: "up" })),
		"in-call",
	);
	await tabTo("Hang up");
	await press("Enter", "ended");
	await press("Escape", "idle");
	await compare(story);
});
