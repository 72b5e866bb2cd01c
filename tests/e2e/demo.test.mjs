/* e2e/demo.test.mjs - every frame of the storyboard: without a server, and with one that offers it all.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The frames come from the one list, web/widget/demo/frames.ts. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { after, afterEach, before } from "node:test";
import { until } from "../help/wait.mjs";
import { inBrowsers, launcher, placeOf, status, waitState, widget } from "./help/browser.mjs";
import { fakeMedia } from "./help/fake-media.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const { build } = createRequire(new URL("../../web/package.json", import.meta.url))("esbuild");

const html = (attributes) => `<!doctype html><html lang="en"><title>Bank</title>
<meta name="viewport" content="width=device-width"><h1>Bank</h1>
<div data-ringdown="support" data-token="a.b.c" ${attributes}><a href="tel:+15550100">Call us: 555 0100</a></div>
<script src="/ringdown.js"></script></html>`;

const DEMO = 'data-provider="demo"';
const PARTS = /^\/(page|ringdown\.js|favicon\.ico|(panel|extras|demo|diagnostics|index|more-en)(-[0-9a-f]+\.js)?)$/;

let server;
let browser;
const test = inBrowsers((one) => {
	browser = one;
}, {}, /plays a whole call/);
let FRAMES;

before(async () => {
	const { outputFiles } = await build({
		entryPoints: [fileURLToPath(new URL("../../web/widget/demo/frames.ts", import.meta.url))],
		bundle: true,
		write: false,
		format: "esm",
	});
	const code = Buffer.from(outputFiles[0].contents).toString("base64");
	({ FRAMES } = await import(`data:text/javascript;base64,${code}`));
	server = await new RudeServer().open();
});

after(() => server?.close());

afterEach(() => {
	server.next = {};
	server.callbacks = [];
});

/* Everything that is told, asked for or complained about is kept. */
async function open(attributes = "", { media = false, context = {}, prepare } = {}) {
	const page = await (await browser.newContext(context)).newPage();

	page.complaints = [];
	page.requests = [];
	page.on("request", (request) => page.requests.push(new URL(request.url()).pathname));
	page.on("console", (message) => page.complaints.push(message.text()));
	page.on("pageerror", (error) => page.complaints.push(String(error)));
	if (media) await page.addInitScript(fakeMedia);
	await page.addInitScript(() => {
		window.seen = [];
		window.asked = 0;
		const { mediaDevices } = navigator;
		if (!mediaDevices) return; /* the empty page that Firefox begins with */
		const ask = mediaDevices.getUserMedia.bind(mediaDevices);
		mediaDevices.getUserMedia = (wish) => {
			window.asked++;
			return ask(wish);
		};
		for (const type of ["availability", "state", "answered", "queue", "callback", "consent", "rating", "message", "ended", "failed"])
			addEventListener(
				`ringdown:${type}`,
				(event) => window.seen.push([type, JSON.parse(JSON.stringify(event.detail))]),
				true,
			);
	});
	await prepare?.(page);
	await page.goto(server.page("/page", html(attributes)));
	return page;
}

const frame = (page, name) =>
	page.evaluate(
		(given) => document.querySelector("[data-ringdown]").setAttribute("data-demo-state", given),
		name,
	);
const seen = (page, type) =>
	page.evaluate(
		(wanted) => window.seen.filter(([name]) => name === wanted).map(([, detail]) => detail),
		type,
	);
const part = (page, selector) => page.locator(`ringdown-call ${selector}`);
const panelText = (page) => part(page, ".panel").innerText();
const say = (news) => server.call.say(news);
const offer = (more) => {
	server.next.hours = () => ({
		status: 200,
		body: { destination: "support", open: true, zone: "UTC", ...more },
	});
};

async function join(page) {
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
}

/* What the button asked for is known before it is pressed. */
async function press(page) {
	await page.waitForFunction(() => window.seen.some(([type]) => type === "availability"));
	await launcher(page).click();
}

async function talk(page) {
	await press(page);
	await join(page);
	say({ state: "in-call" });
	await waitState(page, "in-call");
}

