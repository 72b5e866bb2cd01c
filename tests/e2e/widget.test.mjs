/* e2e/widget.test.mjs - the widget in real browsers, against a server that obeys or misbehaves.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The media is moved by hand (help/fake-media.mjs), so that every state can
 * be reached; call.test.mjs has the real one. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, afterEach, before } from "node:test";
import { until } from "../help/wait.mjs";
import {
	FRAMES,
	inBrowsers,
	launcher,
	nameOf,
	openBrowser,
	placeOf,
	status,
	still,
	waitState,
	widget,
} from "./help/browser.mjs";
import { fakeMedia } from "./help/fake-media.mjs";
import { problem, RudeServer } from "./help/rude-server.mjs";

const axe = readFileSync(
	new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url),
	"utf8",
);

const FALLBACK = `<a href="tel:+15550100">Call us: 555 0100</a>`;
const DIV = `<div data-ringdown="support" data-token="a.b.c">${FALLBACK}</div>`;

const html = (body, head = "") => `<!doctype html><html lang="en"><title>Bank</title>${head}
<h1>Bank</h1>${body}<script src="/ringdown.js"></script></html>`;

let server;
let browser;
const test = inBrowsers((one) => {
	browser = one;
}, FRAMES, /press, talk|keyboard alone|denied|may not use|policy|hold a call back|link is there|shows intent|two buttons/);

before(async () => {
	server = await new RudeServer().open();
});

after(() => server?.close());

afterEach(() => {
	server.next = {};
	server.provider = "engine";
	server.onStart = () => undefined;
	server.onDelete = (call) =>
		call.say({ state: "ended", reason: "ended_by_caller", by: "caller", seconds: 1 });
});

/* A fresh page with a record of everything it complains about. */
async function open(
	body = DIV,
	{ from = browser, media = true, headers, context = {}, path = "/page" } = {},
) {
	const page = await (await from.newContext(context)).newPage();

	page.complaints = [];
	page.requests = [];
	page.on("request", (request) => page.requests.push(new URL(request.url()).pathname));
	page.on("console", (message) => {
		if (["error", "warning"].includes(message.type()))
			page.complaints.push(`${message.text()} ${message.location().url}`);
	});
	page.on("pageerror", (error) => page.complaints.push(String(error)));
	if (media) await page.addInitScript(fakeMedia);
	await page.addInitScript(() => {
		window.seen = [];
		for (const type of [
			"ready",
			"state",
			"answered",
			"ended",
			"failed",
			"busy",
			"beforecall",
			"availability",
			"quality",
		])
			addEventListener(
				`ringdown:${type}`,
				(event) =>
					window.seen.push([
						type,
						JSON.parse(JSON.stringify(event.detail ?? null)),
					]),
				true,
			);
	});
	await page.goto(
		server.page(path, body.startsWith("<!doctype") ? body : html(body), headers),
	);
	return page;
}

const seen = (page, type) =>
	page.evaluate(
		(wanted) =>
			window.seen.filter(([name]) => name === wanted).map(([, detail]) => detail),
		type,
	);
const said = (page, role) => page.locator(`ringdown-call > [role=${role}]`).textContent();
const news = (one) => server.call.say(one);

async function talk(page) {
	await launcher(page).click();
	await waitState(page, "connecting");
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
	news({ state: "in-call" });
	await waitState(page, "in-call");
}

async function failedWith(page, title, sentence) {
	await waitState(page, "failed");
	assert.equal(await status(page).textContent(), title);
	assert.equal(await page.locator("ringdown-call .say").textContent(), sentence);
	assert.equal(await said(page, "alert"), `${title} ${sentence}`);
}

test("press, talk, hang up: the states, the events, the microphone off", async () => {
	const page = await open();

	await talk(page);
	await page.locator("ringdown-call .end").click();
	await waitState(page, "ended");
	assert.deepEqual(
		(await seen(page, "state")).map(({ from, to }) => `${from} ${to}`),
		[
			"idle signing-in",
			"signing-in permission",
			"permission connecting",
			"connecting in-call",
			"in-call ending",
			"ending ended",
		],
	);
	assert.deepEqual(await seen(page, "answered"), [
		{ callId: server.call.id, supportId: "K7-4QD" },
	]);
	assert.deepEqual(await seen(page, "ended"), [
		{ reason: "ended_by_caller", by: "caller", seconds: 1 },
	]);
	assert.equal(server.call.deletes, 1);
	assert.equal(server.call.token, "Bearer a.b.c");
	assert.deepEqual(server.call.body, { destination: "support" });
	assert.equal(
		await page.evaluate(() =>
			window.fakeMedia.stream
				.getTracks()
				.every((track) => track.readyState === "ended"),
		),
		true,
	);
	assert.deepEqual(page.complaints, []);
});

