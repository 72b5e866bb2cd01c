/* e2e/help/browser.mjs - Debian's Chromium and Firefox, driven, with a fresh profile each time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both have one interface, so a test's body is the same in both.  Firefox is
 * driven by WebDriver BiDi, the standard that Debian's build speaks. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { WAIT_MS, until } from "../../help/wait.mjs";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const playwright = require("playwright-core");

const PROGRAMS = { chromium: "/usr/bin/chromium", firefox: "/usr/bin/firefox-esr" };

const ARGS = [
	"--headless=new",
	"--no-sandbox",
	"--disable-background-networking",
	"--use-fake-device-for-media-stream",
	"--autoplay-policy=no-user-gesture-required",
];

const PREFERENCES = {
	"media.navigator.streams.fake": true,
	/* A sound card that is not there keeps time all the same. */
	"media.cubeb.force_mock_context": true,
	"media.autoplay.default": 0,
	/* The servers of tests are on this machine. */
	"media.peerconnection.ice.loopback": true,
};

/* Both, unless RD_BROWSERS names one. */
export const BROWSERS = (process.env.RD_BROWSERS ?? Object.keys(PROGRAMS).join()).split(",");

/* For a test's `skip`: why this browser has no turn, or false. */
export const missing = (name) =>
	!BROWSERS.includes(name)
		? `RD_BROWSERS is ${BROWSERS.join()}`
		: !existsSync(PROGRAMS[name]) && `${PROGRAMS[name]} is not installed`;

/* microphone: "given" answers the question with yes, "denied" with no,
 * "asked" leaves it open as a person would who looks elsewhere. */
export async function openBrowser({
	name = "chromium",
	microphone = "given",
	args = [],
	without = [],
	preferences = {},
	program = PROGRAMS[name],
} = {}) {
	const options = { executablePath: program, timeout: 4 * WAIT_MS };

	if (name === "firefox") {
		const answer = {
			/* Not media.navigator.permission.disabled: who was not asked has
			 * no permission, and then no loopback candidate either. */
			given: { "permissions.default.microphone": 1 },
			denied: { "permissions.default.microphone": 2 },
			asked: {},
		}[microphone];
		return playwright.firefox.launch({
			...options,
			channel: "moz-firefox", /* Mozilla's and Debian's builds */
			firefoxUserPrefs: { ...PREFERENCES, ...answer, ...preferences },
			args,
		});
	}
	const answer = {
		given: ["--use-fake-ui-for-media-stream"],
		denied: ["--deny-permission-prompts"],
		asked: [],
	}[microphone];
	return playwright.chromium.launch({
		...options,
		args: [...ARGS, ...answer, ...args],
		ignoreDefaultArgs: without,
	});
}

/* The widget's own tree, through both shadow roots. */
export const widget = (page) => page.locator("ringdown-call");
export const launcher = (page) => page.locator("ringdown-call .launcher");
export const status = (page) => page.locator("ringdown-call .status");

export async function waitState(page, state, timeout = WAIT_MS, to = "") {
	await page
		.locator(`ringdown-call${to && `[to="${to}"]`}[data-state="${state}"]`)
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
