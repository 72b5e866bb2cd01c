/* e2e/frames.test.mjs - every frame of the storyboard, in each look: told, reached, still, without a fault for axe.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One page goes through all frames in each look; so does axe, with all its
 * rules.  The last test but two spoils a frame and wants to be told of it.
 *
 * In Firefox axe goes through the frames as well.  The walk by Tab is
 * Chromium's alone, since Firefox's leaves the page for its own toolbar
 * (reader.test.mjs has the keys there), and so is what only Chromium's driver
 * can ask for: no motion, forced colours. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { after, before, test } from "node:test";
import { DARK, inBrowsers, nameOf } from "./help/browser.mjs";
import { frames, openStory, readFrame, showFrame } from "./help/frames.mjs";
import { cutsOf, instruments, movesOf, ringOf, space, unseenOf } from "./help/looks.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const DOCS = new URL("../../docs/", import.meta.url);
const LANGUAGES = new URL("../../contracts/strings/", import.meta.url);
const MOST_BYTES = 15_000;
const USUAL = { width: 700 }; /* the panel as wide as it is by itself */
const axe = readFileSync(
	new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url),
	"utf8",
);

let all;
let server;
let browser;

before(async () => {
	all = await frames();
	server = await new RudeServer().open();
});

after(() => server?.close());

const use = (one) => {
	browser = one;
};
const inLight = inBrowsers(use);
const inDark = inBrowsers(use, DARK);
const LONG = { timeout: 300_000 };
const REST = { ...LONG, isRest: true };
const ALONE = { ...LONG, alone: "its driver has the looks" };
const isChromium = () => nameOf(browser) === "chromium";

const frameOf = (name) => all.find((frame) => frame.name === name);

async function story(options) {
	const page = await openStory(browser, server, options);

	await page.evaluate(axe);
	await page.evaluate(instruments);
	return page;
}

/* Best practice and experiments are asked for as well: of itself axe leaves
 * some out, target-size among them. Not these: what the page is made of, level
 * AAA, what is not shown. */
const NOT_ASKED = ["region", "page-has-heading-one", "color-contrast-enhanced", "hidden-content"];

/* Also what axe would leave to a person, but for two keys: their names are
 * words, what is seen on them is a sign. */