test("the keyboard alone suffices", async () => {
	const page = await open();

	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await waitState(page, "connecting");
	news({ state: "in-call" });
	await waitState(page, "in-call");
	const focused = () =>
		page.evaluate(() => {
			let at = document.activeElement;
			while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
			return at.getAttribute("part") ?? at.className;
		});
	assert.equal(await focused(), "status", "first focus is the status, not hang-up");
	await page.keyboard.press("m");
	assert.equal(await page.evaluate(() => window.fakeMedia.isMuted), true);
	assert.equal(await said(page, "status"), "Your microphone is muted.");
	await page.keyboard.press("m");
	await page.keyboard.press("k");
	await page.keyboard.type("12#");
	await until(() => server.call.digits === "12#", () => `12#, but ${server.call.digits}`);
	await page.keyboard.press("k");

	await page.keyboard.press("Escape");
	assert.equal(await page.locator("ringdown-call .pill").isVisible(), true, "Esc folds");
	assert.equal(
		await widget(page).getAttribute("data-state"),
		"in-call",
		"and never hangs up",
	);
	await page.keyboard.press("Enter");
	assert.equal(await page.locator("ringdown-call .panel").isVisible(), true);

	const order = [];
	await page.locator("ringdown-call .devices").waitFor();
	for (let i = 0; i < 6; i++) {
		await page.keyboard.press("Tab");
		order.push(await focused());
	}
	assert.deepEqual(order, [
		"button",
		"button mute",
		"button hold",
		"button",
		"button button-danger hangup",
		"link",
	]);
	await page.keyboard.press("Shift+Tab");
	await page.keyboard.press("Enter");
	await waitState(page, "ended");
	await page.keyboard.press("Escape");
	await waitState(page, "idle");
	assert.equal(await focused(), "launcher", "focus goes back to the button");
});

test("each refusal of the server has a sentence of its own", async () => {
	const cases = [
		[
			401,
			"auth_refused",
			"Sign-in was not accepted",
			"We couldn't confirm who you are. Sign in again to call.",
		],
		[
			401,
			"auth_required",
			"Please sign in",
			"Sign in to call, so that we know who you are.",
		],
		[
			403,
			"forbidden_destination",
			"You can't call this line",
			"It doesn't exist, or your account may not call it.",
		],
		[
			429,
			"limit_concurrent",
			"You already have a call",
			"Another call of yours is still open. End it first, then try again.",
		],
		[
			503,
			"provider_down",
			"Our phone system has a problem",
			"We can't place calls right now. Please try again soon.",
		],
		[
			503,
			"draining",
			"One moment, please",
			"The phone service is restarting. Please try again in a minute.",
		],
	];
	const page = await open();

	for (const [code, name, title, sentence] of cases) {
		server.next.start = () => problem(code, name);
		await launcher(page).click();
		await failedWith(page, title, sentence);
		await page.keyboard.press("Escape");
		await waitState(page, "idle");
	}
	server.next.start = () => problem(429, "limit_rate", { headers: { "retry-after": "120" } });
	await launcher(page).click();
	await failedWith(
		page,
		"That was several calls in a row",
		"You've started several calls. Try again in 2 minutes.",
	);
});

test("busy and its like come from the far side, each in its words", async () => {
	const page = await open();
	let calls = 0;

	for (const [reason, title, sentence] of [
		[
			"busy",
			"The line is busy",
			"They are on another call. Please try again in a moment.",
		],
		["no_answer", "Nobody answered", "It rang, but nobody picked up."],
		["declined", "The call was declined", "They can't take your call now."],
	]) {
		await launcher(page).click();
		await waitState(page, "connecting");
		await page.waitForFunction((n) => window.fakeMedia.joined === n, ++calls);
		news({ state: "ringing" });
		await waitState(page, "ringing");
		news({ state: "ended", reason, by: "system" });
		await failedWith(page, title, sentence);
		assert.equal(
			await page.locator("ringdown-call .offers a").getAttribute("href"),
			"tel:+15550100",
		);
		await page.keyboard.press("Escape");
		await waitState(page, "idle");
	}
});

test("a server out of reach is said to be that", async () => {
	const page = await open();

	await page.route("**/v1/calls", (route) => route.abort("connectionrefused"));
	await launcher(page).click();
	await failedWith(
		page,
		"We can't reach the phone service",
		"It did not answer from this network. Please try again.",
	);
	await page.unroute("**/v1/calls");
	await page.locator("ringdown-call .offers .primary").click();
	await waitState(page, "connecting");
});

