/* e2e/host.test.mjs - the widget as a guest: its attributes, its look, strict and hostile pages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The media is moved by hand (help/fake-media.mjs), but for the whole call
 * under a strict policy, which a real server carries. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, test } from "node:test";
import { startRingdown } from "../help/server.mjs";
import { until } from "../help/wait.mjs";
import { launcher, openBrowser, placeOf, status, still, waitState, widget } from "./help/browser.mjs";
import { fakeMedia } from "./help/fake-media.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const own = createRequire(import.meta.url);
const { buildSync } = createRequire(new URL("../../web/package.json", import.meta.url))("esbuild");
const sheet = (name) => readFileSync(own.resolve(`${name}/dist/css/bootstrap.min.css`), "utf8");

/* The table itself, from the source. */
async function table() {
	const { outputFiles } = buildSync({
		entryPoints: [new URL("../../web/widget/options.ts", import.meta.url).pathname],
		bundle: true,
		write: false,
		format: "esm",
	});
	return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const FALLBACK = `<a href="tel:+15550100">Call us: 555 0100</a>`;
const div = (attributes = "", inside = FALLBACK) =>
	`<div data-ringdown="support" data-token="a.b.c" ${attributes}>${inside}</div>`;
const html = (body, { head = "", script = "/ringdown.js", attributes = "" } = {}) =>
	`<!doctype html><html lang="en" ${attributes}><head><meta name="viewport" content="width=device-width">
	<title>Bank: accounts</title>${head}</head><body>${body}<script src="${script}"></script></body></html>`;

let server;
let browser;

before(async () => {
	server = await new RudeServer().open();
	browser = await openBrowser();
});

after(async () => {
	await browser?.close();
	await server?.close();
});

afterEach(async () => {
	server.next = {};
	for (const context of browser.contexts()) await context.close();
});

async function open(body, { context = {}, media = true, headers, init, from = browser, ...page } = {}) {
	const tab = await (await from.newContext(context)).newPage();

	tab.complaints = [];
	tab.warnings = [];
	tab.requests = [];
	tab.on("request", (request) => tab.requests.push(new URL(request.url()).pathname));
	tab.on("console", (message) => {
		if (message.type() === "error") tab.complaints.push(message.text());
		if (message.type() === "warning") tab.warnings.push(message.text());
	});
	tab.on("pageerror", (error) => tab.complaints.push(String(error)));
	await tab.addInitScript(() => {
		window.reports = [];
		window.seen = [];
		document.addEventListener("securitypolicyviolation", (event) =>
			window.reports.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
		);
		for (const type of ["availability", "failed", "state"])
			addEventListener(`ringdown:${type}`, ({ detail }) => window.seen.push([type, { ...detail }]), true);
	});
	if (init) await tab.addInitScript(init);
	if (media) await tab.addInitScript(fakeMedia);
	await tab.goto(
		server.page("/page", body.startsWith("<!doctype") ? body : html(body, page), headers),
	);
	return tab;
}

const set = (page, name, value) =>
	page.evaluate(
		([attribute, given]) => {
			const outer = document.querySelector("[data-ringdown]");
			if (given === null) outer.removeAttribute(attribute);
			else outer.setAttribute(attribute, given);
		},
		[name === "to" ? "data-ringdown" : `data-${name}`, value],
	);
const option = (page, name) =>
	page.evaluate((asked) => document.querySelector("ringdown-call").option(asked), name);
const style = (one, property) =>
	one.evaluate((element, name) => getComputedStyle(element)[name], property);
const root = (page) => page.locator("ringdown-call [data-theme]");
const part = (page, name) => page.locator(`ringdown-call [part~=${name}]`).first();

async function talk(page) {
	const before = server.calls.length;

	await launcher(page).click();
	await waitState(page, "connecting");
	await until(() => server.calls.length > before, "the server has the call");
	await page.waitForFunction(() => window.fakeMedia.joined > 0);
	server.call.say({ state: "in-call" });
	await waitState(page, "in-call");
}

async function hangUp(page) {
	await page.locator("ringdown-call .end").click();
	await waitState(page, "ended");
	await page.keyboard.press("Escape");
	await waitState(page, "idle");
}

/* --- attributes ------------------------------------------------------------ */

/* What a change of a live attribute does, and that the others stay. */
const ATTRIBUTES = {
	to: async (page) => {
		await set(page, "to", "cards");
		assert.equal(await launcher(page).textContent(), "Call cards");
	},
	api: async (page) => {
		await set(page, "api", "https://nowhere.test");
		await talk(page);
		await hangUp(page);
	},
	"token-url": async (page) => {
		await set(page, "token-url", "/token");
		server.next.token = () => ({ status: 200, body: { token: "from.the.site" } });
		await talk(page);
		assert.equal(server.call.token, "Bearer from.the.site");
		await hangUp(page);
		await set(page, "token-url", null);
	},
	token: async (page) => {
		await set(page, "token", "d.e.f");
		await talk(page);
		assert.equal(server.call.token, "Bearer d.e.f");
		await hangUp(page);
	},
	auth: async (page) => {
		await set(page, "auth", "anonymous");
		await set(page, "token", null);
		await launcher(page).click();
		await waitState(page, "failed");
		await page.keyboard.press("Escape");
		const other = await open(div(`data-auth="anonymous"`).replace(`data-token="a.b.c"`, ""));
		await talk(other);
		assert.equal(server.call.token, undefined, "no token, and no header for it");
	},
	variant: async (page) => {
		await set(page, "variant", "floating");
		assert.equal(await style(launcher(page), "position"), "fixed");
	},
	position: async (page) => {
		await set(page, "variant", "floating");
		const end = await placeOf(page, launcher(page));
		await set(page, "position", "top-start");
		const start = await placeOf(page, launcher(page));
		assert.ok(start.x < end.x && start.y < end.y);
	},
	size: async (page) => {
		const { height } = await launcher(page).boundingBox();
		await set(page, "size", "lg");
		assert.ok((await launcher(page).boundingBox()).height > height);
	},
	theme: async (page) => {
		await set(page, "theme", "dark");
		assert.equal(await root(page).getAttribute("data-theme"), "dark");
	},
	shadow: async (page) => {
		await set(page, "shadow", "none");
		assert.equal(await page.locator(".ringdown-launcher").count(), 0);
	},
	"class-map": async (page) => {
		await set(page, "class-map", "bootstrap");
		assert.equal(await page.locator("ringdown-call .btn").count(), 0);
	},
	trigger: async (page) => {
		await page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<button id=mine>Help</button>"));
		await set(page, "trigger", "#mine");
		assert.equal(await launcher(page).isVisible(), false);
		await page.locator("#mine").click();
		await waitState(page, "connecting");
		await page.locator("ringdown-call .end").click();
	},
	label: async (page) => {
		await set(page, "label", "Talk");
		assert.equal(await launcher(page).textContent(), "Talk");
		assert.equal(await launcher(page).getAttribute("aria-label"), "Talk: support");
	},
	lang: async (page) => {
		await set(page, "lang", "de");
		assert.equal(await launcher(page).textContent(), "Support anrufen");
	},
	strings: async (page) => {
		await page.evaluate(() =>
			document.body.insertAdjacentHTML(
				"beforeend",
				`<script type="application/json" id="words">{"launcher.call": "Ring {name}"}</script>`,
			),
		);
		await set(page, "strings", "words");
		assert.equal(await launcher(page).textContent(), "Ring support");
	},
	hours: async (page) => {
		const closed = () => ({ status: 200, body: { open: false, opensAt: "2099-01-05T08:00:00Z", zone: "UTC" } });
		server.next.hours = closed;
		await set(page, "to", "branch");
		await part(page, "badge").filter({ hasText: "Closed" }).waitFor();
		assert.match(await launcher(page).getAttribute("aria-label"), /^Call branch Closed · opens Jan 5/);
		await set(page, "hours", "hide-closed");
		assert.equal(await launcher(page).isVisible(), false);
		await set(page, "hours", "off");
		assert.equal(await part(page, "badge").textContent(), "");
		assert.equal(await launcher(page).isVisible(), true);
	},
	queue: null,
	callback: null,
	consent: null,
	keypad: async (page) => {
		const keys = page.getByRole("button", { name: /keypad/i });
		await talk(page);
		assert.equal(await part(page, "keypad").isVisible(), false);
		await set(page, "keypad", "always");
		await part(page, "keypad").waitFor({ state: "visible" });
		await set(page, "keypad", "off");
		await part(page, "keypad").waitFor({ state: "hidden" });
		assert.equal(await keys.count(), 0);
		await hangUp(page);
		await set(page, "keypad", "always");
		await talk(page);
		assert.equal(await part(page, "keypad").isVisible(), true, "open from the start");
		await hangUp(page);
	},
	rating: null,
	devices: null,
	sounds: async (page) => {
		await page.evaluate(() => {
			window.loud = [];
			const real = AudioParam.prototype.linearRampToValueAtTime;
			AudioParam.prototype.linearRampToValueAtTime = function (value, at) {
				if (value > 0) window.loud.push(value);
				return real.call(this, value, at);
			};
		});
		const heard = async (wish) => {
			await set(page, "sounds", wish);
			await page.evaluate(() => window.loud.splice(0));
			await talk(page);
			await hangUp(page);
			return page.evaluate(() => Math.max(0, ...window.loud));
		};
		const full = await heard("on");
		assert.ok(full > 0);
		assert.ok(Math.abs((await heard("0.5")) - full / 2) < 1e-6);
		assert.equal(await heard("off"), 0);
		assert.equal(await heard("0"), 0);
	},
	resume: null,
	"close-guard": async (page) => {
		const asked = () =>
			page.evaluate(() => {
				const event = new Event("beforeunload", { cancelable: true });
				window.dispatchEvent(event);
				return event.defaultPrevented;
			});
		assert.equal(await asked(), false);
		await talk(page);
		assert.equal(await asked(), true);
		await set(page, "close-guard", "off");
		assert.equal(await asked(), false);
		await set(page, "close-guard", "on");
		assert.equal(await asked(), true);
		await hangUp(page);
		assert.equal(await asked(), false);
	},
	preflight: null,
	"page-context": async (page) => {
		await set(page, "page-context", "basic");
		await talk(page);
		assert.equal(server.call.body.hints, undefined, "not live");
		const other = await open(div(`data-page-context="basic" data-hint-topic="loss"`));
		await talk(other);
		assert.deepEqual(server.call.body.hints, {
			topic: "loss",
			"page-title": "Bank: accounts",
			"page-path": "/page",
		});
		assert.match(
			await part(other, "footer").textContent(),
			/We pass on which page you are on: Bank: accounts/,
		);
	},
	"display-name": async (page) => {
		await set(page, "display-name", "Ana");
		await talk(page);
		assert.equal(server.call.body.displayName, "Ana");
		await hangUp(page);
	},
	provider: async (page) => {
		await set(page, "provider", "demo");
		assert.equal(await option(page, "provider"), "auto");
	},
	"demo-state": null,
	nonce: async () => {
		const page = await open(div(`data-nonce="abc"`), { media: false });
		await page.evaluate(() => {
			const real = document.head.append;
			document.head.append = function (...nodes) {
				window.nonce ??= nodes[0].nonce;
				return real.apply(this, nodes);
			};
		});
		await launcher(page).hover();
		await page.waitForFunction(() => window.nonce !== undefined);
		assert.equal(await page.evaluate(() => window.nonce), "abc");
	},
	debug: async (page) => {
		const said = [];
		page.on("console", (message) => said.push(message.text()));
		await set(page, "debug", "on");
		await launcher(page).click();
		await waitState(page, "connecting");
		await until(() => said.some((line) => line.startsWith("ringdown:state")), "the console is told");
		assert.ok(!said.some((line) => line.includes("a.b.c")), "and no token with it");
	},
};

test("every attribute is in the table, and either live or fixed", async () => {
	const { OPTIONS } = await table();
	const page = await open(div());

	assert.deepEqual(Object.keys(ATTRIBUTES), OPTIONS.map(({ name }) => name));
	for (const { name, words, isFixed } of OPTIONS) {
		const before = await option(page, name);
		const other = words ? words.find((word) => word !== before) : "elsewhere";

		if (words) assert.ok(words.includes(before), `${name} begins with one of its words`);
		await set(page, name, other);
		assert.equal(await option(page, name), isFixed ? before : other, name);
		await set(page, name, name === "to" ? "support" : null);
		if (words && words.includes("off")) {
			await set(page, name, "false");
			assert.equal(await option(page, name), isFixed ? before : "off", `${name} false`);
			await set(page, name, null);
		}
	}
});

test("each attribute does at once what it says, or stays as it was", async (t) => {
	for (const [name, check] of Object.entries(ATTRIBUTES))
		if (check)
			await t.test(name, async () => {
				const page = await open(div());
				await check(page);
				for (const context of browser.contexts()) await context.close();
				server.next = {};
			});
});

test("an unknown value falls back, and is told once", async () => {
	const page = await open(div(`data-variant="balloon" data-sounds="2"`));

	assert.equal(await option(page, "variant"), "button");
	assert.equal(await option(page, "sounds"), "on");
	await set(page, "label", "again");
	const told = page.warnings.filter((text) => text.includes("balloon"));
	assert.equal(told.length, 1);
	assert.match(told[0], /variant="balloon" is not one of: button, inline, floating, bar/);
});

/* --- look ------------------------------------------------------------------ */

test("each custom property has a default, and changes what it says", async () => {
	const page = await open(`<div style="height:0"></div>${div(`data-variant="floating"`)}`);
	/* property: [part, what it decides, its default, a value, what that comes to] */
	const looks = {
		accent: ["launcher", "backgroundColor", "rgb(15, 118, 110)", "#123456", "rgb(18, 52, 86)"],
		"accent-ink": ["launcher", "color", "rgb(255, 255, 255)", "#123456", "rgb(18, 52, 86)"],
		"button-bg": ["launcher", "backgroundColor", "rgb(15, 118, 110)", "#123456", "rgb(18, 52, 86)"],
		"button-ink": ["launcher", "color", "rgb(255, 255, 255)", "#123456", "rgb(18, 52, 86)"],
		"button-border": ["launcher", "borderTopColor", "rgba(0, 0, 0, 0)", "#123456", "rgb(18, 52, 86)"],
		z: ["launcher", "zIndex", "2147482000", "7", "7"],
		"offset-inline": ["launcher", "insetInlineEnd", "20px", "33px", "33px"],
		"offset-block": ["launcher", "insetBlockEnd", "20px", "33px", "33px"],
		target: ["launcher", "minHeight", "44px", "60px", "60px"],
		motion: ["launcher", "transitionDuration", "0.16s, 0.16s", "90ms", "0.09s, 0.09s"],
		shadow: ["launcher", "boxShadow", /12px 40px/, "0 0 3px red", /3px/],
		font: ["launcher", "fontFamily", /^system-ui/, "serif", /^serif/],
		"font-size": ["launcher", "fontSize", "16px", "20px", "20px"],
		surface: ["panel", "backgroundColor", "rgb(255, 255, 255)", "#123456", "rgb(18, 52, 86)"],
		ink: ["panel", "color", "rgb(19, 32, 30)", "#123456", "rgb(18, 52, 86)"],
		border: ["panel", "borderTopColor", "rgb(223, 230, 228)", "#123456", "rgb(18, 52, 86)"],
		radius: ["panel", "borderTopLeftRadius", "20px", "2px", "10px"],
		"panel-width": ["panel", "width", "352px", "300px", "300px"],
		"muted-ink": ["footer", "color", "rgb(82, 97, 93)", "#123456", "rgb(18, 52, 86)"],
		danger: ["hangup", "backgroundColor", "rgb(195, 49, 42)", "#123456", "rgb(18, 52, 86)"],
		"danger-ink": ["hangup", "color", "rgb(255, 255, 255)", "#123456", "rgb(18, 52, 86)"],
		ok: ["meter", "color", "rgb(15, 118, 110)", "#123456", "rgb(18, 52, 86)"],
		space: ["body", "paddingTop", "4px", "8px", "8px"],
		warn: ["mute", "color", "rgb(138, 90, 0)", "#123456", "rgb(18, 52, 86)"],
		focus: ["mute", "outlineColor", "rgb(29, 78, 216)", "#123456", "rgb(18, 52, 86)"],
	};
	const css = ["launcher.styles.ts", "panel/panel.styles.ts"]
		.map((file) => readFileSync(new URL(`../../web/widget/${file}`, import.meta.url), "utf8"))
		.join("");
	const all = new Set([...css.matchAll(/var\(--ringdown-([a-z-]+)/g)].map(([, name]) => name));
	const change = (name, value) =>
		page.evaluate(
			([property, given]) => document.body.style.setProperty(`--ringdown-${property}`, given),
			[name, value],
		);
	const is = async (name, property, want, why) => {
		const one = part(page, name);
		await until(async () => {
			const now = await style(one, property);
			return typeof want === "string" ? now === want : want.test(now);
		}, async () => `${why}: ${await style(one, property)}`, 5000).catch(async () =>
			assert.fail(`${why}: ${await style(one, property)} is not ${want}`),
		);
	};
	const try1 = async (names) => {
		for (const [name, [of, property, normal, value, comes]] of Object.entries(looks)) {
			if (!names.includes(of)) continue;
			await is(of, property, normal, `${name} by default`);
			await change(name, value);
			await is(of, property, comes, name);
			await change(name, "");
		}
	};

	assert.deepEqual(Object.keys(looks).sort(), [...all].sort());
	await page.mouse.move(0, 0);
	await try1(["launcher"]);
	await talk(page);
	await page.mouse.move(0, 0);
	await try1(["panel", "footer", "hangup", "meter", "body"]);
	await page.keyboard.press("Tab");
	await part(page, "mute").focus();
	await page.keyboard.press("m");
	await try1(["mute"]);
});

test("the state is on the element, for page CSS and for :state()", async () => {
	const page = await open(div());
	const matches = (selector) =>
		page.evaluate((one) => document.querySelector("ringdown-call").matches(one), selector);

	assert.equal(await matches("[data-state=idle]"), true);
	assert.equal(await matches(":state(idle)"), true);
	await talk(page);
	assert.equal(await matches("[data-state=in-call]:state(in-call)"), true);
	assert.equal(await matches(":state(idle)"), false);
});

test("slots: your own button, sign and footer, in a div and in the element", async () => {
	const slots = `<b slot="logo" id="logo">HS</b><small slot="footer" id="foot">Calls are free.</small>
		<button slot="trigger" id="own">Talk</button>`;

	for (const body of [
		div("", slots + FALLBACK),
		div(`data-shadow="none"`, slots + FALLBACK),
		`<ringdown-call to="support" token="a.b.c">${slots}${FALLBACK}</ringdown-call>`,
	]) {
		const page = await open(body);
		assert.equal(await launcher(page).count() === 0 || !(await launcher(page).first().isVisible()), true);
		assert.equal(await page.locator("a[href^=tel]").isVisible(), false);
		await page.locator("#own").click();
		await waitState(page, "connecting");
		assert.equal(await page.locator("#logo").isVisible(), true);
		assert.equal(await page.locator("#foot").isVisible(), true);
		await page.context().close();
	}
});

test("light DOM: stable classes, the page's rules win, Bootstrap's names beside ours", async () => {
	const page = await open(
		div(`data-shadow="none" data-class-map="bootstrap" data-variant="inline"`),
		{ head: `<style>${sheet("bootstrap")}</style>` },
	);
	const button = page.locator(".ringdown-launcher");

	assert.equal(await button.getAttribute("class"), "ringdown-launcher btn btn-primary");
	assert.equal(await style(button, "backgroundColor"), "rgb(13, 110, 253)");
	assert.equal(await page.locator("a[href^=tel]").isVisible(), false);
	assert.equal(page.requests.some((path) => /light|panel/.test(path)), false, "not before intent");
	await button.click();
	await waitState(page, "connecting");
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
	server.call.say({ state: "in-call" });
	await waitState(page, "in-call");
	for (const [name, classes] of Object.entries({
		panel: "card shadow",
		header: "card-header",
		body: "card-body",
		hangup: "btn btn-danger",
		mute: "btn btn-outline-secondary",
	}))
		for (const one of classes.split(" "))
			assert.ok(
				(await page.locator(`.ringdown-root [part~=${name}]`).getAttribute("class"))
					.split(" ")
					.includes(one),
				`${name} has ${one}`,
			);
	assert.deepEqual(
		await page.evaluate(() => [
			...new Set(
				[...document.querySelectorAll("ringdown-call [class]")].flatMap((one) =>
					[...one.classList].filter(
						(name) => !name.startsWith("ringdown-") && !/^(btn|card|shadow|badge|text-bg)/.test(name),
					),
				),
			),
		]),
		[],
		"no class that a page could know",
	);
	assert.equal(await page.locator(".ringdown-status").textContent(), "You're connected");
	await page.locator("[part~=hangup]").click();
	await waitState(page, "ended");
	assert.deepEqual(page.complaints, []);
});