test("every frame of the storyboard is reached without a server and without a microphone", async () => {
	const page = await open(`${DEMO} data-demo-state="keypad"`);

	/* All that is ever fetched is here now; the rest happens offline. */
	await part(page, ".keypad").waitFor();
	await frame(page, "report");
	await part(page, ".report").waitFor();
	await page.context().setOffline(true);
	for (const { name, state } of FRAMES) {
		await frame(page, "idle");
		await waitState(page, "idle");
		await frame(page, name);
		await waitState(page, state);
		if (state === "idle") continue;
		const heading = await status(page).textContent();
		assert.match(heading, /^[^.]*[a-z][^.]*$/i, `${name} says "${heading}"`);
		assert.doesNotMatch(
			await part(page, ".dock").innerText(),
			/\b(state|reason|queue|callback|rating|hold|action)\.[a-z]/,
			`${name} has all its words`,
		);
	}
	assert.equal(await page.evaluate(() => window.asked), 0, "no microphone");
	for (const path of page.requests) assert.match(path, PARTS);
	assert.deepEqual(page.complaints, []);
});

test("the demo plays a whole call, from the press to the receipt of the hang-up", async () => {
	const page = await open(DEMO, { prepare: (one) => one.clock.install() });
	const reach = async (state) => {
		await until(async () => {
			await page.clock.runFor(400);
			return (await widget(page).getAttribute("data-state")) === state;
		}, `the demo comes to ${state}`);
	};

	await launcher(page).click();
	await reach("consent");
	await part(page, "[part=consent] button").first().click();
	for (const state of ["permission", "connecting", "ringing", "queued", "in-call", "held"])
		await reach(state);
	for (const state of ["in-call", "reconnecting", "in-call", "transferring", "in-call"])
		await reach(state);
	await part(page, ".end").click();
	await reach("ended");
	assert.equal(await page.evaluate(() => window.asked), 0, "no microphone");
	assert.equal((await seen(page, "answered")).length, 1, "answered is told once");
	assert.deepEqual(await seen(page, "consent"), [{ version: "demo-1", accepted: true }]);
	for (const path of page.requests) assert.match(path, PARTS);
	assert.deepEqual(page.complaints, []);
});

test("a frame that is taken away leaves the button, and the next one comes", async () => {
	const page = await open(`${DEMO} data-demo-state="held"`);

	await waitState(page, "held");
	await page.evaluate(() =>
		document.querySelector("[data-ringdown]").removeAttribute("data-demo-state"),
	);
	await waitState(page, "idle");
	await part(page, ".panel").waitFor({ state: "hidden" });
	await frame(page, "queued");
	await waitState(page, "queued");
	await page.evaluate(() => document.activeElement === document.body || Promise.reject("focus"));
});

test("hang-up keeps its place from connecting to the end, whatever else is shown", async () => {
	const page = await open(`${DEMO} data-demo-state="connecting"`, {
		context: { viewport: { width: 800, height: 760 } },
	});
	const still = FRAMES.filter(({ state, does = [] }) =>
		/^(connecting|ringing|queued|in-call|held|transferring|reconnecting|resuming|ending|ended)$/.test(state) &&
		!does.includes("fold"),
	);

	await waitState(page, "connecting");
	const { x, y, width } = await placeOf(page, part(page, ".end"));
	for (const { name, state } of still) {
		await frame(page, name);
		await waitState(page, state);
		await part(page, ".end").waitFor();
		const place = await placeOf(page, part(page, ".end"));
		assert.deepEqual(
			[place.x, Math.round(place.y), place.width],
			[x, Math.round(y), width],
			name,
		);
	}
});

test("numbers of the line vanish when they are not known", async () => {
	offer({});
	const page = await open("", { media: true });

	await press(page);
	await join(page);
	say({ state: "ringing", queuePosition: 3, expectedWaitSeconds: 130 });
	await waitState(page, "queued");
	await page.getByText("You are about number 3 in line.").first().waitFor();
	await page.getByText("Usual wait: about 5 minutes").waitFor();
	say({ state: "queued", queue: { position: 4 } });
	await page.getByText("You are about number 4 in line.").first().waitFor();
	assert.doesNotMatch(await panelText(page), /Usual wait/);
	say({ state: "queued", queue: {} });
	await page.getByText("Stay on the line, somebody will be with you.").first().waitFor();
	assert.doesNotMatch(await part(page, ".body").innerText(), /\d/, "no number is left");
	assert.deepEqual(await seen(page, "queue"), [
		{ position: 3, waitSeconds: 130 },
		{ position: 4 },
		{},
	]);
	/* A page may leave them out altogether. */
	say({ state: "queued", queue: { position: 2, waitSeconds: 5000 } });
	await page.getByText("Usual wait: 30 minutes or more").waitFor();
	await page.evaluate(() =>
		document.querySelector("[data-ringdown]").setAttribute("data-queue", "off"),
	);
	await page.getByText("Usual wait: 30 minutes or more").waitFor({ state: "detached" });
	assert.doesNotMatch(await part(page, ".body").innerText(), /\d/);
	assert.deepEqual(page.complaints, []);
});

