/* e2e/host.test.mjs - the widget as a guest: its attributes, its look, strict and hostile pages.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The media is moved by hand (help/fake-media.mjs), but for the whole call
 * under a strict policy, which a real server carries. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before } from "node:test";
import { destination, startRingdown } from "../help/server.mjs";
import { until } from "../help/wait.mjs";
import { FRAMES, inBrowsers, launcher, placeOf, status, still, waitState, widget } from "./help/browser.mjs";
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
const test = inBrowsers((one) => {
	browser = one;
}, FRAMES, /whole|default-src|a frame of|:state|slots/);

before(async () => {
	server = await new RudeServer().open();
});

after(() => server?.close());

afterEach(() => {
	server.next = {};
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
	consent: async (page) => {
		await set(page, "consent", "always");
		await talk(page);
		await hangUp(page);
		const other = await open(div(`data-consent="always"`, `<p slot="consent-text" id="ours">We note your question.</p>`));
		await launcher(other).click();
		await waitState(other, "consent");
		assert.equal(await other.locator("#ours").isVisible(), true);
		await other.locator("ringdown-call [part~=consent] button").first().click();
		await waitState(other, "connecting");
		assert.equal(server.call.body.consent, undefined, "the server did not ask");
	},
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
		const heard = async (wish, isLoud) => {
			await set(page, "sounds", wish);
			await page.evaluate(() => window.loud.splice(0));
			await talk(page);
			if (isLoud) await page.waitForFunction(() => window.loud.length > 0);
			await hangUp(page);
			return page.evaluate(() => Math.max(0, ...window.loud));
		};
		const full = await heard("on", true);
		assert.ok(Math.abs((await heard("0.5", true)) - full / 2) < 1e-6);
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
	"demo-state": async () => {
		const page = await open(div(`data-provider="demo" data-demo-state="queued"`), { media: false });
		await waitState(page, "queued");
		await set(page, "demo-state", "in-call");
		await waitState(page, "in-call");
		await set(page, "demo-state", null);
		await waitState(page, "idle");
		assert.deepEqual(page.requests.filter((path) => path.startsWith("/v1/")), [], "no server");
	},
	nonce: async () => {
		const page = await open(div(`data-nonce="abc"`), { media: false });
		await page.evaluate(() => {
			new MutationObserver(([{ addedNodes }]) => {
				window.nonce ??= addedNodes[0]?.nonce;
			}).observe(document.head, { childList: true });
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

test("each attribute does at once what it says, or stays as it was", { isRest: true }, async (t) => {
	for (const [name, check] of Object.entries(ATTRIBUTES))
		if (check)
			await t.test(name, async () => {
				const page = await open(div());
				await check(page);
				await page.context().close();
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
		motion: ["launcher", "transitionDuration", "0.16s", "90ms", "0.09s"],
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
						(name) => !name.startsWith("ringdown-") && !/^(btn|card|shadow|badge|text-bg|form|alert|h[56]$|(m[bet]|px|gap|d|align|justify|flex)-)/.test(name),
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

/* --- strict pages ----------------------------------------------------------- */

/* A server of ours, and a bank of another origin that trusts nobody else. */
async function strict(policy = (lines) => lines) {
	const calls = await startRingdown();
	const lines = (await (await fetch(`${calls.url}/v1/csp.txt`)).text()).trim().split("\n");

	return {
		calls,
		policy: ["default-src 'none'", ...policy(lines), "require-trusted-types-for 'script'", "report-uri /reports"].join("; "),
		page: (attributes = "") =>
			html(
				`<div data-ringdown="echo" data-token="${calls.token()}" ${attributes}>${FALLBACK}</div>`,
				{ script: `${calls.url}/v1/ringdown.js` },
			),
	};
}

test("a page under default-src 'none' and the lines of /v1/csp.txt: a whole call, no report", async () => {
	const { calls, policy, page: body } = await strict();

	try {
		const page = await open(body(`data-lang="de"`), {
			media: false,
			headers: { "content-security-policy": policy },
		});
		await launcher(page).click();
		await waitState(page, "in-call");
		await page.keyboard.press("m");
		await page.keyboard.press("m");
		await page.keyboard.press("k");
		assert.equal(await status(page).textContent(), "Sie sind verbunden");
		await page.locator("ringdown-call .end").click();
		await waitState(page, "ended");
		assert.deepEqual(await page.evaluate(() => window.reports), []);
		assert.deepEqual(
			server.requests.filter(({ pathname }) => pathname === "/reports"),
			[],
		);
		assert.deepEqual(page.complaints, []);
	} finally {
		await calls.stop();
	}
});