test("a denied microphone is told with the steps of this browser", async () => {
	const denying = await openBrowser({ name: nameOf(browser), microphone: "denied" });
	const calls = server.calls.length;

	try {
		const page = await open(DIV, { from: denying });
		await launcher(page).click();
		await waitState(page, "failed");
		const [{ reason }] = await seen(page, "failed");
		assert.ok(["mic_denied", "mic_dismissed"].includes(reason), reason);
		const page2 = await open(DIV, { from: denying });
		await page2.evaluate(() => {
			navigator.permissions.query = () => Promise.resolve({ state: "denied" });
		});
		await launcher(page2).click();
		await failedWith(
			page2,
			"Microphone is blocked",
			"Your browser is not letting this page use the microphone.",
		);
		assert.equal(await page2.locator("ringdown-call .steps li").count(), 3);
		assert.equal(server.calls.length, calls, "no call was asked for");
	} finally {
		await denying.close();
	}
});

test("each trouble with the microphone has its own sentence", async () => {
	const page = await open();

	for (const [name, permission, title] of [
		["NotAllowedError", "prompt", "No answer about the microphone"],
		["NotFoundError", "prompt", "No microphone found"],
		["NotReadableError", "granted", "Microphone is in use"],
	]) {
		await page.evaluate(
			([error, state]) => {
				navigator.mediaDevices.getUserMedia = () =>
					Promise.reject(new DOMException("no", error));
				navigator.permissions.query = () => Promise.resolve({ state });
			},
			[name, permission],
		);
		await launcher(page).click();
		await waitState(page, "failed");
		assert.equal(await status(page).textContent(), title);
		await page.keyboard.press("Escape");
		await waitState(page, "idle");
	}
});

test("a question about the microphone waits for ever, with a hint after 8 s", async () => {
	const page = await open();

	await page.clock.install();
	await page.evaluate(() => {
		const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
		navigator.mediaDevices.getUserMedia = (wish) =>
			new Promise((allow) => {
				window.allow = () => allow(ask(wish));
			});
	});
	await launcher(page).click();
	await waitState(page, "permission");
	await page.clock.fastForward(300_000);
	assert.equal(await widget(page).getAttribute("data-state"), "permission");
	assert.equal(
		await page.locator("ringdown-call .say").textContent(),
		"Still waiting: look for the question near the address bar.",
	);
	await page.evaluate(() => window.allow());
	await waitState(page, "connecting");
});

test("a frame that may not use the microphone says so without asking", async () => {
	const other = server.origin.replace("localhost", "127.0.0.1");
	server.page("/framed", html(DIV));
	const page = await open(
		`<!doctype html><iframe src="${other}/framed" width="800" height="600"></iframe>`,
	);
	const frame = page.frameLocator("iframe");

	await frame.locator("ringdown-call .launcher").click();
	await frame.locator("ringdown-call[data-state=failed]").waitFor({ state: "attached" });
	assert.equal(
		await frame.locator("ringdown-call .status").textContent(),
		"Microphone not available here",
	);
});

test("without the script the phone link is there and works", async () => {
	const page = await open(html(DIV).replace("/ringdown.js", "/blocked.js"));

	assert.equal(await page.locator("a[href^=tel]").isVisible(), true);
});

test("with the widget the phone link is out of sight, and untouched", async () => {
	const page = await open();

	assert.equal(await launcher(page).isVisible(), true);
	assert.equal(await page.locator("div > a[href^=tel]").isVisible(), false);
	assert.equal(await page.locator("div > a[href^=tel]").getAttribute("hidden"), null);
});

test("on an insecure page the phone link stays", async () => {
	const mapped = await openBrowser({
		args: ["--host-resolver-rules=MAP bank.test 127.0.0.1"],
	});

	try {
		server.page("/insecure", html(DIV));
		const page = await (await mapped.newContext()).newPage();
		await page.goto(`http://bank.test:${server.port}/insecure`);
		assert.equal(await page.evaluate(() => isSecureContext), false);
		assert.equal(await page.locator("a[href^=tel]").isVisible(), true);
		assert.equal(await launcher(page).count(), 0);
	} finally {
		await mapped.close();
	}
});

test("when the panel cannot be fetched the phone link comes back", async () => {
	const page = await open();

	await page.route("**/panel-*.js", (route) => route.abort());
	await launcher(page).click();
	await page.locator("div > a[href^=tel]").waitFor({ state: "visible" });
	assert.equal(
		await said(page, "alert"),
		"It did not answer from this network. Please try again.",
	);
	await page.unroute("**/panel-*.js");
	await launcher(page).click();
	await waitState(page, "connecting");
});