test("ringing and waiting are never shown as talking", async () => {
	const page = await open("", { media: true });
	const isTalk = async () => (await part(page, ".time").isVisible()) || (await part(page, ".hold").isVisible());

	await press(page);
	await join(page);
	for (const state of ["ringing", "queued", "ringing"]) {
		say({ state });
		await waitState(page, state);
		assert.equal(await isTalk(), false, `${state}: no time runs, nothing can be held`);
		assert.deepEqual(await seen(page, "answered"), []);
	}
	say({ state: "in-call" });
	await waitState(page, "in-call");
	await part(page, ".time").waitFor();
	assert.equal((await seen(page, "answered")).length, 1);
});

test("closed hours are told in the caller's own time, on both sides of a change of the clock", async () => {
	/* New York's clocks went forward on 8 March 2026, Madrid's do on the 29th. */
	for (const [now, opensAt, shown] of [
		["2026-03-06T20:00:00Z", "2026-03-09T08:00:00Z", /Monday,?( at)? 4:00\sAM EDT/],
		["2026-02-27T20:00:00Z", "2026-03-02T08:00:00Z", /Monday,?( at)? 3:00\sAM EST/],
		["2026-03-27T20:00:00Z", "2026-03-30T07:00:00Z", /Monday,?( at)? 3:00\sAM EDT/],
	]) {
		offer({ open: false, opensAt, zone: "Europe/Madrid" });
		const calls = server.calls.length;
		const page = await open("", {
			media: true,
			context: { timezoneId: "America/New_York", locale: "en-US" },
			prepare: (one) => one.clock.setFixedTime(new Date(now)),
		});

		await press(page);
		await waitState(page, "closed");
		assert.match(await panelText(page), shown, now);
		assert.equal(server.calls.length, calls, "nobody is called");
		assert.equal(await page.evaluate(() => window.asked), 0, "no microphone");
		await page.context().close();
	}
});

test("closed until nobody knows when: asked again, and the button is there by itself", async () => {
	offer({ open: false });
	const page = await open("", { media: true, prepare: (one) => one.clock.install() });
	const asked = async () => (await seen(page, "availability")).length;

	await part(page, ".launcher").filter({ hasText: "Closed" }).waitFor();
	await press(page);
	await waitState(page, "closed");
	for (let minute = 1; minute <= 4; minute++) {
		const before = await asked();
		await page.clock.runFor(66_000);
		await until(async () => (await asked()) > before, "it is asked again");
		await waitState(page, "closed");
		assert.ok((await asked()) <= before + 2, `asked ${(await asked()) - before} times in minute ${minute}`);
	}
	offer({});
	await page.clock.runFor(66_000);
	await waitState(page, "idle");
	await part(page, ".launcher").filter({ hasNotText: "Closed" }).waitFor();
});

test("whoever asks for a callback keeps the place in the line", async () => {
	offer({ callback: {} });
	const page = await open("", { media: true });

	await press(page);
	await join(page);
	say({ state: "queued", queue: { position: 3 } });
	await waitState(page, "queued");
	await page.getByRole("button", { name: "Call me when it's my turn" }).click();
	assert.equal(await widget(page).getAttribute("data-state"), "queued", "the place is kept meanwhile");
	const field = page.getByLabel("Phone number");
	await field.fill("555");
	await field.press("Enter");
	await page.getByText("Write the number with its country code").waitFor();
	assert.equal(await field.getAttribute("aria-invalid"), "true");
	assert.deepEqual(server.callbacks, [], "nothing is sent that cannot be called");
	assert.equal(await field.getAttribute("autocomplete"), "tel");
	server.next.callback = () => ({
		status: 201,
		body: { id: "cb1", state: "waiting", position: 3, reference: "K7-4QD" },
	});
	await field.fill("+1 555 010 0123");
	await field.press("Enter");
	await waitState(page, "callback-done");
	await page.getByText("You keep your place in line: 3.").waitFor();
	await page.getByText("Reference K7-4QD").waitFor();
	await until(() => server.call.deletes === 1, "the line is left");
	assert.deepEqual(server.callbacks, [
		[
			"/v1/callbacks",
			{ destination: "support", phone: "+15550100123", callId: server.call.id },
			"Bearer a.b.c",
		],
	]);
	assert.deepEqual(await seen(page, "callback"), [{ id: "cb1", state: "waiting" }], "no number is told");
	await page.getByRole("button", { name: "Cancel request" }).click();
	await waitState(page, "idle");
	assert.equal(server.callbacks[1][0], "/v1/callbacks/cb1/cancel");
	assert.deepEqual(page.complaints, []);
});

