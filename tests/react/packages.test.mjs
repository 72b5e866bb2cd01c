/* react/packages.test.mjs - @ringdown/react and @ringdown/element from their tarballs, in new apps with React 18 and 19.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { inBrowsers, waitState } from "../e2e/help/browser.mjs";
import { ROOT, destination, startRingdown, until } from "../help/server.mjs";
import { measured } from "../help/wait.mjs";
import { newApp, newFolder, openSite, pack, run, TSC, viteBuild } from "./help/app.mjs";


let work;
let tarballs;
let server;
let browser;
const inEach = inBrowsers((one) => {
	browser = one;
});
const apps = {};
const sites = [];

before(async () => {
	work = await newFolder();
	tarballs = await pack(work.folder);
	for (const version of [18, 19])
		apps[version] = await newApp(path.join(work.folder, `r${version}`), tarballs, version);
	server = await startRingdown({ destinations: [destination("echo"), destination("other")] });
}, { timeout: 300_000 });

after(async () => {
	await server?.stop();
	for (const site of sites) await site.close();
	await work?.remove();
});

/* The page of an app, and what it did: calls, sockets, complaints. */
async function openApp(site, hash = "") {
	const page = await browser.newPage();
	const did = { calls: 0, sockets: 0, scripts: 0, complaints: [] };

	page.on("request", (request) => {
		if (request.method() === "POST" && request.url().endsWith("/v1/calls")) did.calls++;
		if (request.url().endsWith("/v1/ringdown.js")) did.scripts++;
		/* In Firefox a socket is told as the request that opens it. */
		if (new URL(request.url()).pathname.startsWith("/control/")) did.sockets++;
	});
	page.on("websocket", () => did.sockets++);
	page.on("console", (message) => ["error", "warning"].includes(message.type()) && did.complaints.push(message.text()));
	page.on("pageerror", (error) => did.complaints.push(String(error)));
	await page.goto(`${site.url}?api=${server.url}${hash}`);
	return { page, did };
}

const own = (page, to, name) => page.locator(`#own-${to} .${name}`);
const said = (page, to, name, text) => until(async () => (await own(page, to, name).textContent()) === text, `${to}: ${name} is ${text}`);

test("publint and arethetypeswrong find nothing in the packages", () =>
	Promise.all(Object.values(tarballs).flatMap((tarball) => [["publint", "--strict", tarball], ["attw", "--profile", "esm-only", tarball]])
		.map(([tool, ...words]) => promisify(execFile)(path.join(ROOT, "tests/react/node_modules/.bin", tool), words))));