test("a part that was tampered with is not run", async () => {
	const page = await open(DIV, { media: false });

	await page.route("**/panel-*.js", async (route) => {
		const response = await route.fetch();
		await route.fulfill({
			response,
			body: `${await response.text()};window.tampered=1`,
		});
	});
	await launcher(page).click();
	await page.locator("div > a[href^=tel]").waitFor({ state: "visible" });
	assert.equal(await page.evaluate(() => window.tampered), undefined);
});

for (const [provider, part] of [
	["engine", "media-engine"],
	["connect", "media-chime"],
	["chime", "media-chime"],
])
	test(`${provider}: a strict policy and trusted types are enough, without one report`, async () => {
		const policy =
			"default-src 'none'; script-src 'self'; connect-src 'self' ws://localhost:*; " +
			"require-trusted-types-for 'script'; trusted-types ringdown";
		const page = await open(DIV, {
			media: false,
			headers: { "content-security-policy": policy },
		});

		server.provider = provider;
		await launcher(page).click();
		await waitState(page, "connecting");
		await page.waitForFunction(
			(name) => globalThis[Symbol.for("ringdown.parts")]?.[name],
			part,
		);
		await page.waitForTimeout(500);
		assert.equal(await page.locator("ringdown-call .panel").isVisible(), true);
		assert.equal(
			(await page.locator("ringdown-call .panel").boundingBox()).width > 300,
			true,
		);
		assert.equal(
			page.requests.some((path) => path.startsWith("/media-chime")),
			provider !== "engine",
			"the SDK is fetched where it is used",
		);
		assert.ok(
			page.requests.some((path) => path.startsWith("/control/")) ||
				page.complaints.some((line) => line.includes("/control/")),
			"it has tried to connect",
		);
		/* The signaling address of this server answers nothing: that is said. */
		assert.deepEqual(
			page.complaints.filter((line) => !line.includes("/control/")),
			[],
		);
	});

test("a media part that was tampered with is not run, and that is said", async () => {
	const page = await open(DIV, { media: false });

	server.provider = "connect";
	await page.route("**/media-chime-*.js", async (route) => {
		const response = await route.fetch();
		await route.fulfill({
			response,
			body: `${await response.text()};window.tampered=1`,
		});
	});
	await launcher(page).click();
	await waitState(page, "failed");
	assert.equal(await page.evaluate(() => window.tampered), undefined);
});

test("nothing is fetched or stored before the person shows intent", async () => {
	const page = await open(DIV.replace("<div", '<div data-hours="off"'), { media: false });
	const paths = () => page.requests.filter((path) => path !== "/favicon.ico");

	await page.waitForTimeout(200);
	assert.deepEqual(paths(), ["/page", "/ringdown.js"]);
	await launcher(page).hover();
	await page.waitForFunction(() => globalThis[Symbol.for("ringdown.parts")]?.panel);
	assert.equal(paths().length, 3, "what a call needs, in one file, on hover");
	assert.deepEqual(
		await page.evaluate(() => [
			localStorage.length,
			sessionStorage.length,
			document.cookie,
		]),
		[0, 0, ""],
	);
});

test("two buttons, one call: the second shows the first and says so", async () => {
	const page = await open(`${DIV}<div data-ringdown="cards" data-token="a.b.c"></div>`);

	await launcher(page).first().click();
	await page
		.locator("ringdown-call[to=support][data-state=connecting]")
		.waitFor({ state: "attached" });
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
	const before = server.calls.length;
	await page.keyboard.press("Escape");
	await page.locator("ringdown-call[to=cards] .launcher").click();
	await page.waitForFunction(() => window.seen.some(([type]) => type === "busy"));
	assert.deepEqual(await seen(page, "busy"), [{ to: "cards" }]);
	assert.equal(await page.locator("ringdown-call[to=support] .panel").isVisible(), true);
	assert.equal(server.calls.length, before);
});