test("digits that are hidden are sent, and stand nowhere", async () => {
	const page = await open("", { media: true });

	await talk(page);
	await page.keyboard.press("k");
	await page.keyboard.type("12");
	await part(page, ".typed").getByText("12").waitFor();
	await page.getByLabel("Hide the digits").check();
	await page.keyboard.type("4711#");
	await until(() => server.call.digits === "124711#", () => `4711#, but ${server.call.digits}`);
	assert.match(await part(page, ".typed").textContent(), /^12•••••$/);
	const all = await page.evaluate(() => JSON.stringify([window.seen, document.documentElement.outerHTML]));
	assert.ok(!all.includes("4711"));
	assert.ok(!page.complaints.join().includes("4711"));
	assert.ok(!(await part(page, ".root").innerText()).includes("4711"));
});

test("the caller's own hold is asked for, shown, and taken back", async () => {
	const page = await open("", { media: true });

	await talk(page);
	await page.getByRole("button", { name: "Hold", exact: true }).click();
	await waitState(page, "held");
	await page.getByText("You put the call on hold.").first().waitFor();
	await page.getByRole("button", { name: "Resume", exact: true }).click();
	await waitState(page, "in-call");
	assert.deepEqual(server.call.acts, [
		["hold", { on: true }],
		["hold", { on: false }],
	]);
	server.next.act = () => ({ status: 409, body: { code: "wrong_state" } });
	await page.getByRole("button", { name: "Hold", exact: true }).click();
	await until(() => server.call.acts.length === 3, "asked again");
	assert.equal(await widget(page).getAttribute("data-state"), "in-call", "what was refused is not shown");
});

test("consent comes before the microphone, and goes with the call", async () => {
	offer({ consent: { version: "7", text: "May we record this call?" } });
	const page = await open("", { media: true });

	await press(page);
	await waitState(page, "consent");
	await page.getByText("May we record this call?").first().waitFor();
	assert.equal(await page.evaluate(() => window.asked), 0);
	const calls = server.calls.length;
	await page.getByRole("button", { name: "Don't record" }).click();
	await until(() => server.calls.length > calls, "the call is made");
	const { at, ...consent } = server.call.body.consent;
	assert.deepEqual(consent, { version: "7", accepted: false, language: "en" });
	assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
	assert.deepEqual(await seen(page, "consent"), [{ version: "7", accepted: false }]);
});

test("consent=always asks whether there is something to agree to", async () => {
	offer({ consent: { version: "8", text: "May we record this call?" } });
	const page = await open('data-hours="off" data-consent="always"', { media: true });

	await launcher(page).click();
	await waitState(page, "consent");
	assert.equal(await page.evaluate(() => window.asked), 0);
});

test("the sound of a call that was answered can be rated, once", async () => {
	const page = await open("", { media: true });

	await talk(page);
	await part(page, ".end").click();
	await waitState(page, "ended");
	await page.getByRole("button", { name: "Good" }).click();
	await page.getByText("Thank you.").first().waitFor();
	await until(() => server.call.acts.length === 1, "it is sent");
	assert.deepEqual(server.call.acts, [["rating", { score: 5, tags: ["sound"] }]]);
	await until(async () => (await seen(page, "rating")).length === 1, "it is told");
	assert.deepEqual(await seen(page, "rating"), [{ score: 5, tags: ["sound"] }]);
	assert.equal(await page.getByRole("button", { name: "Good" }).count(), 0);
});

test("the last minute of a limited call is told before it ends", async () => {
	server.next.made = { maxSeconds: 100 };
	const page = await open("", { media: true });

	await press(page);
	await join(page);
	say({ state: "in-call", seconds: 45 });
	await waitState(page, "in-call");
	await part(page, ".say").getByText(/^The call ends in 5\d seconds\.$/).waitFor();
	await page
		.locator("ringdown-call > [role=status]", { hasText: /^The call ends in 5\d seconds\.$/ })
		.waitFor({ state: "attached" });
});

