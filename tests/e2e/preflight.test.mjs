/* e2e/preflight.test.mjs - the check before a call, or without one, against a real server.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { startRingdown } from "../help/server.mjs";
import { until } from "../help/wait.mjs";
import { launcher, missing, openBrowser, status, still, waitState } from "./help/browser.mjs";

const axe = readFileSync(new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

let server;
let site;
let browser;
let body = "";
let people = 0;

before(async () => {
	server = await startRingdown();
	browser = await openBrowser();
	site = createServer((request, response) => {
		response.writeHead(200, { "content-type": "text/html" }).end(
			`<!doctype html><html lang="en"><title>Bank</title><link rel="icon" href="data:,">
<h1>Bank</h1>${body}<script src="${server.url}/ringdown.js"></script></html>`);
	});
	await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
});

after(async () => {
	await browser?.close();
	site?.close();
	await server?.stop();
});

afterEach(async () => {
	for (const context of browser.contexts()) await context.close();
});

/* Keeps all that a page opens, so that it can be seen whether it closed it. */
function watched() {
	const kept = { streams: [], peers: [], sockets: [], asked: 0 };
	const { getUserMedia } = MediaDevices.prototype;

	window.kept = kept;
	MediaDevices.prototype.getUserMedia = async function (...wishes) {
		kept.asked++;
		const stream = await getUserMedia.apply(this, wishes);
		kept.streams.push(stream);
		return stream;
	};
	for (const [name, list] of [["RTCPeerConnection", kept.peers], ["WebSocket", kept.sockets]])
		window[name] = class extends window[name] {
			constructor(...words) {
				super(...words);
				list.push(this);
			}
		};
	window.isAllClosed = () =>
		kept.streams.every((one) => one.getTracks().every(({ readyState }) => readyState === "ended"))
		&& kept.peers.every(({ connectionState }) => connectionState === "closed")
		&& kept.sockets.every(({ readyState }) => readyState >= WebSocket.CLOSING);
}

/* No UDP comes through: the server's candidates lead nowhere. */
function withoutUdp() {
	const { setRemoteDescription } = RTCPeerConnection.prototype;

	RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
		const dead = sdp.replace(/^(a=candidate:\S+ 1 udp \d+ \S+) \d+/gim, "$1 9");
		return setRemoteDescription.call(this, { type, sdp: dead });
	};
}

async function open({ attributes = "", from = browser, scripts = [], token } = {}) {
	const page = await (await from.newContext()).newPage();

	/* Each test is another person's: tests of one are few in a minute. */
	const given = token ?? server.token({ sub: `person-${++people}` });
	body = `<div data-ringdown="echo" data-token="${given}" ${attributes}><a href="tel:+15550100">555 0100</a></div>`;
	page.requests = [];
	page.on("request", (request) => page.requests.push(new URL(request.url()).pathname));
	for (const script of [watched, ...scripts]) await page.addInitScript(script);
	await page.goto(`http://localhost:${site.address().port}/`);
	await launcher(page).waitFor();
	return page;
}

const run = (page, options = {}) => page.evaluate((given) => window.Ringdown.test(given), options);
const allClosed = (page) => page.waitForFunction(() => window.isAllClosed(), null, { timeout: 1000 });
const say = (page) => page.locator("ringdown-call .say");

for (const name of ["chromium", "firefox"])
	test(`${name}, ready: the microphone hears, sound comes by UDP, nothing is left; without UDP it is degraded, by TCP`,
		{ skip: missing(name) }, async () => {
			const from = name === "chromium" ? browser : await openBrowser({ name });
			try {
				const page = await open({ from });
				assert.ok(!page.requests.some((path) => path.includes("preflight")));

				/* A neighbour of this machine may make one round trip long. */
				let report;
				for (let tries = 0; tries < 3 && report?.verdict !== "ready"; tries++)
					report = await run(page, { mic: true });
				await allClosed(page);
				assert.equal(report.verdict, "ready", JSON.stringify(report));
				assert.deepEqual(report.reasons, []);
				assert.equal(report.path, "direct");
				assert.ok(report.rttMs >= 0 && report.micLevel > 0);
				assert.equal(await page.evaluate(() => window.kept.streams.length > 0), true);
				assert.ok(page.requests.some((path) => /^\/preflight-[0-9a-f]+\.js$/.test(path)));

				const walled = await open({ from, scripts: [withoutUdp] });
				const detour = await run(walled, { mic: true });
				assert.equal(detour.verdict, "degraded", JSON.stringify(detour));
				assert.equal(detour.path, "direct-tcp");
				await allClosed(walled);
			} finally {
				if (from !== browser) await from.close();
			}
		});

test("nobody is asked for the microphone unless it is to be tested", async () => {
	const asking = await openBrowser({ microphone: "asked" });
	try {
		const page = await open({ from: asking });
		const report = await run(page);

		assert.equal(report.path, "direct", JSON.stringify(report));
		assert.equal(report.micLevel, undefined);
		assert.equal(await page.evaluate(() => window.kept.asked), 0);
		await allClosed(page);

		/* Called off while the question stands. */
		const error = await page.evaluate(async () => {
			const aborter = new AbortController();
			const test = window.Ringdown.test({ mic: true, signal: aborter.signal });
			const untilAsked = async () => {
				while (!window.kept.asked) await new Promise((turn) => setTimeout(turn));
			};
			await untilAsked();
			aborter.abort();
			return test.then(() => null, ({ code }) => code);
		});
		assert.equal(error, "ended_by_caller");
		await allClosed(page);
	} finally {
		await asking.close();
	}
});