test("the page may hold a call back, change its hints, or refuse it", async () => {
	const page = await open(
		`<div data-ringdown="support" data-token="a.b.c" data-hint-topic="refund"></div>`,
	);

	await page.evaluate(() =>
		addEventListener(
			"ringdown:beforecall",
			(event) => {
				event.preventDefault();
				window.isHeldBack = true;
			},
			{ once: true },
		),
	);
	await launcher(page).click();
	await page.waitForFunction(() => window.isHeldBack);
	await page.waitForTimeout(100);
	assert.equal((await widget(page).getAttribute("data-state")) ?? "idle", "idle");
	await page.evaluate(() =>
		addEventListener(
			"ringdown:beforecall",
			(event) => {
				event.detail.hints.page = "statement";
				event.detail.waitUntil(
					new Promise((resolve) => {
						window.goOn = resolve;
					}),
				);
			},
			{ once: true },
		),
	);
	await launcher(page).click();
	await page.waitForFunction(() => window.goOn);
	assert.equal((await seen(page, "state")).length, 0);
	const before = server.calls.length;
	await page.evaluate(() => window.goOn());
	await waitState(page, "connecting");
	await until(() => server.calls.length > before, "the call is asked for");
	assert.deepEqual(server.call.body, {
		destination: "support",
		hints: { topic: "refund", page: "statement" },
	});
});

test("a token comes from the page's function, a POST, or the attribute", async () => {
	const page = await open(
		`<div data-ringdown="support" data-token-url="/token" data-token="x"></div>`,
	);

	server.next.token = () => ({ status: 200, body: { access_token: "from.the.site" } });
	await launcher(page).click();
	await waitState(page, "connecting");
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
	assert.equal(server.call.token, "Bearer from.the.site");
	await page.locator("ringdown-call .end").click();
	await waitState(page, "ended");
	await page.keyboard.press("Escape");

	await page.evaluate(() =>
		window.Ringdown.configure({
			getToken: async ({ to, reason }) => `${to}.${reason}`,
		}),
	);
	await launcher(page).click();
	await waitState(page, "connecting");
	await page.waitForFunction(() => window.fakeMedia.joined === 2);
	assert.equal(server.call.token, "Bearer support.start");
});

test("a site that says no one is signed in offers its sign-in", async () => {
	const page = await open(`<div data-ringdown="support" data-token-url="/token"></div>`);

	await page.evaluate(() =>
		window.Ringdown.configure({
			onAuthRequired: ({ to }) => {
				window.asked = to;
			},
		}),
	);
	server.next.token = () => ({ status: 401 });
	await launcher(page).click();
	await failedWith(page, "Please sign in", "Sign in to call, so that we know who you are.");
	await page.locator("ringdown-call .offers .primary").click();
	assert.equal(await page.evaluate(() => window.asked), "support");
});

test("a token address of another site is refused", async () => {
	const other = server.origin.replace("localhost", "127.0.0.1");
	const page = await open(
		`<div data-ringdown="support" data-token-url="${other}/token"></div>`,
	);

	await launcher(page).click();
	await waitState(page, "failed");
	assert.equal((await seen(page, "failed"))[0].reason, "auth_refused");
	assert.equal(
		server.requests.filter(
			({ headers, pathname }) =>
				pathname === "/token" && headers.host.startsWith("127"),
		).length,
		0,
	);
});

test("divs that come late, attributes that change, your own button", async () => {
	const page = await open(`<button id="help">Help</button>`);

	await page.evaluate(() => {
		const div = document.createElement("div");
		div.dataset.ringdown = "late-comers";
		div.dataset.token = "a.b.c";
		document.body.append(div);
	});
	assert.equal(await launcher(page).textContent(), "Call late comers");
	await page.evaluate(() => {
		document.querySelector("[data-ringdown]").dataset.label = "Talk to us";
	});
	assert.equal(await launcher(page).textContent(), "Talk to us");
	assert.equal(await launcher(page).getAttribute("aria-label"), "Talk to us: late comers");
	await page.evaluate(() => {
		document.querySelector("[data-ringdown]").dataset.trigger = "#help";
	});
	assert.equal(await launcher(page).isVisible(), false);
	await page.locator("#help").click();
	await waitState(page, "connecting");
});

test("the element form and the module form are the same thing", async () => {
	const page =
		await open(`<!doctype html><title>x</title><ringdown-call to="billing" token="a.b.c"></ringdown-call>
		<script type="module">import { defineRingdown } from "/ringdown.mjs"; defineRingdown(); defineRingdown();</script>`);

	await launcher(page).click();
	await waitState(page, "connecting");
	assert.equal(await page.evaluate(() => window.Ringdown.current.to), "billing");
	assert.match(await page.evaluate(() => window.Ringdown.version), /^\d+\.\d+\.\d+$/);
});

test("loading the script twice does nothing", async () => {
	const page = await open(html(`${DIV}<script src="/ringdown.js"></script>`));

	assert.equal(await widget(page).count(), 1);
	assert.deepEqual(page.complaints, []);
});

