/* e2e/frames.test.mjs - every frame of the storyboard: shown, told, without a fault for axe, by keyboard.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One page goes through all frames in each look; so does axe. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { openBrowser } from "./help/browser.mjs";
import { frames, openStory, readFrame, showFrame } from "./help/frames.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const DOCS = new URL("../../docs/", import.meta.url);
const MOST_BYTES = 15_000;
const axe = readFileSync(
	new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url),
	"utf8",
);

/* What another look can change; all rules are asked in the first one. */
const OF_LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"];

let all;
let server;
let browser;

before(async () => {
	all = await frames();
	server = await new RudeServer().open();
	browser = await openBrowser();
});

after(async () => {
	await browser?.close();
	await server?.close();
});

afterEach(async () => {
	for (const context of browser?.contexts() ?? []) await context.close();
});

async function story(options) {
	const page = await openStory(browser, server, options);

	await page.evaluate(axe);
	return page;
}

/* rules: those, or all. */
async function faults(page, name, rules) {
	const found = await page.evaluate(
		(only) =>
			window.axe
				.run(document, {
					...(only && { runOnly: { type: "rule", values: only } }),
					resultTypes: ["violations"],
					/* Best practice as well, but for what the page is made of. */
					rules: only
						? {}
						: {
								region: { enabled: false },
								"page-has-heading-one": { enabled: false },
							},
				})
				.then(({ violations }) =>
					violations.flatMap(({ id, nodes }) =>
						nodes.map((node) => `${id} ${node.target.flat().join(" ")} ${node.failureSummary}`),
					),
				),
		rules,
	);
	return found.map((one) => `${name}: ${one}`);
}

async function through(options, look) {
	const page = await story(options);
	const found = [];

	for (const frame of all) {
		await showFrame(page, frame);
		found.push(...(await look(page, frame)));
	}
	assert.deepEqual(page.complaints, []);
	assert.deepEqual(found, []);
}

/* What is to be read and pressed there; no two frames are the same. */
async function told(page, frame, seen) {
	const { heading, says, offers } = await readFrame(page);
	const key = JSON.stringify([heading, says, offers]);
	const needsHeading = !/^(idle|minimised|keypad.*)$/.test(frame.name);
	const bad = [
		needsHeading && !heading && "no heading",
		offers.length === 0 && "nothing to press",
		...offers
			.filter((one, i) => one !== "Close" && offers.indexOf(one) !== i)
			.map((one) => `"${one}" is there twice`),
		/\bundefined\b|[{}]|NaN/.test(key) && key,
		seen.has(key) && `looks like ${seen.get(key)}`,
	];

	seen.set(key, frame.name);
	return bad.filter(Boolean).map((one) => `${frame.name}: ${one}`);
}

/* By Tab alone, once around at most. */
async function reached(page, { name }) {
	const wanted = await page.evaluate(() => {
		const host = document.querySelector("ringdown-call");
		const tree = host.shadowRoot ?? host;

		/* Of radio buttons the keyboard finds the one that is chosen. */
		window.wanted = [
			...tree.querySelectorAll("button, a[href], input:not([type=radio]), :checked, select, summary"),
		].filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.disabled);
		window.reached = new Set();
		return window.wanted.length;
	});
	for (let i = 0; i < wanted + 4; i++) {
		await page.keyboard.press("Tab");
		const isAll = await page.evaluate(() => {
			let at = document.activeElement;
			while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
			if (window.wanted.includes(at)) window.reached.add(at);
			return window.reached.size === window.wanted.length;
		});
		if (isAll) return [];
	}
	return page.evaluate(
		(frame) =>
			window.wanted
				.filter((one) => !window.reached.has(one))
				.map((one) => `${frame}: not reached: ${one.outerHTML.slice(0, 100)}`),
		name,
	);
}

test("every frame is shown, is told, is reached by keyboard, and axe finds no fault", { timeout: 300_000 }, () => {
	const seen = new Map();

	return through({}, async (page, frame) => [
		...(await told(page, frame, seen)),
		...(await faults(page, frame.name)),
		...(await reached(page, frame)),
	]);
});

test("axe finds no fault in any frame, dark", { timeout: 300_000 }, () =>
	through({ isDark: true }, (page, { name }) => faults(page, name, OF_LOOKS)));

test("axe finds no fault in any frame, right to left", { timeout: 300_000 }, () =>
	through({ lang: "ar" }, (page, { name }) => faults(page, name, OF_LOOKS)));

test("at 400 % zoom no frame needs scrolling both ways, and axe finds no fault", { timeout: 300_000 }, () =>
	through({ width: 320, height: 256 }, async (page, { name }) => {
		const wide = await page.evaluate(() => {
			const host = document.querySelector("ringdown-call");
			const trees = [document, host.shadowRoot ?? host];
			return trees
				.flatMap((tree) => [...tree.querySelectorAll("*")])
				.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
				.filter((one) => getComputedStyle(one).overflowX !== "visible" && one.checkVisibility())
				.filter((one) => !one.matches(".unseen, [role=status], [role=alert]"))
				.map((one) => one.className || one.tagName)
				.concat(document.documentElement.scrollWidth > 320 ? ["the page"] : []);
		});
		return [
			...wide.map((one) => `${name}: ${one} is wider than its place`),
			...(await faults(page, name, OF_LOOKS)),
		];
	}));

test("docs/storyboard.md has every frame, each with its picture", () => {
	const page = readFileSync(new URL("storyboard.md", DOCS), "utf8");

	for (const { name, at } of all) {
		assert.ok(page.includes(`### ${at} \`${name}\``), `${name} is missing: cd web && npm run storyboard`);
		const file = `storyboard/${name.replace(":", "-")}.webp`;
		assert.ok(page.includes(`](${file})`), `${name} has no picture`);
	}
	for (const [, file] of page.matchAll(/\]\((storyboard\/[^)]+)\)/g)) {
		const { size } = statSync(new URL(file, DOCS));
		assert.ok(size <= MOST_BYTES, `${file} has ${size} bytes`);
	}
});

test("docs/acceptance.md names tests that there are", () => {
	const page = readFileSync(new URL("acceptance.md", DOCS), "utf8");
	const tests = ["e2e/", "react/"]
		.map((folder) => new URL(`../${folder}`, import.meta.url))
		.flatMap((folder) =>
			readdirSync(folder)
				.filter((name) => name.endsWith(".test.mjs"))
				.map((name) => readFileSync(new URL(name, folder), "utf8")),
		)
		.join("\n");
	const lines = page.match(/^\| \d+ \|.*$/gm);

	assert.equal(lines.length, 28);
	for (const line of lines)
		for (const [quoted] of line.split("|")[3].matchAll(/"[^"]+"/g))
			assert.ok(tests.includes(quoted), `${quoted} is no test`);
});