const faultsOf = (page) =>
	page.evaluate(
		(left) =>
			window.axe
				.run(document, {
					resultTypes: ["violations", "incomplete"],
					rules: Object.fromEntries(
						window.axe.getRules().map(({ ruleId }) => [ruleId, { enabled: !left.includes(ruleId) }]),
					),
				})
				.then(({ violations, incomplete }) =>
					[...violations, ...incomplete].flatMap(({ id, nodes }) =>
						nodes
							.filter(({ html }) => id !== "label-content-name-mismatch" || !/>[*#]</.test(html))
							.map((node) => `${id} ${node.target.flat().join(" ")} ${node.failureSummary}`),
					),
				),
		NOT_ASKED,
	);

/* look: gives what is wrong with a frame that stands there. */
async function through(options, look, some = all) {
	const page = await story(options);
	const found = [];

	for (const frame of some) {
		await showFrame(page, frame);
		for (const one of await look(page, frame)) found.push(`${frame.name}: ${one}`);
	}
	assert.deepEqual(page.complaints, []);
	assert.deepEqual(found, []);
	await page.context().close();
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
	return bad.filter(Boolean);
}

/* By Tab alone, once around at most; the focus shows wherever it is. */
async function reached(page) {
	const bad = [];
	const wanted = await page.evaluate(() => {
		/* Of radio buttons the keyboard finds the one that is chosen. */
		window.wanted = [
			...window.looks
				.tree()
				.querySelectorAll("button, a[href], input:not([type=radio]), :checked, select, summary"),
		].filter((one) => window.looks.isSeen(one) && !one.disabled);
		window.reached = new Set();
		return window.wanted.length;
	});
	for (let i = 0; i < wanted + 4; i++) {
		await page.keyboard.press("Tab");
		bad.push(...(await ringOf(page)));
		const isAll = await page.evaluate(() => {
			let at = document.activeElement;
			while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
			if (window.wanted.includes(at)) window.reached.add(at);
			return window.reached.size === window.wanted.length;
		});
		if (isAll) return bad;
	}
	return bad.concat(
		await page.evaluate(() =>
			window.wanted
				.filter((one) => !window.reached.has(one))
				.map((one) => `not reached: ${one.outerHTML.slice(0, 100)}`),
		),
	);
}

/* What scrolls across, at 400 %. */
const wide = (page) =>
	page.evaluate(() => {
		const { looks } = window;
		return [document, looks.tree()]
			.flatMap((tree) => [...tree.querySelectorAll("*")])
			.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
			.filter((one) => getComputedStyle(one).overflowX !== "visible" && one.checkVisibility())
			.filter((one) => !one.matches(".unseen, [role=status], [role=alert]"))
			.map((one) => one.className || one.tagName)
			.concat(document.documentElement.scrollWidth > 320 ? ["the page"] : [])
			.map((one) => `${one} is wider than its place`);
	});

inLight("every frame is shown, is told, is reached by keyboard, and axe finds no fault", LONG, () => {
	const seen = new Map();

	return through({}, async (page, frame) => [
		...(await told(page, frame, seen)),
		...(await faultsOf(page)),
		...(isChromium() ? await movesOf(page) : []),
		...(isChromium() ? await reached(page) : []),
	]);
});

inDark("axe finds no fault in any frame, dark, and the focus shows", REST, () =>
	through({ isDark: true }, async (page) => [
		...(await faultsOf(page)),
		...(isChromium() ? await reached(page) : []),
	]));

inLight("axe finds no fault in any frame, right to left", REST, () =>
	through({ lang: "ar" }, async (page) => [...(await faultsOf(page)), ...(await cutsOf(page))]));

inLight("at 400 % zoom no frame needs scrolling both ways, and axe finds no fault", REST, () =>
	through({ width: 320, height: 256 }, async (page) => [
		...(await wide(page)),
		...(await cutsOf(page)),
		...(await faultsOf(page)),
	]));

for (const isDark of [false, true])
	inLight(
		`in forced colours, ${isDark ? "light on dark" : "dark on light"}, every control is seen, and so is the focus`,
		ALONE,
		() =>
			through({ forcedColors: "active", isDark }, async (page) => [
				...(await unseenOf(page)),
				...(isDark ? [] : await reached(page)),
			]),
	);

inLight("muted and the quality are told by words and shapes, not by colour alone", ALONE, async () => {
	const page = await story({ forcedColors: "active" });
	/* The words of the panel or pill, and the strokes of its icons. */
	const shape = async (name) => {
		if (name) await showFrame(page, frameOf(name));
		return page.evaluate(() => {
			const { looks } = window;
			const shown = [...looks.tree().querySelectorAll(".panel, .pill")].find(looks.isSeen);
			const seen = [...shown.querySelectorAll("*")].filter(looks.isSeen);
			return {
				says: shown.innerText.replace(/\d+:\d\d/, "").replace(/\s+/g, " "),
				draws: seen.map((one) => one.getAttribute("d")).filter(Boolean).join(),
			};
		});
	};
	const [plain, muted] = [await shape("in-call-plain"), await shape("muted")];

	assert.notEqual(plain.draws, muted.draws);
	assert.match(muted.says, /muted/);
	assert.doesNotMatch(plain.says, /muted/);
	const pill = await shape("minimised");
	await page.locator("ringdown-call .pill").getByRole("button", { name: "Mute" }).click();
	await page.locator("ringdown-call .pill").getByRole("button", { name: "Unmute" }).waitFor();
	assert.notEqual(pill.draws, (await shape()).draws);
	assert.match((await shape("in-call")).says, /\bgood\b/i);
	assert.match((await shape("fair")).says, /\bfair\b/i);
	assert.match((await shape("weak")).says, /\bweak\b/i);
	assert.deepEqual(page.complaints, []);
});

inLight("with wider text nothing is cut off or covered", REST, async () => {
	for (const options of [USUAL, { width: 320 }])
		await through(options, async (page) => {
			await space(page, true);
			return cutsOf(page);
		});
});

/* Those with the most in one line. */
const FULL = /^(in-call|muted|holding|keypad|callback|queued|failed:mic_denied|ended:ended_by_system)$/;

inLight("in no language anything is cut off, nor with wider text", REST, async () => {
	const languages = readdirSync(LANGUAGES).map((file) => file.match(/^(.+)\.json$/)?.[1]);

	assert.ok(languages.length >= 12 && languages.every(Boolean), languages.join());
	for (const lang of languages)
		await through(
			{ ...USUAL, lang },
			async (page) => {
				await space(page, false);
				const usual = await cutsOf(page);
				await space(page, true);
				return [...usual, ...(await cutsOf(page))].map((one) => `${lang}: ${one}`);
			},
			all.filter(({ name }) => FULL.test(name)),
		);
});

inLight("what these tests look for they would find", ALONE, async () => {
	const [usual, isForced] = [await story(), await story({ forcedColors: "active" })];
	const spoil = async (page, css, look) => {
		assert.deepEqual(await look(page), []);
		const sheets = await page.evaluateHandle((text) => {
			const tree = window.looks.tree();
			const [sheet, before] = [new CSSStyleSheet(), [...tree.adoptedStyleSheets]];
			sheet.replaceSync(text);
			tree.adoptedStyleSheets = [...before, sheet];
			return before;
		}, css);
		const found = await look(page);
		await sheets.evaluate((before) => {
			window.looks.tree().adoptedStyleSheets = before;
		});
		return found.join("\n");
	};

	for (const page of [usual, isForced]) await showFrame(page, frameOf("in-call"));
	assert.match(await spoil(usual, ".status{color:#bbb!important}", faultsOf), /color-contrast/);
	assert.match(await spoil(usual, ".tools{gap:0!important}.tool{flex:none!important;width:12px;height:12px;min-height:0;overflow:hidden}", faultsOf), /target-size/);
	assert.match(await spoil(usual, ".orb{animation:rd-ring 1s infinite!important}", movesOf), /orb moves/);
	assert.match(await spoil(usual, ".orb::before{transition:all 1s!important}", movesOf), /orb::before glides/);
	assert.match(await spoil(usual, ".tool{width:40px;flex:none!important}", cutsOf), /leaves tool/);
	assert.match(await spoil(usual, ".status{position:relative;top:24px}", cutsOf), /lies on/);
	assert.match(await spoil(usual, ":focus-visible{outline-width:1px!important}", reached), /a ring of 1 px/);
	assert.match(await spoil(usual, ":focus-visible{outline-color:#ddd!important}", reached), /a ring of 1\.\d:1/);
	assert.match(await spoil(usual, ".tools{overflow:hidden}", reached), /cut off/);
	assert.match(
		await spoil(isForced, ".tool{forced-color-adjust:none;border-color:#fff!important}", unseenOf),
		/neither words nor a border/,
	);
	assert.match(await spoil(isForced, ".tool span{opacity:.1}.tool svg{opacity:.1}", unseenOf), /not to be seen/);
});

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
