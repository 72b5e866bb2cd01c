/* e2e/build.test.mjs - the page for site owners: what is chosen there is what a page gets.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before } from "node:test";
import { startRingdown } from "../help/server.mjs";
import { until } from "../help/wait.mjs";
import { DARK, inBrowsers, nameOf, still } from "./help/browser.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const axe = read("web/node_modules/axe-core/axe.min.js");

let server;
let browser;
const use = (one) => {
	browser = one;
};
const test = inBrowsers(use);
const inDark = inBrowsers(use, DARK);

before(async () => {
	server = await startRingdown({ server: { build_page: true } });
});

after(() => server?.stop());

const WIDE = { width: 1300, height: 900 };

async function open(hash = "", context = {}) {
	const made = await browser.newContext({ viewport: WIDE, ...context });
	/* Firefox lets a page write after a press, and a test read. */
	if (nameOf(browser) === "chromium")
		await made.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
	const page = await made.newPage();

	page.complaints = [];
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
	});
	page.on("pageerror", (error) => page.complaints.push(String(error)));
	await page.goto(`${server.url}/build/${hash && `#${new URLSearchParams(hash)}`}`);
	for (const theme of ["light", "dark"]) await launcher(page, theme).waitFor({ state: "attached" });
	return page;
}

const sample = (page, theme) => page.frameLocator(`iframe[title="The widget, ${theme}"]`);
const launcher = (page, theme) => sample(page, theme).locator("ringdown-call .launcher");
const code = (page, name) => page.locator(`pre[aria-label="${name}"]`);

async function copied(page, name) {
	await page.getByRole("button", { name: `Copy ${name}` }).click();
	await page.getByText(`${name} copied`).waitFor({ state: "attached" });
	return page.evaluate(() => navigator.clipboard.readText());
}

const ground = (button) => button.evaluate((one) => getComputedStyle(one).backgroundColor);

/* A site of another origin, with what was copied and nothing else allowed. */
async function paste({ html, css, headers }) {
	const policy = ["default-src 'none'", "style-src 'self'", "img-src data:"];
	const fields = {};
	for (const [, name, value] of headers.matchAll(/^([\w-]+):((?:.|\n {2})*)$/gm))
		fields[name.toLowerCase()] = value.replace(/\s+/g, " ").trim();
	fields["content-security-policy"] = [...policy, fields["content-security-policy"],
		"require-trusted-types-for 'script'"].join("; ");
	const site = createServer((request, response) => {
		if (request.url === "/site.css") {
			response.writeHead(200, { "content-type": "text/css" }).end(css);
			return;
		}
		response.writeHead(200, { "content-type": "text/html", ...fields });
		response.end(`<!doctype html><html lang="en"><title>Bank</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css"><h1>Bank</h1>${html}</html>`);
	});

	await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
	return { url: `http://localhost:${site.address().port}/`, close: () => site.close() };
}