test("sentences can be overridden, as text only", async () => {
	const page = await open(`<script type="application/json" id="words">
		{"launcher.call": "Ring {name} <b>now</b>", "state.in-call": "You are through"}</script>
		<div data-ringdown="support" data-token="a.b.c" data-strings="words"></div>`);

	assert.equal(await launcher(page).textContent(), "Ring support <b>now</b>");
	await talk(page);
	assert.equal(await status(page).textContent(), "You are through");
});

const words = (lang) =>
	JSON.parse(
		readFileSync(new URL(`../../contracts/strings/${lang}.json`, import.meta.url), "utf8"),
	);
const LANGUAGES = readdirSync(new URL("../../contracts/strings", import.meta.url)).map((file) =>
	file.replace(".json", ""),
);
const inLanguage = (lang, body = DIV) => html(body).replace('lang="en"', `lang="${lang}"`);

test("every language: the button at once, the panel whole, names included", { isRest: true }, async () => {
	for (const lang of LANGUAGES) {
		const page = await open(inLanguage(lang));
		const own = words(lang);
		const label = own["launcher.call"].replace("{name}", "support");
		const root = page.locator("ringdown-call .root");

		assert.equal(
			(await launcher(page).textContent()).toLowerCase(),
			label.toLowerCase(),
			lang,
		);
		assert.deepEqual(
			page.requests.filter((path) => !/^.(favicon|v1.destinations)/.test(path)),
			["/page", "/ringdown.js"],
			"nothing before intent",
		);
		await talk(page);
		assert.equal(await status(page).textContent(), own["state.in-call"], lang);
		assert.equal(await root.getAttribute("lang"), lang);
		assert.equal(await root.getAttribute("dir"), own.dir);
		for (const key of ["action.mute", "action.keypad", "action.hang_up", "panel.minimise"])
			assert.equal(
				await page
					.getByRole("button", { name: own[key], exact: true })
					.count(),
				1,
				`${lang} ${key}`,
			);
		const pad = page.locator("ringdown-call .keypad");
		await page.keyboard.press("k");
		await pad.waitFor();
		assert.equal(await pad.getAttribute("aria-label"), own["keypad.label"], lang);
		assert.equal(
			await pad.locator(".key").nth(9).getAttribute("aria-label"),
			own["keypad.star"],
			lang,
		);
		await page.keyboard.press("k");
		await pad.waitFor({ state: "hidden" });
		const tools = page.locator("ringdown-call .tool, ringdown-call .end");
		for (const tool of await tools.all())
			assert.ok(
				await tool.evaluate((one) => one.scrollWidth <= one.clientWidth),
				`${lang} ${await tool.textContent()} fits`,
			);
		const rows = page.locator("ringdown-call .tools");
		const { height } = await rows.boundingBox();
		assert.ok(height < 50, `${lang} has its tools in one line`);
		await page.keyboard.press("m");
		await page
			.locator("ringdown-call > [role=status]", { hasText: own["mic.now_muted"] })
			.waitFor({ state: "attached" });
		assert.equal((await rows.boundingBox()).height, height, `${lang} muted: nothing moves`);
		await page.context().close();
	}
});

test("Arabic runs from right to left", async () => {
	const page = await open(inLanguage("en", DIV.replace("<div", '<div data-lang="ar"')));
	const x = async (part) => (await page.locator(`ringdown-call ${part}`).boundingBox()).x;

	await talk(page);
	assert.ok((await x(".tool >> nth=0")) > (await x(".tool >> nth=1")), "mute is on the right");
	assert.ok((await x(".title")) > (await x(".plain")));
	await page.keyboard.press("k");
	const key = (n) => page.locator("ringdown-call .key").nth(n).boundingBox();
	assert.ok((await key(0)).x < (await key(1)).x, "a keypad is the same everywhere");
});

test("another language takes effect at once, also during a call", async () => {
	const page = await open(inLanguage("de-AT"));
	const set = (selector, name, value) =>
		page.evaluate(
			(given) => document.querySelector(given[0]).setAttribute(given[1], given[2]),
			[selector, name, value],
		);
	const says = (lang, key) =>
		page
			.locator("ringdown-call .status", { hasText: words(lang)[key] })
			.waitFor({ state: "attached" });

	assert.equal(await launcher(page).textContent(), "Support anrufen");
	await set("html", "lang", "fr");
	await page.getByRole("button", { name: "Appeler support" }).waitFor();
	await talk(page);
	await says("fr", "state.in-call");
	await page.keyboard.press("k");
	await set("html", "lang", "pl");
	await says("pl", "state.in-call");
	await set("[data-ringdown]", "data-lang", "ja");
	await says("ja", "state.in-call");
	assert.equal(
		await page.locator("ringdown-call .key").nth(11).getAttribute("aria-label"),
		words("ja")["keypad.pound"],
	);
	await page.keyboard.press("k");
	news({ state: "ended", reason: "busy", by: "system" });
	await waitState(page, "failed");
	await set("[data-ringdown]", "data-lang", "pt");
	await says("pt-BR", "reason.busy");
	await page
		.getByRole("button", { name: words("pt-BR")["action.retry"], exact: true })
		.waitFor();
	assert.equal(
		await page.locator("ringdown-call .support button").textContent(),
		words("pt-BR")["action.copy"],
	);
	await set("[data-ringdown]", "data-lang", "sv");
	await says("pl", "reason.busy");
	await set("html", "lang", "sv");
	await says("en", "reason.busy");
	assert.equal(await page.locator("ringdown-call .root").getAttribute("lang"), "en-US");
});

