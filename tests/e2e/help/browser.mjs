/* e2e/help/browser.mjs - Debian's Chromium, driven, with a fresh profile each time.
 * SPDX-License-Identifier: Apache-2.0 */
import { createRequire } from "node:module";
import { WAIT_MS, until } from "../../help/wait.mjs";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const ARGS = [
	"--headless=new",
	"--no-sandbox",
	"--disable-background-networking",
	"--use-fake-device-for-media-stream",
	"--autoplay-policy=no-user-gesture-required",
];

/* microphone: "given" answers the question with yes, "denied" with no,
 * "asked" leaves it open as a person would who looks elsewhere. */
export async function openBrowser({ microphone = "given", args = [], without = [] } = {}) {
	const answer = {
		given: ["--use-fake-ui-for-media-stream"],
		denied: ["--deny-permission-prompts"],
		asked: [],
	}[microphone];

	return chromium.launch({
		executablePath: "/usr/bin/chromium",
		timeout: 4 * WAIT_MS,
		args: [...ARGS, ...answer, ...args],
		ignoreDefaultArgs: without,
	});
}

/* The widget's own tree, through both shadow roots. */
export const widget = (page) => page.locator("ringdown-call");
export const launcher = (page) => page.locator("ringdown-call .launcher");
export const status = (page) => page.locator("ringdown-call .status");

export async function waitState(page, state, timeout = WAIT_MS) {
	await page
		.locator(`ringdown-call[data-state="${state}"]`)
		.waitFor({ state: "attached", timeout });
}

/* Until nothing moves any more, in no tree; what turns for ever may. */
export async function still(page) {
	await page.waitForFunction(() => {
		const trees = [document];
		for (const tree of trees)
			for (const { shadowRoot } of tree.querySelectorAll("*"))
				if (shadowRoot) trees.push(shadowRoot);
		return trees
			.flatMap((tree) => tree.getAnimations())
			.every(
				({ playState, effect }) =>
					playState === "finished" ||
					effect.getComputedTiming().iterations === Infinity,
			);
	});
}

/* Where something stays: the same place twice, a moment apart. */
export async function placeOf(page, one) {
	let [before, place] = [];

	await still(page);
	await until(async () => {
		[before, place] = [place, await one.boundingBox()];
		await page.waitForTimeout(50);
		return JSON.stringify(before) === JSON.stringify(place);
	}, "it stays in one place");
	return place;
}

/* At the demo's bank, as its customers do. */
export async function signIn(page, origin, user) {
	await page.goto(`${origin}/sign-in`);
	await page.locator("input[name=user]").fill(user);
	await page.locator("input[name=password]").fill("demo");
	await page.locator("form button").click();
	await page.waitForURL(`${origin}/**`);
	await page.locator("ringdown-call[to=echo] .launcher").waitFor();
}