test("without the lines the same page reports, and the phone link stays", async () => {
	const { calls, policy, page: body } = await strict(() => []);

	try {
		const page = await open(body(), { media: false, headers: { "content-security-policy": policy } });
		assert.equal((await page.evaluate(() => window.reports)).length, 1);
		assert.equal(await page.locator("a[href^=tel]").isVisible(), true);
		await until(
			() => server.requests.some(({ pathname }) => pathname === "/reports"),
			"the report has come",
		);
		server.requests.length = 0;
	} finally {
		await calls.stop();
	}
});

test("a frame of the server: its page gives the token, hears the events, and nobody else's may show it", async () => {
	const calls = await startRingdown({
		destinations: [destination("echo", "echo", { origins: [server.origin] })],
	});
	const around = (allow) => `<!doctype html><title>Bank</title>
		<iframe src="${calls.url}/v1/frame?to=echo&lang=fr&variant=inline&token=x" allow="${allow}" title="Call"></iframe>
		<script>
			window.heard = [];
			addEventListener("message", ({ source, origin, data }) => {
				const frame = document.querySelector("iframe");
				if (source !== frame.contentWindow || origin !== "${calls.url}" || data.ringdown !== 1) return;
				window.heard.push(data);
				if (data.type === "token")
					source.postMessage({ ringdown: 1, type: "token", id: data.id, token: "${calls.token()}" }, origin);
				if (data.type === "size") frame.style.height = data.height + "px";
			});
		</script>`;

	try {
		const page = await open(around("microphone; autoplay"), { media: false });
		const frame = page.frameLocator("iframe");
		await frame.locator("ringdown-call .launcher").click();
		await frame.locator("ringdown-call[data-state=in-call]").waitFor({ state: "attached" });
		assert.equal(await frame.locator(".status").textContent(), "Vous êtes en ligne");
		await frame.locator("ringdown-call .end").click();
		await page.waitForFunction(() => window.heard.some(({ name }) => name === "ringdown:ended"));
		const heard = await page.evaluate(() => window.heard);
		assert.equal(heard.filter(({ type }) => type === "token").length, 1);
		assert.ok(heard.some(({ type, height }) => type === "size" && height > 40));
		assert.ok(heard.some(({ name, detail }) => name === "ringdown:state" && detail.to === "in-call"));
		assert.deepEqual(page.complaints, []);
		await page.context().close();

		/* No microphone for the frame: said, and never asked for. */
		const mute = await open(around(""), { media: false });
		const closed = mute.frameLocator("iframe");
		await closed.locator("ringdown-call .launcher").click();
		await closed.locator("ringdown-call[data-state=failed]").waitFor({ state: "attached" });
		await mute.waitForFunction(() =>
			window.heard.some(({ name, detail }) => name === "ringdown:failed" && detail.reason === "mic_policy"),
		);

		/* The same page of another origin. */
		const stranger = await open(around("microphone"), { media: false });
		await stranger.goto(stranger.url().replace("localhost", "127.0.0.1"));
		assert.equal(await stranger.frameLocator("iframe").locator("ringdown-call").count(), 0);
		await until(
			() => stranger.complaints.some((text) => /frame-ancestors|refused/i.test(text)),
			() => `the browser refuses the frame: ${stranger.complaints}`,
		);
	} finally {
		await calls.stop();
	}
});

/* --- hostile pages ---------------------------------------------------------- */

const RESET = `<style>
	html { font-size: 62.5% !important; letter-spacing: .3em; text-transform: uppercase; word-spacing: 1em;
		text-align: right; text-shadow: 0 0 3px red; line-height: 3; cursor: crosshair; text-indent: 2em }
	* { margin: 0 !important; padding: 0 !important; border: 0 none !important; font: 9px/1 serif !important;
		color: #b00 !important; background: none !important; border-radius: 0 !important; box-shadow: none !important;
		min-width: 0 !important; max-width: none !important; float: none !important; outline: 0 !important;
		box-sizing: content-box !important; list-style: none !important; transition: none !important;
		letter-spacing: inherit !important; text-transform: inherit !important; text-decoration: none !important }
	button, svg, p, span, section, header, footer { display: block !important; opacity: .4 !important; width: 7px !important }
	[hidden], [popover] { display: block !important }
	:focus { background: yellow !important }
</style>`;