test("whoever was cut off may call back, by name where it is known", async () => {
	for (const [peer, label] of [
		[{ name: "Ana", codeWord: "maple" }, "Call Ana back"],
		[{ name: "Maximiliana Wolfeschlegelstein" }, "Call back"],
		[undefined, "Call back"],
	]) {
		const page = await open("", { media: true });
		const calls = server.calls.length;

		await press(page);
		await join(page);
		say({ state: "in-call", peer });
		await waitState(page, "in-call");
		say({ state: "ended", reason: "network_lost", by: "system", seconds: 9 });
		await waitState(page, "failed");
		await page.getByRole("button", { name: label, exact: true }).click();
		await until(() => server.calls.length === calls + 2, "a second call");
		assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0);
		await page.context().close();
	}
});

const callMe = (page) => page.getByRole("button", { name: "Call me", exact: true });

test("callback=always: a card offers it beside the call, where the server does", async () => {
	offer({ callback: {} });
	const page = await open('data-variant="inline" data-callback="always"', { media: true });

	await callMe(page).waitFor();
	assert.ok(!page.requests.some((path) => /panel|extras/.test(path)), "still nothing is fetched to call with");
	const [call, back] = await Promise.all([placeOf(page, part(page, "[part=launcher]")), placeOf(page, callMe(page))]);
	assert.deepEqual([back.x, back.width], [call.x, call.width]);
	assert.ok(back.y >= call.y + call.height, "below it");
	assert.ok(back.height >= 44);
	await page.evaluate(() => document.querySelector("[data-ringdown]").setAttribute("data-lang", "de"));
	await page.getByRole("button", { name: "Rufen Sie mich an", exact: true }).waitFor();
	await page.evaluate(() => document.querySelector("[data-ringdown]").setAttribute("data-lang", "en"));

	await callMe(page).click();
	await waitState(page, "callback");
	assert.equal(await callMe(page).count(), 0, "the form stands in its place");
	const field = page.getByLabel("Phone number");
	await field.fill("+1 555 010 0123");
	await field.press("Enter");
	await waitState(page, "callback-done");
	assert.deepEqual(server.callbacks, [
		["/v1/callbacks", { destination: "support", phone: "+15550100123" }, "Bearer a.b.c"],
	]);
	assert.equal(await page.evaluate(() => window.asked), 0, "no microphone");
	await part(page, ".end").click();
	await waitState(page, "idle");
	await callMe(page).waitFor();
	assert.deepEqual(page.complaints, []);
});

test("callback=always takes effect when it is set, and not where nobody calls back", async () => {
	const toggle = (page, name, value) =>
		page.evaluate(
			([given, to]) => document.querySelector("[data-ringdown]").setAttribute(`data-${given}`, to),
			[name, value],
		);
	const none = await open('data-variant="inline" data-callback="always"', { media: true });
	await none.waitForFunction(() => window.seen.some(([type]) => type === "availability"));
	assert.ok(!none.requests.some((path) => path.includes("hours")));

	offer({ callback: {} });
	const page = await open('data-variant="inline"', { media: true });
	await page.waitForFunction(() => window.seen.some(([type]) => type === "availability"));
	assert.ok(!page.requests.some((path) => path.includes("hours")));
	await toggle(page, "callback", "always");
	await callMe(page).waitFor();
	await toggle(page, "callback", "auto");
	await callMe(page).waitFor({ state: "hidden" });
	await toggle(page, "callback", "always");
	await callMe(page).waitFor();
	await toggle(page, "variant", "button");
	await callMe(page).waitFor({ state: "hidden" });
	assert.equal(await callMe(none).count(), 0);
});

test("the demo shows the card with its offer, also in the page's own tree", async () => {
	for (const more of ["", 'data-shadow="none"', 'data-shadow="none" data-class-map="bootstrap"']) {
		const page = await open(`${DEMO} data-demo-state="idle" data-variant="inline" data-callback="always" ${more}`);

		await callMe(page).waitFor();
		await frame(page, "in-call");
		await waitState(page, "in-call");
		assert.equal(await callMe(page).count(), 0);
		await frame(page, "idle");
		await callMe(page).click();
		await waitState(page, "callback");
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	}
});