test("called off while the network is tested, everything is let go", async () => {
	const page = await open({ scripts: [withoutUdp] });
	const code = await page.evaluate(async () => {
		const aborter = new AbortController();
		const test = window.Ringdown.test({ signal: aborter.signal });
		while (window.kept.peers[0]?.remoteDescription == null)
			await new Promise((turn) => setTimeout(turn));
		aborter.abort();
		return test.then(() => null, (error) => error.code);
	});

	assert.equal(code, "ended_by_caller");
	await allClosed(page);
	assert.equal(await page.evaluate(() =>
		window.Ringdown.test({ signal: AbortSignal.abort() }).then(() => null, ({ code }) => code)), "ended_by_caller");
});

test("a refused microphone is no permission, and a call does not even begin", async () => {
	const refusing = await openBrowser({ microphone: "denied" });
	try {
		const page = await open({ from: refusing });
		const report = await run(page, { mic: true, network: false });
		assert.equal(report.verdict, "no-permission");
		assert.match(report.reasons[0], /^mic_(denied|dismissed)$/);
	} finally {
		await refusing.close();
	}
	const page = await open();
	await page.addInitScript(() => {
		navigator.permissions.query = async () => ({ state: "denied" });
	});
	await page.reload();
	assert.deepEqual(await run(page, { mic: true, network: false }), { verdict: "no-permission", reasons: ["mic_denied"] });
	await launcher(page).click();
	await waitState(page, "failed");
	assert.equal(await status(page).textContent(), "Microphone is blocked");
	assert.equal(await page.evaluate(() => window.kept.asked), 0);
	assert.ok(!page.requests.includes("/v1/calls"));
});

test("a server out of reach, or signaling that gets through nowhere, is blocked", async () => {
	const gone = await open({ attributes: `data-api="http://localhost:9"` });
	const { verdict, reasons } = await run(gone);
	assert.deepEqual([verdict, reasons], ["blocked", ["server_unreachable"]]);

	const walled = await open({
		scripts: [() => {
			const Open = window.WebSocket;
			window.WebSocket = class extends Open {
				constructor(_url, protocols) {
					super("ws://localhost:9/", protocols);
				}
			};
		}],
	});
	assert.deepEqual((await run(walled)).reasons, ["network_blocked"]);
	await allClosed(walled);
});

test("what cannot be tested is unclear, not broken", async () => {
	const page = await open({ token: "" });

	assert.deepEqual(await run(page), { verdict: "unclear", reasons: ["auth_required"] });
	assert.deepEqual(await run(page, { network: false }), { verdict: "ready", reasons: [] });
});

test("full: the check stands in the panel before the first call, then the call begins", async () => {
	const page = await open({ attributes: `data-preflight="full" data-close-guard="off"` });

	await launcher(page).click();
	await page.locator("ringdown-call .panel:visible .status").waitFor();
	await waitState(page, "in-call");
	await until(async () => await page.evaluate(() => window.kept.streams.length) === 2, "one to test, one to talk");
	assert.equal(await page.evaluate(() => window.kept.streams[0].getTracks()[0].readyState), "ended");
	assert.equal(await page.locator("ringdown-call [role=dialog]:visible").count(), 1);
	await page.locator("ringdown-call .end:visible").click();
	await waitState(page, "ended");
	const rooms = page.requests.filter((path) => path === "/v1/preflight").length;
	await page.locator("ringdown-call .offers .button:visible").first().click();
	await waitState(page, "in-call");
	assert.equal(page.requests.filter((path) => path === "/v1/preflight").length, rooms, "once is enough");
	await page.locator("ringdown-call .end:visible").click();
	await waitState(page, "ended");
});

test("full: what is wrong is said in words, and the person decides", async () => {
	const page = await open({ attributes: `data-preflight="full" data-close-guard="off"`, scripts: [withoutUdp] });
	const dialog = page.locator("ringdown-call [role=dialog]:visible");

	/* Escape calls it off; the button has the focus again. */
	const made = page.waitForResponse((one) => one.request().method() === "POST" && one.url().endsWith("/v1/preflight"));
	const ended = page.waitForEvent("requestfinished", (one) => one.method() === "DELETE");
	await launcher(page).click();
	await made;
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "detached" });
	await until(async () => page.evaluate(() =>
		document.activeElement?.shadowRoot?.activeElement?.classList.contains("launcher")), "the button has the focus");
	await allClosed(page);
	await ended;

	await launcher(page).click();
	await page.getByText("The call may sound poor").first().waitFor();
	assert.equal(await say(page).filter({ visible: true }).textContent(),
		"From this network, sound only gets through by a detour.");
	assert.equal(await page.locator("ringdown-call > [role=alert]").textContent(),
		"The call may sound poor From this network, sound only gets through by a detour.");
	await still(page);
	await page.evaluate(`${axe}; null`);
	assert.deepEqual(await page.evaluate(async () => (await window.axe.run("ringdown-call")).violations
		.map(({ id }) => id)), []);
	const called = page.waitForRequest((one) => one.url().endsWith("/v1/calls"));
	await page.getByRole("button", { name: "Call anyway" }).click();
	await called;
});