/* Libraries of old, and the ones that watch everything. */
function patch() {
	Array.prototype.toJSON = function () {
		return `[${[...this].map((one) => JSON.stringify(one)).join(", ")}]`;
	};
	for (const [name, run] of Object.entries({
		each(f) { this.forEach(f); return this; },
		without(one) { return this.filter((other) => other !== one); },
	})) Array.prototype[name] = run; /* enumerable, as they were */
	Array.from = (one) => (one ? [].slice.call(one) : []);
	String.prototype.strip = function () { return this.trim(); };
	String.prototype.format = function (...words) { return words.reduce((all, word) => all.replace("%s", word), String(this)); };
	Element.prototype.append = function (text) { this.insertAdjacentHTML("beforeend", String(text)); return this; };
	Element.prototype.remove = function () { this.parentNode?.removeChild(this); return this; };
	Element.prototype.show = function () { this.style.display = ""; return this; };
	Function.prototype.bind = function (self, ...first) {
		const run = this;
		return function (...rest) { return run.apply(self, [...first, ...rest]); };
	};
	/* As zone.js does: a Promise of its own, and every listener wrapped. */
	const Native = Promise;
	window.Promise = class ZoneAwarePromise extends Native {};
	for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"]) {
		const real = window[name];
		window[name] = (run, ...rest) => real.call(window, (...given) => run(...given), ...rest);
	}
	const wrapped = new WeakMap();
	const { addEventListener: listen, removeEventListener: stop } = EventTarget.prototype;
	EventTarget.prototype.addEventListener = function (type, run, ...rest) {
		if (typeof run !== "function") return listen.call(this, type, run, ...rest);
		if (!wrapped.has(run)) wrapped.set(run, function (event) { return run.call(this, event); });
		return listen.call(this, type, wrapped.get(run), ...rest);
	};
	EventTarget.prototype.removeEventListener = function (type, run, ...rest) {
		return stop.call(this, type, wrapped.get(run) ?? run, ...rest);
	};
	const { define } = CustomElementRegistry.prototype;
	CustomElementRegistry.prototype.define = function (name, made, ...rest) {
		return define.call(this, name, class extends made {}, ...rest);
	};
	const { fetch } = window;
	window.fetch = (...words) => fetch(...words).then((answer) => answer);
}

const TEXT = `<h1 class="page-header">Accounts</h1><p class="panel panel-default lead">Your balance is up to date.</p>
	<ul class="nav nav-tabs"><li class="active"><a href="#">All</a></li></ul><button class="btn btn-default label">Pay</button>
	<table class="table"><tr><td>Rent</td><td>12.00</td></tr></table><select><option>One</option></select>`;

const HOSTS = {
	"an aggressive reset": { head: RESET },
	"Bootstrap 3": { head: `<style>${sheet("bootstrap3")}</style>` },
	"patched prototypes": { init: patch },
};

/* Two pictures, compared by the browser that took them: the share of points
 * that differ outside of the places, or in all where there are none. */
async function differing(first, second, places = []) {
	const page = await (await browser.newContext()).newPage();

	try {
		return await page.evaluate(
			async ([one, two, holes]) => {
				const load = async (data) => {
					const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
					const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
					canvas.drawImage(picture, 0, 0);
					return canvas.getImageData(0, 0, picture.width, picture.height);
				};
				const [a, b] = [await load(one), await load(two)];
				if (a.width !== b.width || a.height !== b.height) return 1;
				let count = 0;
				for (let i = 0; i < a.data.length; i += 4) {
					const [x, y] = [(i / 4) % a.width, Math.floor(i / 4 / a.width)];
					if (holes.some((h) => x >= h.x - 1 && x <= h.x + h.width + 1 && y >= h.y - 1 && y <= h.y + h.height + 1)) continue;
					if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > 24)) count++;
				}
				return count / (a.width * a.height);
			},
			[first.toString("base64"), second.toString("base64"), places],
		);
	} finally {
		await page.context().close();
	}
}

/* The panel at rest: no meter, no pulse, no clock. */
const QUIET = { reducedMotion: "reduce", viewport: { width: 900, height: 640 } };
const WHITE = `<style>html,body{background:#fff!important}</style>`;
const guest = (attributes) =>
	`${TEXT}<div style="position:absolute;top:0;left:0;width:1px;height:1px">${div(attributes, "")}</div>`;

