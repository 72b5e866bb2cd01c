/* e2e/help/browser.mjs - Debian's Chromium, driven, with a fresh profile each time.
 * SPDX-License-Identifier: Apache-2.0 */
import { createRequire } from "node:module";

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
export async function openBrowser({ microphone = "given", args = [] } = {}) {
	const answer = {
		given: ["--use-fake-ui-for-media-stream"],
		denied: ["--deny-permission-prompts"],
		asked: [],
	}[microphone];

	return chromium.launch({
		executablePath: "/usr/bin/chromium",
		args: [...ARGS, ...answer, ...args],
	});
}

/* The widget's own tree, through both shadow roots. */
export const widget = (page) => page.locator("ringdown-call");
export const launcher = (page) => page.locator("ringdown-call .launcher");
export const status = (page) => page.locator("ringdown-call .status");

export async function waitState(page, state, timeout = 5000) {
	await page
		.locator(`ringdown-call[data-state="${state}"]`)
		.waitFor({ state: "attached", timeout });
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