test("a language that cannot be had, or was tampered with, leaves English", async () => {
	for (const answer of [
		(route) => route.abort(),
		(route) =>
			route.fulfill({
				contentType: "text/javascript",
				headers: { "access-control-allow-origin": "*" },
				body: "window.bad = true",
			}),
	]) {
		const page = await open(inLanguage("tr"));

		await page.route("**/words-*.js", answer);
		await talk(page);
		assert.equal(await status(page).textContent(), words("en")["state.in-call"]);
		assert.match(
			await page.locator("ringdown-call .root").getAttribute("lang"),
			/^en/,
			"said to be what it is",
		);
		assert.equal(await page.evaluate(() => window.bad), undefined);
		await page.context().close();
	}
});

test("a language of the site's own is spoken", async () => {
	const page = await open(inLanguage("sv"));

	await page.evaluate(() =>
		window.Ringdown.configure({
			strings: { sv: { "launcher.call": "Ring {name}", "action.mute": "Tyst" } },
		}),
	);
	await page.getByRole("button", { name: "Ring support" }).waitFor();
	await talk(page);
	await page.getByRole("button", { name: "Tyst" }).waitFor();
	await page.getByRole("button", { name: "Hang up" }).waitFor();
	assert.equal(await page.locator("ringdown-call .root").getAttribute("lang"), "sv");
});

test("reconnecting is told with the time that is left, and the call goes on", async () => {
	const page = await open();

	await talk(page);
	await page.evaluate(() => window.fakeMedia.tell({ is: "lost" }));
	await waitState(page, "reconnecting");
	assert.match(
		await page.locator("ringdown-call .say").textContent(),
		/^The connection dropped\. We keep your call open for [1-4]\d more seconds\.$/,
	);
	await page.evaluate(() => window.fakeMedia.tell({ is: "up" }));
	await waitState(page, "in-call");
	assert.equal(server.call.deletes, 0);
});

test("events that break are resumed and nothing is missed", async () => {
	const page = await open();

	await talk(page);
	server.call.cut();
	news({ state: "held" });
	await waitState(page, "held");
});

test("sound that the browser holds back has one button", async () => {
	const page = await open();

	await talk(page);
	await page.evaluate(() => window.fakeMedia.tell({ is: "sound_blocked", blocked: true }));
	await page.getByRole("button", { name: "Turn on sound" }).click();
	await page
		.getByText("Your browser is holding back the sound.")
		.waitFor({ state: "hidden" });
});

test("hang-up stays in its place from connecting to the end", async () => {
	const page = await open();
	const place = () => placeOf(page, page.locator("ringdown-call .end"));

	await page.evaluate(() => {
		window.fakeMedia.autoUp = false;
	});
	await launcher(page).click();
	await waitState(page, "connecting");
	const first = await place();
	await page.evaluate(() => window.fakeMedia.tell({ is: "up" }));
	for (const state of ["ringing", "in-call", "held"]) {
		news({ state });
		await waitState(page, state);
		assert.deepEqual(await place(), first, state);
	}
	await page.keyboard.press("m");
	assert.deepEqual(await place(), first, "muted");
	news({ state: "ended", reason: "ended_by_advisor", by: "advisor", seconds: 3 });
	await waitState(page, "ended");
	assert.deepEqual(await place(), first, "ended");
});

test("going away during a call tells the server", async () => {
	const page = await open();

	await talk(page);
	const { call } = server;
	await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
	await until(() => call.deletes > 0, "the call is ended");
	assert.equal(call.deletes, 1);
});

test("targets are large enough, names contain what is seen", async () => {
	const page = await open();

	await talk(page);
	for (const button of await page.locator("ringdown-call .panel button:visible").all()) {
		const { width, height } = await button.boundingBox();
		assert.ok(width >= 24 && height >= 24, await button.textContent());
		const name = await button.getAttribute("aria-label");
		assert.ok(name === null || name.includes(await button.textContent()), name);
	}
	assert.equal(await page.getByRole("dialog", { name: "Support" }).count(), 1);
});