async function portrait(options) {
	const page = await open(html(guest(`data-variant="floating"`), { ...options, head: (options.head ?? "") + WHITE }), {
		context: QUIET,
		init: options.init,
	});
	const shot = async (name) => {
		await still(page);
		const clip = await placeOf(page, part(page, name));
		return { clip, picture: await page.screenshot({ clip, animations: "disabled" }) };
	};
	await page.evaluate(() => {
		window.fakeMedia.level = 0;
		window.fakeMedia.autoUp = false;
	});
	const button = await shot("launcher");
	await launcher(page).click();
	await waitState(page, "connecting");
	await page.mouse.move(1, 1);
	return { page, button, panel: await shot("panel") };
}

test("hostile pages leave the widget whole: it looks as ever, and calls", async (t) => {
	const normal = await portrait({});

	for (const [name, options] of Object.entries(HOSTS))
		await t.test(name, async () => {
			const there = await portrait(options);
			for (const one of ["button", "panel"]) {
				const share = await differing(normal[one].picture, there[one].picture);
				assert.ok(share < 0.01, `${one}: ${(100 * share).toFixed(2)} % differ, ${JSON.stringify([normal[one].clip, there[one].clip])}`);
			}
			await there.page.evaluate(() => window.fakeMedia.tell({ is: "up" }));
			server.call.say({ state: "in-call" });
			await waitState(there.page, "in-call");
			assert.deepEqual(server.call.body, { destination: "support" });
			await there.page.keyboard.press("k");
			await there.page.keyboard.type("12");
			await until(() => server.call.digits === "12", "the digits arrive");
			await there.page.keyboard.press("Escape");
			await there.page.locator("ringdown-call .pill-open").click();
			await hangUp(there.page);
			assert.deepEqual(there.page.complaints, []);
			await there.page.context().close();
		});
});

/* Names and values of all that a page may count on. */
const surroundings = () => {
	const list = (thing) => Object.getOwnPropertyNames(thing).sort();
	const of = [Object, Array, String, Function, Promise, Element, HTMLElement, Node, EventTarget, Document];
	return JSON.parse(
		Object.prototype.toJSON?.call(null) ??
			JSON.stringify({
				global: list(globalThis).join().replace(/\b(Ringdown|reports|seen|fakeMedia),?/g, ""),
				prototypes: of.map((one) => list(one.prototype).map((name) => `${name} ${Object.getOwnPropertyDescriptor(one.prototype, name).value}`).join()).join(),
				sheets: document.adoptedStyleSheets.length + document.styleSheets.length,
				body: document.body.getAttribute("style") + document.body.className + document.documentElement.className,
			}),
	);
};

test("it leaves the pages whole: not a point outside it changes, nor a prototype", async (t) => {
	for (const [name, options] of Object.entries({ "a plain page": {}, ...HOSTS }))
		await t.test(name, async () => {
			const look = { context: QUIET, init: options.init };
			const without = await open(html(guest(), { ...options, script: "/nothing.js" }), look);
			const bare = await without.screenshot({ animations: "disabled" });
			const before = await without.evaluate(surroundings);
			const page = await open(html(guest(`data-variant="floating"`), options), look);
			await launcher(page).waitFor();
			const button = await placeOf(page, launcher(page));
			const grow = (place, by) => ({ x: place.x - by, y: place.y - by, width: place.width + 2 * by, height: place.height + 2 * by });
			/* The shadow belongs to it. */
			assert.equal(await differing(bare, await page.screenshot({ animations: "disabled" }), [grow(button, 56)]), 0, "idle");
			await talk(page);
			await page.mouse.move(1, 1);
			await still(page);
			const panel = await placeOf(page, part(page, "panel"));
			assert.equal(await differing(bare, await page.screenshot({ animations: "disabled" }), [grow(panel, 56)]), 0, "in a call");
			assert.deepEqual(await page.evaluate(surroundings), before);
			await page.context().close();
			await without.context().close();
		});
});

/* Rows of buttons, more than a window is high. */
const BUTTONS = Array.from({ length: 60 }, (_, i) => `<button>Account ${i + 1}</button>`).join("");
const GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));grid-auto-rows:48px;gap:8px";

