/* e2e/interface.test.mjs - every member of Ringdown, of its element and of a call, used by a page.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A page has these in place of our panel; the names are those of
 * web/widget/types.ts, and one that is added there is missed here. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { until } from "../help/wait.mjs";
import { inBrowsers, launcher, waitState } from "./help/browser.mjs";
import { fakeMedia } from "./help/fake-media.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const TYPES = readFileSync(new URL("../../web/widget/types.ts", import.meta.url), "utf8");
const html = (body) => `<!doctype html><html lang="en"><title>Bank</title><link rel="icon" href="data:,">
<h1>Bank</h1>${body}<script src="/ringdown.js"></script></html>`;
const DIV = `<div data-ringdown="support" data-token="a.b.c"><a href="tel:+15550100">555 0100</a></div>`;

let server;
let browser;

const test = inBrowsers((one) => {
	browser = one;
});

before(async () => {
	server = await new RudeServer().open();
});

after(() => server?.close());

/* The names of an interface's members. */
const membersOf = (name) =>
	[...TYPES.match(new RegExp(`^export interface ${name}\\b[^]*?^}`, "m"))[0].matchAll(/^\t(?:readonly )?(\w+)\??[:(]/gm)].map(
		([, member]) => member,
	);
const allOf = (name, used) => assert.deepEqual(membersOf(name).filter((one) => !used.includes(one)), [], `${name} has more`);

async function open(body = DIV) {
	const page = await (await browser.newContext()).newPage();

	server.next = {};
	server.callbacks = [];
	page.complaints = [];
	page.on("pageerror", (error) => page.complaints.push(String(error)));
	await page.addInitScript(fakeMedia);
	await page.addInitScript(() => {
		window.seen = [];
		for (const type of ["ready", "availability", "beforecall", "state", "queue", "answered", "ended", "failed", "message", "callback", "rating", "busy"])
			addEventListener(
				`ringdown:${type}`,
				({ detail, target, composed }) =>
					window.seen.push([
						type,
						JSON.parse(JSON.stringify(detail)),
						Object.isFrozen(detail) && composed && target.localName === "ringdown-call",
					]),
				true,
			);
	});
	await page.goto(server.page("/interface", html(body)));
	return page;
}

const seen = (page, type) =>
	page.evaluate((wanted) => window.seen.filter(([name]) => name === wanted).map(([, detail]) => detail), type);
/* A promise that is refused gives its error. */
const ask = (page, work, given) =>
	page.evaluate(
		async ([code, value]) => {
			try {
				return await new Function("given", `return (async () => { const { current } = Ringdown; ${code} })()`)(value);
			} catch ({ name, code: reason, retry, detail }) {
				return { name, code: reason, retry, ...(detail && { detail }) };
			}
		},
		[work, given],
	);

async function talk(page, news = {}) {
	await ask(page, `await Ringdown.start("support");`);
	await page.waitForFunction(() => window.fakeMedia.joined > 0);
	server.call.say({ state: "in-call", ...news });
	await waitState(page, "in-call");
}

test("Ringdown: mount, availability, start, the one call of a page, destroy", { isRest: true }, async () => {
	allOf("RingdownStatic", ["version", "current", "configure", "mount", "availability", "start", "test", "destroy"]);
	const page = await open(`${DIV}<p id="late"><a href="tel:+15550101">555 0101</a></p>`);
	await launcher(page).waitFor();

	assert.match(await ask(page, `return Ringdown.version;`), /^\d+\.\d+\.\d+/);
	assert.equal(await ask(page, `return current;`), null);
	assert.deepEqual(
		await ask(page, `
			const late = document.querySelector("#late");
			const made = Ringdown.mount(late, { to: "cards", token: "a.b.c", variant: "inline" });
			return [made.localName, made.getAttribute("to"), Ringdown.mount(late) === made];`),
		["ringdown-call", "cards", true],
	);
	server.next.hours = () => ({ status: 200, body: { open: true, zone: "Europe/Madrid", queueLength: 2 } });
	assert.deepEqual(await ask(page, `return Ringdown.availability("cards");`), {
		open: true, zone: "Europe/Madrid", queueLength: 2,
	});
	server.next = {};

	const calls = server.calls.length;
	assert.deepEqual(
		await ask(page, `
			const call = await Ringdown.start("cards", { hints: { topic: "loss" }, displayName: "Ana" });
			return [call === Ringdown.current, call.to, call.state !== "idle"];`),
		[true, "cards", true],
	);
	await until(() => server.calls.length === calls + 1, "it is placed");
	assert.deepEqual(server.call.body, { destination: "cards", hints: { topic: "loss" }, displayName: "Ana" });
	assert.equal(await ask(page, `return (await Ringdown.start("support")) === current;`), true, "the one that is on");
	assert.deepEqual(await seen(page, "busy"), [{ to: "support" }]);
	await page.waitForFunction(() => window.fakeMedia.joined === 1);

	/* A destination that the page has no button for gets one. */
	await ask(page, `await current.hangUp();`);
	await ask(page, `await Ringdown.configure({ getToken: async ({ to, reason }) => to + "." + reason });
		void Ringdown.start("loans").catch(() => undefined);`);
	await until(() => server.call.body.destination === "loans", "placed");
	assert.equal(server.call.token, "Bearer loans.start");

	await ask(page, `await Ringdown.destroy();`);
	await until(() => server.call.deletes === 1, "the call is ended");
	assert.equal(await page.locator("ringdown-call").count(), 0);
	assert.equal(await page.getByRole("link", { name: "555 0100" }).isVisible(), true, "the fallback is back");
	assert.equal(await page.getByRole("link", { name: "555 0101" }).isVisible(), true);
	assert.deepEqual(page.complaints, []);
});

test("the element: state and call, start, open, close, hangUp, refreshAvailability", { isRest: true }, async () => {
	allOf("RingdownElement", ["state", "call", "getToken", "start", "hangUp", "open", "close", "refreshAvailability"]);
	const page = await open();
	const panel = page.locator("ringdown-call .panel");
	const element = `const one = document.querySelector("ringdown-call");`;

	await launcher(page).waitFor();
	assert.deepEqual(await seen(page, "ready"), [{ version: await ask(page, `return Ringdown.version;`) }]);
	assert.deepEqual(await ask(page, `${element} await one.hangUp(); one.open(); one.close(); return [one.state, one.call];`), ["idle", null]);
	server.next.hours = () => ({ status: 200, body: { open: true, zone: "UTC", waitSeconds: 60 } });
	assert.deepEqual(await ask(page, `${element} return one.refreshAvailability();`), { open: true, zone: "UTC", waitSeconds: 60 });
	assert.deepEqual((await seen(page, "availability")).at(-1), { open: true, zone: "UTC", waitSeconds: 60 });

	await ask(page, `${element} one.getToken = async () => "from.the.element"; await one.start();`);
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
	assert.equal(server.call.token, "Bearer from.the.element");
	server.call.say({ state: "in-call" });
	await waitState(page, "in-call");
	assert.deepEqual(await ask(page, `${element} return [one.state, one.call === current];`), ["in-call", true]);
	await ask(page, `${element} one.close();`);
	await panel.waitFor({ state: "hidden" });
	assert.equal(await ask(page, `${element} return one.state;`), "in-call", "folded, not hung up");
	await ask(page, `${element} one.open();`);
	await panel.waitFor({ state: "visible" });
	await ask(page, `${element} await one.hangUp();`);
	await waitState(page, "ended");
	assert.equal(server.call.deletes, 1);
	assert.deepEqual(page.complaints, []);
});

test("a call: what is known of it, and all that can be done to it", async () => {
	allOf("RingdownCall", [
		"id", "supportId", "to", "state", "reason", "startedAt", "answeredAt", "muted", "quality", "held", "queue", "peer", "recorded",
		"mute", "hold", "sendDigits", "setInput", "setOutput", "send", "requestCallback", "moveToPhone", "rate", "hangUp",
	]);
	const page = await open();
	await launcher(page).waitFor();
	await ask(page, `await Ringdown.start("support");`);
	await page.waitForFunction(() => window.fakeMedia.joined === 1);
	assert.deepEqual(
		await ask(page, `
			window.changes = 0;
			window.heard = [];
			current.addEventListener("change", () => window.changes++);
			for (const type of ["state", "message", "rating"])
				current.addEventListener("ringdown:" + type, ({ detail }) => window.heard.push(type));
			return current.sendDigits("1");`),
		{ name: "RingdownError", code: "wrong_state", retry: false },
	);

	server.call.say({ state: "queued", queue: { position: 2 } });
	await waitState(page, "queued");
	const queue = await ask(page, `return [current.queue.position, current.queue.updatedAt <= performance.now(), current.answeredAt ?? null, current.held];`);
	assert.deepEqual(queue, [2, true, null, false]);
	server.call.say({ state: "in-call", peer: { name: "Ana", codeWord: "maple" }, recorded: true });
	await waitState(page, "in-call");
	assert.deepEqual(
		await ask(page, `return [current.id, current.supportId, current.to, current.state, current.reason ?? null, current.queue ?? null,
			current.peer, current.recorded, current.quality.level, current.muted, current.startedAt <= current.answeredAt];`),
		[server.call.id, "K7-4QD", "support", "in-call", null, null, { name: "Ana", codeWord: "maple" }, true, "unknown", false, true],
	);

	assert.deepEqual(await ask(page, `current.mute(); const on = current.muted; current.mute(false); return [on, current.muted];`), [true, false]);
	assert.ok((await page.evaluate(() => window.changes)) >= 2, "change is told");
	assert.deepEqual(await ask(page, `await current.hold(); const { held } = current; await current.hold(false); return [held, current.held];`), [true, false]);
	await ask(page, `await current.sendDigits("12#"); await current.sendDigits("9", { secure: true });`);
	assert.equal(server.call.digits, "12#9");
	assert.equal((await ask(page, `await current.sendDigits("x");`)).code, "bad_request");
	await ask(page, `await current.setInput("default"); await current.setOutput("default");`);
	await ask(page, `await current.send("form", { page: 2 });`);
	assert.equal((await ask(page, `await current.send("form", "x".repeat(5000));`)).code, "bad_request");
	server.next.act = (what) =>
		what === "move" ? { status: 200, body: { qr: "10\n01", code: "482913", expiresAt: "2099-01-01T00:00:00Z" } } : { status: 204, body: "" };
	assert.equal((await ask(page, `return current.moveToPhone();`)).code, "482913");
	assert.deepEqual(server.call.acts, [
		["hold", { on: true }],
		["hold", { on: false }],
		["messages", { topic: "form", data: { page: 2 } }],
		["move", {}],
	]);

	for (const listener of server.call.listeners)
		listener.write(`event: message\ndata: ${JSON.stringify({ topic: "offer", data: { rate: 3 } })}\n\n`);
	await until(async () => (await seen(page, "message")).length === 1, "a message");
	assert.deepEqual(await seen(page, "message"), [{ topic: "offer", data: { rate: 3 } }]);

	await ask(page, `await Promise.all([current.hangUp(), current.hangUp()]); await current.hangUp();`);
	await waitState(page, "ended");
	assert.equal(server.call.deletes, 1, "once");
	assert.equal(await ask(page, `return current.reason;`), "ended_by_caller");
	assert.equal((await ask(page, `await current.rate(6);`)).code, "bad_request");
	await ask(page, `await current.rate(4, ["sound"]);`);
	assert.deepEqual(server.call.acts.at(-1), ["rating", { score: 4, tags: ["sound"] }]);
	assert.equal((await ask(page, `return current.requestCallback({ phone: "555" });`)).code, "bad_request");
	assert.deepEqual(await ask(page, `return current.requestCallback({ phone: "+1 555 010 0123" });`), { id: "cb1", state: "waiting" });
	await waitState(page, "callback-done");
	assert.deepEqual(await seen(page, "callback"), [{ id: "cb1", state: "waiting" }]);

	const heard = await page.evaluate(() => [...new Set(window.heard)].sort());
	assert.deepEqual(heard, ["message", "rating", "state"], "on the call as well");
	const told = await page.evaluate(() => window.seen.filter(([type, , isRight]) => type !== "beforecall" && !isRight).map(([type]) => type));
	assert.deepEqual(told, [], "frozen, composed, from the element");
	assert.deepEqual(page.complaints, []);
});

test("rating=off and devices=off take effect at once", { isRest: true }, async () => {
	const page = await open();
	const set = (name, value) =>
		page.evaluate(([given, to]) => document.querySelector("[data-ringdown]").setAttribute(`data-${given}`, to), [name, value]);
	await launcher(page).waitFor();
	await page.evaluate(() => {
		navigator.mediaDevices.enumerateDevices = async () =>
			["default", "a", "b"].map((deviceId) => ({ kind: "audioinput", deviceId, label: `Microphone ${deviceId}`, groupId: deviceId }));
	});
	await talk(page);
	const devices = page.locator("ringdown-call .devices");
	await devices.waitFor();
	await set("devices", "off");
	await devices.waitFor({ state: "hidden" });
	await set("devices", "auto");
	await devices.waitFor();
	await page.locator("ringdown-call .end").click();
	await waitState(page, "ended");
	await page.getByRole("button", { name: "Bad" }).waitFor();
	await set("rating", "off");
	await page.getByRole("button", { name: "Bad" }).waitFor({ state: "hidden" });
	assert.deepEqual(page.complaints, []);
});

test("preflight=off leaves it to the browser to refuse the microphone", { isRest: true }, async () => {
	for (const [wish, asked, state] of [
		["auto", 0, "failed"],
		["off", 1, "connecting"],
	]) {
		const page = await open(DIV.replace("data-token", `data-preflight="${wish}" data-token`));
		await launcher(page).waitFor();
		await page.evaluate(() => {
			window.asked = 0;
			const { mediaDevices } = navigator;
			const ask = mediaDevices.getUserMedia.bind(mediaDevices);
			mediaDevices.getUserMedia = (...wishes) => {
				window.asked++;
				return ask(...wishes);
			};
			navigator.permissions.query = async () => ({ state: "denied" });
		});
		await launcher(page).click();
		await waitState(page, state);
		assert.equal(await page.evaluate(() => window.asked), asked, wish);
		await page.context().close();
	}
});