/* The panel in the corner is in frames.test.mjs, in each of its frames. */
test("axe finds no fault in the card and the bar, in any state", { isRest: true }, async () => {
	const scenes = {
		idle: async () => undefined,
		permission: async (page) => {
			await page.evaluate(() => {
				navigator.mediaDevices.getUserMedia = () =>
					new Promise(() => undefined);
			});
			await launcher(page).click();
			await waitState(page, "permission");
		},
		"in-call": talk,
		muted: async (page) => {
			await talk(page);
			await page.keyboard.press("m");
		},
		keypad: async (page) => {
			await talk(page);
			await page.keyboard.press("k");
		},
		reconnecting: async (page) => {
			await talk(page);
			await page.evaluate(() => window.fakeMedia.tell({ is: "lost" }));
			await waitState(page, "reconnecting");
		},
		ended: async (page) => {
			await talk(page);
			news({
				state: "ended",
				reason: "ended_by_advisor",
				by: "advisor",
				seconds: 3,
			});
			await waitState(page, "ended");
		},
		failed: async (page) => {
			server.next.start = () =>
				problem(503, "provider_down", { body: { supportId: "AB-CDE" } });
			await launcher(page).click();
			await waitState(page, "failed");
			server.next = {};
		},
	};
	const body = (theme, variant) => `<main><div data-ringdown="support" data-token="a.b.c"
		data-theme="${theme}" data-variant="${variant}">${FALLBACK}</div></main>
		<style>body{background:${theme === "dark" ? "#111" : "#fff"};color:${theme === "dark" ? "#eee" : "#111"}}</style>`;

	for (const [theme, variant] of [
		["light", "inline"],
		["dark", "bar"],
	])
		for (const [name, reach] of Object.entries(scenes)) {
			const page = await open(body(theme, variant));
			await reach(page);
			await still(page);
			await page.evaluate(axe);
			const faults = await page.evaluate(async () =>
				(
					await window.axe.run("[data-ringdown]", {
						resultTypes: ["violations"],
					})
				).violations.flatMap(({ id, nodes }) =>
					nodes.map(
						({ target, failureSummary }) =>
							`${id} ${JSON.stringify(target)} ${failureSummary}`,
					),
				),
			);
			assert.deepEqual(faults, [], `${theme} ${variant} ${name}`);
			await page.context().close();
		}
});

test("every live attribute takes effect at once", async () => {
	const page = await open(`${DIV}<script type="application/json" id="words">
		{"action.mute": "Hush"}</script>`);
	const set = (name, value) =>
		page.evaluate(
			([attribute, given]) =>
				document
					.querySelector("[data-ringdown]")
					.setAttribute(`data-${attribute}`, given),
			[name, value],
		);
	const root = page.locator("ringdown-call .root");
	const color = () => launcher(page).evaluate((one) => getComputedStyle(one).backgroundColor);

	await set("variant", "floating");
	assert.equal(
		await launcher(page).evaluate((one) => getComputedStyle(one).position),
		"fixed",
	);
	const end = await launcher(page).boundingBox();
	await set("position", "top-start");
	const start = await launcher(page).boundingBox();
	assert.ok(start.x < end.x && start.y < end.y);
	const { height } = start;
	await set("size", "lg");
	assert.ok((await launcher(page).boundingBox()).height > height);
	await set("theme", "light");
	const light = await color();
	await set("theme", "dark");
	assert.notEqual(await color(), light);
	await set("theme", "purple");
	assert.equal(await root.getAttribute("data-theme"), "light", "unknown is the default");
	await set("label", "Talk");
	assert.equal(await launcher(page).textContent(), "Talk");
	await set("ringdown", "cards");
	assert.equal(await launcher(page).getAttribute("aria-label"), "Talk: cards");
	await set("display-name", "Ana");
	await set("token", "d.e.f");
	await set("hint-topic", "loss");

	await talk(page);
	assert.equal(server.call.token, "Bearer d.e.f");
	assert.deepEqual(server.call.body, {
		destination: "cards",
		displayName: "Ana",
		hints: { topic: "loss" },
	});
	const keys = page.getByRole("button", { name: "Keypad" });
	assert.equal(await keys.isVisible(), true);
	await set("keypad", "off");
	await keys.waitFor({ state: "hidden" });
	await set("strings", "words");
	await page.getByRole("button", { name: "Hush" }).waitFor();
});