test("choose, copy, paste: the widget appears as chosen, under the headers that were copied", async () => {
	const page = await open();

	await page.getByLabel("Destination").fill("echo");
	await page.getByText("This server has it; it can be called now.").waitFor();
	await page.getByLabel("Token URL").fill("/ringdown-token");
	await page.getByLabel("Phone number").fill("+1 555 0100");
	await page.getByRole("radio", { name: "floating" }).check({ force: true });
	await page.getByRole("radio", { name: "lg" }).check({ force: true });
	await page.getByRole("radiogroup", { name: /^Theme/ }).getByRole("radio", { name: "dark" })
		.check({ force: true });
	await page.getByLabel(/^Label/).fill(`Ask "us" & them`);
	await page.getByLabel(/^Accent --ringdown-accent$/).fill("#8a1c4a");
	await page.getByLabel(/^Accent ink/).fill("#ffffff");
	await page.getByLabel("Pin the script").check();
	for (const theme of ["light", "dark"]) {
		await until(async () => await ground(launcher(page, theme)) === "rgb(138, 28, 74)",
			"the sample has the colour");
		assert.equal(await launcher(page, theme).textContent(), `Ask "us" & them`);
	}

	const html = await copied(page, "HTML");
	const css = await copied(page, "CSS");
	const headers = await copied(page, "Headers");
	assert.match(html, /\/ringdown-[0-9a-f]{12}\.js"/);
	assert.match(html, /integrity="sha384-/);
	assert.match(await copied(page, "React"), /<CallButton[^]*tokenUrl="\/ringdown-token"/);
	assert.deepEqual(page.complaints, []);

	const site = await paste({ html, css, headers });
	try {
		const other = await (await browser.newContext()).newPage();
		const complaints = [];
		other.on("console", (message) => complaints.push(message.text()));
		await other.goto(site.url);
		const button = other.locator("ringdown-call .launcher");
		await button.waitFor();
		assert.equal(await button.textContent(), `Ask "us" & them`);
		assert.equal(await ground(button), "rgb(138, 28, 74)");
		assert.equal(await other.locator("ringdown-call").getAttribute("to"), "echo");
		const [position, bottom] = await button.evaluate((one) => {
			const style = getComputedStyle(one);
			return [style.position, style.bottom];
		});
		assert.equal(position, "fixed");
		assert.notEqual(bottom, "auto");
		await button.focus(); /* fetches the panel, with its hash */
		await other.waitForFunction(() => Symbol.for("ringdown.parts") in window
			&& window[Symbol.for("ringdown.parts")].panel);
		assert.equal(await other.locator("a[href='tel:+15550100']").count(), 1);
		assert.deepEqual(complaints, []);
	} finally {
		site.close();
	}
});

test("the address holds the choice, and nothing is stored", async () => {
	const page = await open({ to: "echo", variant: "bar", "--ringdown-radius": "2px" });

	assert.match(await code(page, "HTML").textContent(), /data-variant="bar"/);
	await page.getByRole("radio", { name: "inline" }).check({ force: true });
	await page.waitForURL(/variant=inline/);
	await page.reload();
	await until(async () => /data-variant="inline"/.test(await code(page, "HTML").textContent()),
		"the choice is there again");
	assert.match(await code(page, "CSS").textContent(), /--ringdown-radius: 2px/);
	assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]),
		[0, 0, ""]);
});

test("what cannot be is said: no such destination, words that cannot be read", async () => {
	const page = await open({ to: "nobody", "--ringdown-accent": "#777", "--ringdown-accent-ink": "#888" });

	await page.getByText("This server has no such destination.").waitFor();
	await page.getByText(/hard to read: contrast \d\.\d in light, \d\.\d in dark/).waitFor();
	await page.getByLabel(/^Accent ink/).fill("#fff; } body { display: none");
	assert.doesNotMatch(await code(page, "CSS").textContent(), /display/);
});

test("every attribute of the table can be chosen, or stands aside for a reason", async () => {
	/* docs/widget.md is written from the table. */
	const [, table] = /<!-- reference: attributes -->([^]*?)<!--/.exec(read("docs/widget.md"));
	const names = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
	const page = await open();
	const shown = await page.locator("#form .name code").allTextContents();
	const aside = ["token", "provider", "demo-state", "nonce", "debug"];

	assert.ok(names.length > 15);
	assert.deepEqual(names.filter((name) => !aside.includes(name))
		.filter((name) => !shown.includes(name === "to" ? "data-ringdown" : `data-${name}`)), []);
});

for (const [name, context] of [
	["in light", { colorScheme: "light" }],
	["in dark", { colorScheme: "dark" }],
	["on a phone", { viewport: { width: 320, height: 640 } }],
]) {
	(context.colorScheme === "dark" ? inDark : test)(`axe finds nothing ${name}, and nothing is cut off`, async () => {
		const page = await open({ to: "echo", pin: "on", "--ringdown-accent": "#8a1c4a",
			"--ringdown-accent-ink": "#fff" }, context);

		await page.evaluate(() => {
			for (const group of document.querySelectorAll("details")) group.open = true;
		});
		await still(page);
		await page.evaluate(`${axe}; null`);
		const found = await page.evaluate(async () =>
			(await window.axe.run(document, { iframes: false })).violations
				.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`));
		assert.deepEqual(found, []);
		assert.ok(await page.evaluate(() =>
			document.documentElement.scrollWidth <= document.documentElement.clientWidth), "no sideways scrolling");
	});
}

test("each state can be seen without a call, and is no part of the snippet", async () => {
	const page = await open({ to: "echo", variant: "floating" });

	for (const [state, seen] of [["in-call", "in-call"], ["failed:mic_denied", "failed"]]) {
		await page.getByLabel("State").selectOption(state);
		for (const theme of ["light", "dark"])
			await sample(page, theme).locator(`ringdown-call[data-state="${seen}"] .panel`).waitFor();
	}
	assert.doesNotMatch(await code(page, "HTML").textContent(), /demo|mic_denied/);
	assert.deepEqual(page.complaints, []);
});