describe("@ringdown/element", () => {
	let site;

	before(async () => {
		await viteBuild(apps[19], { build: { outDir: "dist-element", rolldownOptions: { input: path.join(apps[19], "element.html") } } }, "production");
		site = await openSite(path.join(apps[19], "dist-element"), () => server.token());
		sites.push(site);
	});

	async function openElement() {
		const page = await browser.newPage();
		await page.goto(`${site.url}element.html`);
		await page.waitForFunction(() => "loadRingdown" in globalThis);
		return page;
	}
	const load = (page, options) => page.evaluate(
		(one) => globalThis.loadRingdown(one).then((face) => face === window.Ringdown, ({ code, retry }) => ({ code, retry })), options);
	const scripts = (page) => page.evaluate(() => document.querySelectorAll("script[src$='ringdown.js']").length);

	inEach("brings the script once, however often it is asked, and an element calls with its own token", async () => {
		const page = await openElement();
		const all = await Promise.all([load(page, { api: server.url }), load(page, { api: server.url }), load(page)]);

		assert.deepEqual(all, [true, true, true]);
		assert.equal(await load(page), true);
		assert.equal(await scripts(page), 1);
		await page.locator("ringdown-call .launcher").click();
		await waitState(page, "in-call");
		await page.evaluate(() => document.querySelector("ringdown-call").hangUp());
		await waitState(page, "ended");
	});

	inEach("takes the script that the page has, and one with its integrity hash", async () => {
		const page = await openElement();
		const src = `${server.url}/v1/ringdown.js`;
		const { files } = JSON.parse(await readFile(path.join(ROOT, "web/dist/manifest.json"), "utf8"));

		assert.deepEqual(await load(page, { src, integrity: files["ringdown.mjs"].integrity }), { code: "server_unreachable", retry: true });
		assert.equal(await scripts(page), 0);
		assert.equal(await load(page, { src, integrity: files["ringdown.js"].integrity }), true);

		const other = await openElement();
		await other.evaluate((url) => document.head.append(Object.assign(document.createElement("script"), { src: url })), src);
		assert.equal(await load(other, { api: server.url }), true);
		assert.equal(await scripts(other), 1);
	});

	test("on a server its import is harmless", () => {
		run(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(TRAP)}`, "-e", `import("@ringdown/element").then(({ loadRingdown }) => {
			if (globalThis.touched.length || typeof loadRingdown !== "function") process.exit(1);
		});`], { cwd: apps[19] });
	});
});

for (const version of [18, 19])
	describe(`React ${version}`, () => {
		const inBoth = (title, ...rest) => {
			const body = rest.pop();
			inEach(title, { isRest: version === 18, ...rest[0] }, body);
		};
		let site;
		let html;

		before(async () => {
			const root = apps[version];
			await viteBuild(root, { build: { minify: false, outDir: "dist" } });
			await viteBuild(root, { build: { ssr: "server.tsx", outDir: "dist-server" }, ssr: { external: ["react", "react-dom", "@ringdown/react"] } });
			const told = run(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(TRAP)}`, "-e", RENDER], {
				cwd: root, env: { ...process.env, NODE_ENV: "development", ENTRY: pathToFileURL(path.join(root, "dist-server/server.js")).href },
			});
			html = JSON.parse(told);
			site = await openSite(path.join(root, "dist"), () => server.token());
			sites.push(site);
		}, { timeout: 120_000 });

		test("the types take what is right and refuse what is wrong", async () => {
			await writeFile(path.join(apps[version], "tsconfig.json"), JSON.stringify({
				compilerOptions: {
					target: "ES2022", lib: ["ES2022", "DOM", "DOM.Iterable"], module: "ESNext", moduleResolution: "Bundler", jsx: "react-jsx",
					strict: true, noEmit: true, types: [], skipLibCheck: false,
				},
				files: ["types.tsx", "app.tsx", "main.tsx", "element.ts"],
			}));
			run(process.execPath, [TSC, "-p", apps[version]]);
		});

		test("frameworks with server components take it for the client's", async () => {
			const code = await readFile(path.join(apps[version], "node_modules/@ringdown/react/index.js"), "utf8");

			assert.ok(code.startsWith('"use client";'));
		});

		test("a server renders the fallback and touches nothing of a browser", () => {
			assert.match(html.text, /<a href="tel:\+15550100">Call us: 555 0100<\/a>/);
			assert.doesNotMatch(html.text, /ringdown-call/);
			assert.deepEqual(html.touched, []);
			assert.deepEqual(html.complaints, []);
		});

		inBoth("what a server rendered is hydrated without a word, and becomes the button", async () => {
			const rendered = await openSite(path.join(apps[version], "dist"), () => server.token(), {
				change: (text) => text.replace("<!--app-->", () => html.text),
			});
			sites.push(rendered);
			const { page, did } = await openApp(rendered);

			await page.locator("ringdown-call.mine .launcher").waitFor();
			assert.deepEqual(did.complaints, []);
			assert.equal(await page.locator("a[href^=tel]").count(), 1);
		});

		inBoth("under StrictMode a press is one call on one socket, which outlives its component", async () => {
			const { page, did } = await openApp(site);

			await page.locator("#turn").click();
			await page.locator("#turn").click();
			await page.locator("ringdown-call.mine .launcher").click();
			await waitState(page, "in-call");
			await said(page, "echo", "state", "in-call");
			const told = await page.evaluate(() => globalThis.told);
			assert.deepEqual(told.filter((line) => line === "ready"), ["ready"]);
			assert.ok(told.includes('{"orderId":"7"}'), told.join());
			assert.ok(told.includes("2 in-call"), "the handler of the last render is called");
			assert.equal(await page.locator("ringdown-call").evaluate((one) => one.style.getPropertyValue("--ringdown-accent")), "#0a7755");

			await page.locator('ringdown-call [part~=mute]').click();
			await said(page, "echo", "muted", "true");
			await own(page, "echo", "mute").click();
			await said(page, "echo", "muted", "false");

			await page.locator("#toggle").click();
			await page.locator("ringdown-call.mine").waitFor({ state: "hidden" });
			assert.equal(await own(page, "echo", "state").textContent(), "in-call");
			await own(page, "echo", "mute").click();
			await said(page, "echo", "muted", "true");

			await page.locator("#toggle").click();
			await page.locator("ringdown-call .panel").waitFor();
			await page.locator("#ref").click();
			await page.locator("#turn").click();
			assert.equal(await page.locator("ringdown-call").count(), 1);
			await page.locator('ringdown-call [part~=hangup]').click();
			await said(page, "echo", "state", "ended");
			const after = await page.evaluate(() => globalThis.told);
			assert.ok(after.includes("3 ended"), after.join());
			assert.ok(after.includes("ref ringdown-call"));
			assert.deepEqual({ ...did, complaints: [...did.complaints] }, { calls: 1, sockets: 1, scripts: 1, complaints: [] });
		});

		inBoth("from page to page of an app the call stays in sight, and ends into a new button", async () => {
			const { page, did } = await openApp(site, "#pages");
			const panel = page.locator("ringdown-call .panel");

			await page.locator("main ringdown-call .launcher").click();
			await said(page, "echo", "state", "in-call");
			for (const [to, name] of [["section", "second"], ["main", "first"], ["section", "second"]]) {
				await page.locator("#turn").click();
				await page.locator(`${to} ringdown-call.${name}[data-state=in-call]`).waitFor();
				assert.ok(await panel.isVisible());
				assert.equal(await page.locator("ringdown-call").count(), 1);
			}
			await page.locator('ringdown-call [part~=hangup]').click();
			await said(page, "echo", "state", "ended");
			await page.locator("#turn").click();
			await page.locator("main ringdown-call.first .launcher").waitFor();
			assert.equal(await page.locator("ringdown-call").count(), 1);
			await page.locator("main ringdown-call.first .launcher").click();
			await said(page, "echo", "state", "in-call");
			await own(page, "echo", "hang-up").click();
			await said(page, "echo", "state", "ended");
			assert.equal(did.calls, 2);
			assert.deepEqual(did.complaints, []);
		});

		/* The server waits five seconds for the page, which a machine that is busy may need to show it. */
		inBoth("a page that is loaded anew goes on with its call", () => measured(async () => {
			const { page, did } = await openApp(site);
			const settled = () => own(page, "echo", "state").textContent()
				.then((state) => ["in-call", "failed", "ended"].includes(state) && state, () => false);

			await page.locator("ringdown-call.mine .launcher").click();
			await said(page, "echo", "state", "in-call");
			await page.reload();
			assert.equal(await until(settled, "settled"), "in-call");
			assert.equal(await page.locator("ringdown-call").count(), 1);
			await own(page, "echo", "hang-up").click();
			await said(page, "echo", "state", "ended");
			assert.equal(did.calls, 1);
			await page.close();
		}));

		inBoth("under a strict policy with trusted types there is no report", async () => {
			const strict = await openSite(path.join(apps[version], "dist"), () => server.token(), {
				headers: {
					"content-security-policy": `default-src 'none'; script-src 'self' ${server.url}; `
						+ `connect-src 'self' ${server.url} ${server.url.replace("http", "ws")}; img-src data:; `
						+ "require-trusted-types-for 'script'; trusted-types ringdown ringdown-loader",
				},
			});
			sites.push(strict);
			const { page, did } = await openApp(strict);

			await page.locator("ringdown-call.mine .launcher").click();
			await said(page, "echo", "state", "in-call");
			await own(page, "echo", "hang-up").click();
			await said(page, "echo", "state", "ended");
			assert.deepEqual(did.complaints, []);
		});

		inBoth("useRingdown makes, mutes and ends a call without our interface", async () => {
			const { page, did } = await openApp(site);

			await own(page, "other", "start").click();
			await said(page, "other", "state", "in-call");
			assert.equal(await own(page, "echo", "state").textContent(), "idle");
			assert.equal(await page.locator("ringdown-call[to=other] .panel").isVisible(), false);
			await own(page, "other", "mute").click();
			await said(page, "other", "muted", "true");
			await own(page, "other", "hang-up").click();
			await said(page, "other", "state", "ended");
			assert.equal(did.calls, 1);

			await own(page, "nowhere", "start").click();
			await said(page, "nowhere", "error", "forbidden_destination");
			await own(page, "other", "start").click();
			await said(page, "other", "state", "in-call");
			await own(page, "other", "hang-up").click();
			await said(page, "other", "state", "ended");
		});

		/* Once is enough: the demo takes its time. */
		inBoth("the hook knows the place in the line", { skip: version === 18 }, async () => {
			const { page, did } = await openApp(site, "#line");
			const line = page.locator("#line");

			await page.locator("ringdown-call .launcher").click();
			await page.locator("ringdown-call").getByRole("button", { name: "Continue" }).click();
			await until(async () => /^queued \d+$/.test(await line.textContent()), "a place");
			await page.locator("ringdown-call [part~=hangup]").click();
			await until(async () => (await line.textContent()) === "ended ", "over");
			assert.deepEqual(did, { calls: 0, sockets: 0, scripts: 1, complaints: [] });
		});

		inBoth("in the page's own tree React and the widget leave each other's parts alone", async () => {
			const { page, did } = await openApp(site, "#light");
			const launcher = page.locator("ringdown-call button.btn-primary");

			await launcher.click();
			await said(page, "echo", "state", "in-call");
			await page.locator("#turn").click();
			await page.locator("ringdown-call .btn-danger:visible").waitFor();
			assert.match(await page.locator("ringdown-call").textContent(), /Fallback 1/);
			assert.equal(await page.locator("ringdown-call > [role=status]").count(), 1);

			/* Another destination is another button; the call goes on unseen. */
			await page.locator("#to").click();
			await page.locator("ringdown-call[to=other] button.btn-primary:visible").waitFor();
			assert.equal(await page.locator("ringdown-call[to=other]").getAttribute("data-state"), "idle");
			assert.equal(await own(page, "echo", "state").textContent(), "in-call");
			await own(page, "echo", "hang-up").click();
			await said(page, "echo", "state", "ended");
			assert.deepEqual(did.complaints, []);
		});

		inBoth("a handler may refuse a call or hold it back; a button may have a token of its own", async () => {
			const { page, did } = await openApp(site, "#choosy");
			const told = (line) => until(async () => (await page.evaluate(() => globalThis.told)).includes(line), line);
			const launcher = page.locator("ringdown-call .launcher");

			for (const turn of [0, 1]) {
				await launcher.click();
				await told(`before ${turn}`);
				await page.locator("ringdown-call .launcher:not([aria-busy])").waitFor();
				assert.equal(await own(page, "echo", "state").textContent(), "idle");
				await page.locator("#turn").click();
			}
			await launcher.click();
			await said(page, "echo", "state", "in-call");
			await told("token echo start 2");
			await own(page, "echo", "hang-up").click();
			await said(page, "echo", "state", "ended");
			assert.equal(did.calls, 1);
			assert.deepEqual(did.complaints, []);
		});

		inBoth("without the script the fallback stays, and the page is told", async () => {
			const page = await browser.newPage();

			await page.goto(`${site.url}?api=${site.url}`);
			await until(() => page.evaluate(() => globalThis.told.length > 0), "onError");
			assert.match((await page.evaluate(() => globalThis.told)).join(), /did not load/);
			assert.ok(await page.locator("a[href^=tel]").isVisible());
			await own(page, "echo", "start").click();
			await said(page, "echo", "error", "server_unreachable");
		});

		test("an app that imports only the hook does not get the button", async () => {
			const sizeOf = async (entry) => {
				const out = await viteBuild(apps[version], {
					build: {
						write: false, minify: true, lib: { entry, formats: ["es"] },
						rolldownOptions: { external: ["react", "react-dom"] },
					},
				}, "production");
				return out[0].output[0].code;
			};
			const hook = await sizeOf("only-hook.ts");
			const all = await sizeOf("everything.ts");

			assert.match(all, /useImperativeHandle/);
			assert.doesNotMatch(hook, /useImperativeHandle|forwardRef/);
			assert.ok(hook.length < 0.8 * all.length, `${hook.length} of ${all.length}`);
		});
	});

/* Tells who looks at what only browsers have. */
const TRAP = `
globalThis.touched = [];
for (const name of ["window", "document", "customElements", "HTMLElement", "location", "localStorage", "sessionStorage", "matchMedia"])
	Object.defineProperty(globalThis, name, { configurable: true, get() {
		if (new Error().stack.includes("@ringdown/")) globalThis.touched.push(name);
		return undefined;
	} });
`;
const RENDER = `
const complaints = [];
console.error = console.warn = (...words) => complaints.push(words.join(" "));
import(process.env.ENTRY).then(({ render }) => {
	const text = render();
	console.log(JSON.stringify({ text, touched: globalThis.touched, complaints }));
});
`;
