/* e2e/help/frames.mjs - the frames of the storyboard, in a page with the real widget.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The frames are those of web/widget/demo/frames.ts; provider="demo" shows
 * one at once and holds it still, so one page goes through all of them. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { until } from "../../help/wait.mjs";
import { still } from "./browser.mjs";

const web = new URL("../../../web/", import.meta.url);
const { build } = createRequire(new URL("package.json", web))("esbuild");

export async function frames() {
	const made = await build({
		entryPoints: [fileURLToPath(new URL("widget/demo/frames.ts", web))],
		bundle: true,
		write: false,
		format: "esm",
		logLevel: "error",
	});
	const text = Buffer.from(made.outputFiles[0].contents).toString("base64");
	return (await import(`data:text/javascript;base64,${text}`)).FRAMES;
}

const html = (lang, dir, isDark, more) => `<!doctype html><html lang="${lang}" dir="${dir}">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Storyboard</title>
<style>body{margin:0;background:${isDark ? "#0d1413" : "#eef1f0"}}</style>
<main><div data-ringdown="billing" data-provider="demo" data-sounds="off" ${more}></div></main>
<script src="/ringdown.js"></script></html>`;

/* lang: and with it the direction; isDark; width of the window; more attributes. */
export async function openStory(
	browser,
	server,
	{ lang = "en", isDark = false, width = 400, height = 720, more = "", path = "/story", forcedColors = "none" } = {},
) {
	const dir = lang === "ar" ? "rtl" : "ltr";
	const context = await browser.newContext({
		viewport: { width, height },
		colorScheme: isDark ? "dark" : "light",
		reducedMotion: "reduce",
		forcedColors,
		timezoneId: "UTC",
		permissions: [],
	});
	const page = await context.newPage();

	page.complaints = [];
	page.on("pageerror", (error) => page.complaints.push(String(error)));
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
	});
	await page.goto(server.page(`${path}-${lang}-${isDark}-${width}`, html(lang, dir, isDark, more)));
	await page.locator("ringdown-call .launcher").waitFor();
	return page;
}

const stateOf = (page) =>
	page.evaluate(() => document.querySelector("ringdown-call").dataset.state);

/* Until the frame stands there, and nothing moves or is still to come. */
export async function showFrame(page, { name, state, does = [] }) {
	await page.evaluate((wanted) => {
		document.querySelector("[data-ringdown]").dataset.demoState = wanted;
	}, name);
	await until(
		async () => (await stateOf(page)) === state,
		`${name} has state ${state}`,
	);
	/* Fetched and gathered after the state is there. */
	if (does.includes("report")) await page.locator("ringdown-call").locator(".report").waitFor();
	await still(page);
	/* Parts that are fetched, and words that follow an answer. */
	await page.evaluate(async () => {
		const host = document.querySelector("ringdown-call");
		const dock = (host.shadowRoot ?? host).querySelector(".dock");
		for (let before = null, now; before !== now; ) {
			before = now;
			now = dock?.innerText ?? "";
			await new Promise((done) => setTimeout(done, 30));
		}
	});
}

/* What the frame says and offers, by the names that assistive technology has. */
export const readFrame = (page) =>
	page.evaluate(() => {
		const host = document.querySelector("ringdown-call");
		const tree = host.shadowRoot ?? host;
		const isSeen = (one) => one.checkVisibility({ checkVisibilityCSS: true });
		const clean = (text) => text.replace(/\s+/g, " ").trim();
		const panel = [...tree.querySelectorAll(".panel, .pill")].find(isSeen) ?? tree;
		const heading = panel.querySelector(".status");
		const controls = [...panel.querySelectorAll("button, a[href], input, select, summary")];
		const nameOf = (one) =>
			clean(
				one.getAttribute("aria-label") ??
					one.labels?.[0]?.innerText ??
					one.innerText,
			) + (one.checked ? " (chosen)" : "");
		const said = [
			...panel.querySelectorAll("p, li, legend, [part=queue], .peer, .fact, output, td"),
		];
		return {
			heading: heading && isSeen(heading) ? clean(heading.innerText) : "",
			says: [
				...new Set(
					said
						.filter((one) => one !== heading && isSeen(one))
						.map((one) => clean(one.innerText))
						.filter(Boolean),
				),
			],
			offers: controls.filter(isSeen).map(nameOf).filter(Boolean),
		};
	});

/* Once through all, so that every part of the widget has been fetched. */
export async function warmUp(page, all) {
	for (const frame of all) await showFrame(page, frame);
}
