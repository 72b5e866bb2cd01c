/* e2e/help/browser.mjs - Debian's Chromium and Firefox, driven, with a fresh profile each time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both have one interface, so a test's body is the same in both.  Firefox is
 * driven by WebDriver BiDi, the standard that Debian's build speaks. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
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
	/* Not asked for where no page names one, as in headless Chromium. */
	"browser.chrome.guess_favicon": false,
};

/* What a context tells Chromium (colorScheme), Firefox is told at its start. */
export const DARK = { preferences: { "layout.css.prefers-color-scheme.content-override": 0 } };

/* For pages with a frame of another site: WebDriver's mouse does not reach it
 * where Firefox gives each site a process. */
export const FRAMES = { preferences: { "fission.autostart": false } };

/* Both, unless RD_BROWSERS names them. */
const NAMED = process.env.RD_BROWSERS?.split(",");
const BROWSERS = NAMED ?? Object.keys(PROGRAMS);

/* For a test's `skip`: why this browser has no turn, or false. */
export const missing = (name) =>
	!BROWSERS.includes(name)
		? `RD_BROWSERS is ${BROWSERS.join()}`
		: !existsSync(PROGRAMS[name]) && `${PROGRAMS[name]} is not installed`;

/* Gives a `test` that runs its body in each browser: use(browser) comes before
 * it, and its contexts are closed after it; options: of openBrowser, or a
 * function that gives them when the first test runs.  Beside the options of node:test:
 *   alone   why the body is for Chromium alone; stands in the test's name
 *   isRest  Firefox takes it only where RD_BROWSERS names Firefox
 * usual: the titles of those that are not. */
export function inBrowsers(use, options = {}, usual = /./) {
	const opened = new Map();

	after(async () => {
		for (const browser of opened.values()) await (await browser).close();
	});
	return (title, ...rest) => {
		const body = rest.pop();
		const [{ alone, isRest, ...words } = {}] = rest;

		for (const name of alone ? ["chromium"] : Object.keys(PROGRAMS)) {
			const isLeft = (isRest || !usual.test(title)) && name === "firefox" && !NAMED && "in Firefox with RD_BROWSERS=firefox";
			test(
				`${name}${alone ? ` alone (${alone})` : ""}: ${title}`,
				{ ...words, skip: words.skip || missing(name) || isLeft },
				async (t) => {
					if (!opened.has(name))
						opened.set(name, openBrowser({ name, ...(typeof options === "function" ? options() : options) }));
					const browser = await opened.get(name);
					use(browser);
					try {
						await body(t);
					} finally {
						for (const context of browser.contexts()) await context.close();
					}
				},
			);
		}
	};
}

export const nameOf = (browser) => browser.browserType().name();

/* args, without: of Chromium; preferences: of Firefox.
 * microphone: "given" answers the question with yes, "denied" with no,
 * "asked" leaves it open as a person would who looks elsewhere. */
export async function openBrowser({
	name = "chromium",
	microphone = "given",
	args = [],
	without = [],
	preferences = {},
	programs = PROGRAMS,
} = {}) {
	const options = { executablePath: programs[name], timeout: 4 * WAIT_MS };

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

/* What a page throws and does not catch.  Firefox tells there of its network,
 * too, as Chromium does elsewhere. */
const OF_NETWORK = /^(Cross-Origin Request Blocked|Firefox can.t establish a connection|WebRTC: ICE failed|The connection to \S+ was interrupted)/;

export const onError = (page, tell) =>
	page.on("pageerror", (error) => OF_NETWORK.test(error) || tell(String(error)));

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
