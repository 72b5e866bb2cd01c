/* react/examples.test.mjs - each page of examples/ as it stands, opened in browsers; a whole call from each.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The pages name the demo's address, which the browser takes to a server of
 * this test.  What a page's package.json asks for is installed here already. */
import assert from "node:assert/strict";
import { cp, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { FRAMES, inBrowsers, waitState } from "../e2e/help/browser.mjs";
import { ROOT, destination, startRingdown } from "../help/server.mjs";
import { install, newFolder, pack, viteBuild } from "./help/app.mjs";

const DEMO = "localhost:8080";

let work;
let examples;
let server;
let browser;
const test = inBrowsers((one) => {
	browser = one;
}, () => ({
	args: [`--host-resolver-rules=MAP ${DEMO} 127.0.0.1:${server.port}`],
	preferences: { ...FRAMES.preferences, "network.socket.forcePort": `8080=${server.port}` },
}));
let siteOf;
const sites = [];

before(async () => {
	work = await newFolder();
	examples = path.join(work.folder, "examples");
	await mkdir(examples);
	for (const name of ["serve.mjs", "plain", "bootstrap", "csp", "frame", "react", "server-rendering", "vue"])
		await cp(path.join(ROOT, "examples", name), path.join(examples, name), {
			recursive: true, filter: (file) => !/\/(node_modules|dist)$/.test(file),
		});
	const tarballs = await pack(work.folder);
	for (const [name, from] of [["react", ["r19", "."]], ["server-rendering", ["r19", "."]], ["vue", ["."]], ["bootstrap", ["."]]])
		await install(path.join(examples, name), name === "vue" ? {} : tarballs, from);
	({ siteOf } = await import(pathToFileURL(path.join(examples, "serve.mjs")).href));
	server = await startRingdown({ publicUrl: `http://${DEMO}`, destinations: [destination("support"), destination("echo")] });
}, { timeout: 300_000 });

after(async () => {
	await server?.stop();
	for (const site of sites) {
		site.closeAllConnections();
		await new Promise((done) => site.close(done));
	}
	await work?.remove();
});

const token = async () => server.token();

async function listen(site) {
	await new Promise((done) => site.listen(0, "127.0.0.1", done));
	sites.push(site);
	return `http://127.0.0.1:${site.address().port}/`;
}

async function open(url) {
	const page = await browser.newPage();

	page.complaints = [];
	page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(`${message.text()} ${message.location().url}`));
	page.on("pageerror", (error) => page.complaints.push(String(error)));
	await page.goto(url);
	return page;
}

/* Presses, talks and hangs up, as its user does. */
async function callFrom(page, to = "support") {
	const one = page.locator(`ringdown-call[to=${to}]`);

	await one.locator("[part~=launcher]").click();
	await page.locator(`ringdown-call[to=${to}][data-state=in-call]`).waitFor({ state: "attached" });
	await one.locator("[part~=hangup]").click();
	await waitState(page, "ended");
}

const built = async (name) => {
	await viteBuild(path.join(examples, name), { configFile: path.join(examples, name, "vite.config.js") }, "production");
	return path.join(examples, name, "dist");
};

test("plain: a whole call", async () => {
	const page = await open(await listen(await siteOf(path.join(examples, "plain"), token)));

	await callFrom(page);
	assert.deepEqual(page.complaints, []);
});

test("Bootstrap: the page's colours in one, Bootstrap's own parts in the other", async () => {
	const page = await open(await listen(await siteOf(path.join(examples, "bootstrap"), token)));
	const own = page.locator("ringdown-call[to=echo] button.btn.btn-primary");

	await own.waitFor();
	const look = (one) => one.evaluate((button) => getComputedStyle(button).backgroundColor);
	assert.equal(await look(page.locator("ringdown-call[to=support] .launcher")), await look(own));
	await own.click();
	await page.locator("ringdown-call[to=echo][data-state=in-call]").waitFor();
	await page.locator("ringdown-call[to=echo] .btn-danger:visible").last().click();
	await waitState(page, "ended");
	assert.deepEqual(page.complaints, []);
});

test("React: a whole call, told by the hook as well", async () => {
	const page = await open(await listen(await siteOf(await built("react"), token)));

	await page.locator("input").fill("4712");
	await page.locator("ringdown-call [part~=launcher]").click();
	await page.getByText("You are talking.").waitFor();
	await page.getByRole("button", { name: "Hang up" }).first().click();
	await page.getByText("No call.").waitFor();
	assert.deepEqual(page.complaints, []);
});

test("server rendering: the link without script, a whole call with it", async () => {
	const root = path.join(examples, "server-rendering");
	const config = { root, configFile: path.join(root, "vite.config.js") };

	await viteBuild(root, config, "production");
	await viteBuild(root, { ...config, build: { ssr: "app.jsx", outDir: "dist/server" }, ssr: { external: ["react", "react-dom", "@ringdown/react"] } }, "production");
	const { site } = await import(pathToFileURL(path.join(root, "server.mjs")).href);
	const url = await listen(site(token));
	const html = await (await fetch(url)).text();
	assert.match(html, /<a href="tel:\+12025550100">/);

	const page = await open(url);
	await callFrom(page);
	assert.deepEqual(page.complaints, []);
});

test("Vue: a whole call, told to the page", async () => {
	const page = await open(await listen(await siteOf(await built("vue"), token)));

	await page.locator("ringdown-call [part~=launcher]").click();
	await page.getByText("You are talking.").waitFor();
	await page.locator("ringdown-call [part~=hangup]").click();
	await page.getByText("No call.").waitFor();
	assert.deepEqual(page.complaints, []);
});

test("strict headers: a whole call and no report", async () => {
	const page = await open(await listen(await siteOf(path.join(examples, "csp"), token)));

	await callFrom(page);
	assert.deepEqual(page.complaints, []);
	/* And it is what the server says that a page must allow. */
	const policy = JSON.parse(await readFile(path.join(examples, "csp/headers.json"), "utf8"))["Content-Security-Policy"].map((line) => line.split(" "));
	assert.ok(policy.some(([name, value]) => name === "default-src" && value === "'none'"));
	const told = await (await fetch(`${server.url}/v1/csp.txt`)).text();
	for (const [name, ...sources] of told.trim().split("\n").map((line) => line.split(" "))) {
		const allowed = policy.find((line) => line[0] === name) ?? [];
		for (const source of sources) assert.ok(allowed.includes(source), `${name} ${source}`);
	}
});

test("frame: a whole call, with the token of the page around, which hears of it", async () => {
	const page = await open(await listen(await siteOf(path.join(examples, "frame"), token)));
	const inside = page.frameLocator("iframe");

	await page.evaluate(() => document.addEventListener("ringdown:state", ({ detail }) => { globalThis.heard = detail.to; }));
	await inside.locator("ringdown-call [part~=launcher]").click();
	await inside.locator("ringdown-call[data-state=in-call]").waitFor({ state: "attached" });
	await inside.locator("ringdown-call [part~=hangup]").click();
	await page.waitForFunction(() => globalThis.heard === "ended");
	assert.deepEqual(page.complaints, []);
});