/* Where the panel is; amiss: what it lies over that has the focus, or that it is not seen whole. */
const dockOf = (page) =>
	page.evaluate(() => {
		const [dock, focus] = [
			document.querySelector("ringdown-call").shadowRoot.querySelector(".dock"),
			document.activeElement,
		].map((one) => one.getBoundingClientRect());
		const isOver =
			focus.left < dock.right && dock.left < focus.right && focus.top < dock.bottom && dock.top < focus.bottom;
		const isOut = dock.left < 0 || dock.top < 0 || dock.right > innerWidth || dock.bottom > innerHeight;
		const name = document.activeElement.textContent;
		return { name, x: dock.x, y: dock.y, amiss: `${isOver ? `over ${name} ` : ""}${isOut ? "not whole" : ""}` };
	});

for (const [where, attributes, [width, height], language] of [
	["the whole corner", `data-variant="floating"`, [1000, 700], 'lang="en"'],
	["another corner, from right to left", `data-variant="floating" data-position="top-start"`, [1000, 700], 'lang="ar" dir="rtl"'],
	["the sheet of a telephone", "", [375, 667], 'lang="en"'],
])
	test(`${where} gives way to what has the focus in the page`, async () => {
		const page = await open(
			html(`${div(attributes)}<p style="${GRID}">${BUTTONS}</p>`).replace('lang="en"', language),
			{ context: { viewport: { width, height } } },
		);
		const dock = page.locator("ringdown-call .dock");

		await talk(page);
		assert.equal(page.requests.filter((path) => path.includes("aside")).length, 0, "nobody needed it");
		const home = await placeOf(page, dock);
		const places = new Set();
		let now;
		await page.locator("p button").first().focus();
		for (let i = 0; i < 59; i++) {
			await page.keyboard.press("Tab");
			await until(async () => !(now = await dockOf(page)).amiss, () => JSON.stringify(now), 5000);
			places.add(`${now.x} ${now.y}`);
		}
		assert.equal(now.name, "Account 60");
		assert.ok(places.size > 1, "it had to move");
		await hangUp(page);
		await talk(page);
		assert.deepEqual(await placeOf(page, dock), home, "the next call begins where the site wants it");
		assert.deepEqual(page.complaints, []);
	});

test("a page that makes room for the whole panel keeps it where it is", async () => {
	const page = await open(html(`${div(`data-variant="floating"`)}<p style="${GRID}">${BUTTONS}</p>`), {
		context: { viewport: { width: 1000, height: 700 } },
	});
	const dock = page.locator("ringdown-call .dock");

	await page.evaluate(() => {
		window.told = [];
		addEventListener("ringdown:covered", (event) => {
			event.preventDefault();
			window.told.push({ ...event.detail });
			document.documentElement.style.scrollPaddingBlockEnd = `${event.detail.height + 40}px`;
		});
	});
	await talk(page);
	const home = await placeOf(page, dock);
	await page.locator("p button").first().focus();
	for (let i = 0; i < 59; i++) await page.keyboard.press("Tab");
	await page.waitForFunction(() => window.told.length > 0);
	const { width, height } = home;
	assert.deepEqual((await page.evaluate(() => window.told))[0], { width, height });
	assert.deepEqual(await placeOf(page, dock), home);
});

test("at 400 % zoom, also from right to left, nothing needs scrolling both ways", async () => {
	const zoomed = { viewport: { width: 320, height: 256 } };

	for (const [variant, lang] of [
		["button", "en"],
		["inline", "de"],
		["bar", "en"],
		["floating", "ar"],
	]) {
		const page = await open(
			html(`${TEXT}${div(`data-variant="${variant}" data-lang="${lang}"`)}`).replace(
				'lang="en"',
				lang === "ar" ? 'lang="ar" dir="rtl"' : `lang="${lang}"`,
			),
			{ context: zoomed },
		);
		const wide = () =>
			page.evaluate(() => {
				const trees = [document];
				const out = [];
				for (const tree of trees)
					for (const one of tree.querySelectorAll("*")) {
						if (one.shadowRoot) trees.push(one.shadowRoot);
						const { overflowX } = getComputedStyle(one);
						if (one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(overflowX))
							out.push(one.getAttribute("part") ?? one.localName);
					}
				return document.documentElement.scrollWidth > innerWidth + 1 ? ["page", ...out] : out;
			});
		assert.deepEqual(await wide(), [], `${variant} ${lang} idle`);
		await talk(page);
		await page.locator("ringdown-call .devices").waitFor({ state: "attached" });
		assert.deepEqual(await wide(), [], `${variant} ${lang} in a call`);
		await page.locator("ringdown-call .end").click();
		await waitState(page, "ended");
		assert.deepEqual(await wide(), [], `${variant} ${lang} ended`);
		await page.context().close();
	}
});
