/* e2e/diagnostics.test.mjs - a report of a problem: offered where it helps, shown whole, sent by a button alone.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Real calls to the echo of a real server, in each browser. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before } from "node:test";
import { startRingdown } from "../help/server.mjs";
import { until } from "../help/wait.mjs";
import { inBrowsers, launcher, nameOf, status, waitState } from "./help/browser.mjs";
import { frames, openStory, showFrame } from "./help/frames.mjs";
import { RudeServer } from "./help/rude-server.mjs";

const axe = readFileSync(new URL("../../web/node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const LANGUAGES = ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "tr", "zh-Hans"];

let server;
let rude;
let site;
let browser;
let body = "";
let people = 0;

const test = inBrowsers((one) => {
	browser = one;
}, {}, /thumb down/);

before(async () => {
	server = await startRingdown();
	rude = await new RudeServer().open();
	site = createServer((request, response) => {
		response.writeHead(200, { "content-type": "text/html" }).end(body);
	});
	await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
});

after(async () => {
	site?.close();
	await rude?.close();
	await server?.stop();
});

/* No sound comes through: the server's candidates lead nowhere. */
function walled() {
	const { setRemoteDescription } = RTCPeerConnection.prototype;

	RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
		const dead = sdp.replace(/^(a=candidate:\S+ 1 \S+ \d+ \S+) \d+/gim, "$1 9");
		return setRemoteDescription.call(this, { type, sdp: dead });
	};
}

/* There is no microphone. */
function deaf() {
	MediaDevices.prototype.getUserMedia = async () => {
		throw new DOMException("Requested device not found", "NotFoundError");
	};
}

/* Keeps what it is given. */
const TAKES = `window.given = [];
Ringdown.configure({ onDiagnostics: (d) => { window.given.push(d); } });`;

const WHO = "Alice-Example";
const HINT = "refund-of-order-4711";

async function open({ configure = TAKES, script, attributes = "" } = {}) {
	const page = await (await browser.newContext()).newPage();
	const token = server.token({ sub: `person-${++people}` });

	page.personal = [token, WHO, HINT, "person-", "echo"];
	page.requests = [];
	page.on("request", (request) => page.requests.push(new URL(request.url()).pathname));
	if (script) await page.addInitScript(script);
	body = `<!doctype html><html lang="en"><title>Bank</title><link rel="icon" href="data:,">
<h1>Bank</h1><div data-ringdown="echo" data-token="${token}" data-display-name="${WHO}" data-hint-topic="${HINT}" ${attributes}>
<a href="tel:+15550100">555 0100</a></div><script src="${server.url}/ringdown.js"></script><script>${configure}</script></html>`;
	await page.goto(`http://localhost:${site.address().port}/`);
	await launcher(page).waitFor();
	return page;
}

const offer = (page) => page.getByRole("button", { name: "Report a problem" });
const send = (page) => page.getByRole("button", { name: "Send", exact: true });
const given = (page) => page.evaluate(() => JSON.parse(JSON.stringify(window.given)));
const hasFetched = (page) => page.requests.some((path) => path.includes("diagnostics"));
const sheet = (page) => page.locator("ringdown-call .report");
const hasFocus = (page, one) =>
	until(() => one.evaluate((element) => element.getRootNode().activeElement === element), "it has the focus");

async function talk(page) {
	await launcher(page).click();
	await waitState(page, "in-call");
	/* Two seconds of quality. */
	await page.waitForFunction(() => window.Ringdown.current.quality.level !== "unknown");
	await page.waitForFunction(() => performance.now() - window.Ringdown.current.answeredAt > 3500);
	await page.locator("ringdown-call .end").click();
	await waitState(page, "ended");
}

/* Opened, read and closed again: nobody was told. */
async function look(page) {
	assert.equal(hasFetched(page), false, "what gathers is fetched by the press");
	await offer(page).click();
	await sheet(page).waitFor();
	assert.equal(await status(page).textContent(), "Report a problem");
	await hasFocus(page, status(page));
	await page.getByText("Exactly as it is sent").click();
	const shown = JSON.parse(await sheet(page).locator("pre").innerText());
	await page.getByRole("button", { name: "Back" }).click();
	await sheet(page).waitFor({ state: "detached" });
	await hasFocus(page, offer(page));
	assert.deepEqual(await given(page), [], "nothing is sent before Send");
	return shown;
}

async function give(page) {
	await offer(page).click();
	await sheet(page).waitFor();
	const rows = await sheet(page).locator("dl > div").evaluateAll((all) =>
		Object.fromEntries(all.map((row) => [row.firstChild.textContent, row.lastChild.textContent])),
	);
	const shown = JSON.parse(await sheet(page).locator("pre").textContent());
	assert.deepEqual(await given(page), []);
	await send(page).click();
	await page.getByText("Thank you. The report is sent.").first().waitFor();
	assert.deepEqual(await given(page), [shown], "once, and what was shown");
	assert.equal(await offer(page).count(), 0);
	return { rows, shown };
}

function nothingPersonal(page, shown) {
	const text = JSON.stringify(shown);

	for (const one of page.personal) assert.ok(!text.includes(one), `${one} is in ${text}`);
	assert.doesNotMatch(text, /\d+\.\d+\.\d+\.[1-9]|\.local|Mozilla|Linux/);
}

test("after a thumb down, what is inside is shown, and goes to the site by Send alone", async () => {
	const page = await open();

	await talk(page);
	await page.getByRole("button", { name: "Bad" }).waitFor();
	assert.equal(await offer(page).count(), 0, "not before the thumb");
	await page.getByRole("button", { name: "Bad" }).click();
	await look(page);
	const { rows, shown } = await give(page);

	nothingPersonal(page, shown);
	assert.match(shown.browser, nameOf(browser) === "firefox" ? /^Firefox \d+$/ : /^(Chrome|HeadlessChrome|Chromium) \d+$/);
	assert.equal(shown.state, "ended");
	assert.equal(shown.reason, "ended_by_caller");
	assert.equal(shown.provider, "engine");
	assert.equal(shown.supportId, await page.evaluate(() => window.Ringdown.current.supportId));
	assert.equal(shown.version, await page.evaluate(() => window.Ringdown.version));
	assert.deepEqual(
		shown.history.map(({ state }) => state).filter((state) => state !== "ringing"),
		["signing-in", "permission", "connecting", "in-call", "ending", "ended"],
	);
	const times = shown.history.map(({ atMs }) => atMs);
	assert.ok(times[0] >= 0 && times[0] < 1000);
	assert.deepEqual(times, [...times].sort((a, b) => a - b));
	assert.ok(times.at(-1) > 3000 && times.at(-1) < 600_000);
	assert.equal(shown.path?.remote.protocol, "udp", JSON.stringify(shown));
	assert.equal(shown.path.remote.address, "127.0.0.0/24");
	assert.equal(shown.path.local.protocol, "udp");
	assert.ok(shown.quality.seconds >= 1);
	for (const one of ["rttMs", "jitterMs", "lossPct", "mos"]) {
		const { min, median, max } = shown.quality[one];
		assert.ok(min <= median && median <= max, one);
	}
	assert.ok(shown.quality.mos.min >= 1 && shown.quality.mos.max <= 5);
	assert.ok(shown.devices.microphones >= 1);
	assert.match(shown.permission, /^(granted|prompt)$/);
	assert.match(rows["Way of the sound"], /UDP.*127\.0\.0\.0\/24/);
	assert.match(rows["Delay"], /^min \d+, med \d+, max \d+ ms$/);
	assert.match(rows["What happened"], /^0\.\d s signing-in, .* s ended$/);
});

test("where the network let nothing through, the ways that were tried are told", async () => {
	const page = await open({ script: walled });

	await launcher(page).click();
	await waitState(page, "failed", 60_000);
	await look(page);
	const { rows, shown } = await give(page);
	nothingPersonal(page, shown);
	assert.equal(shown.reason, "network_blocked");
	assert.equal(shown.path, undefined);
	assert.ok(shown.tried.local.length > 0, JSON.stringify(shown));
	assert.match(rows["Ways tried"], /host (UDP|TCP)/);
	/* Chromium forgets those of the server with the pairs that failed. */
	if (nameOf(browser) === "firefox")
		assert.ok(shown.tried.remote.some(({ address }) => address === "127.0.0.0/24"), JSON.stringify(shown));
});

test("a microphone that is not there is told, with what the browser said", async () => {
	const page = await open({ script: deaf });

	await launcher(page).click();
	await waitState(page, "failed");
	await look(page);
	const { shown } = await give(page);
	nothingPersonal(page, shown);
	assert.deepEqual([shown.reason, shown.detail], ["mic_none", "Requested device not found"]);
	assert.equal(shown.provider, undefined);
	assert.equal(shown.quality, undefined);
});

test("nothing is offered where the site takes no reports, where all was well, or where nobody can mend it", { isRest: true }, async () => {
	const none = await open({ script: deaf, configure: "" });
	await launcher(none).click();
	await waitState(none, "failed");
	await none.getByRole("button", { name: "Try again" }).waitFor();
	assert.equal(await offer(none).count(), 0);

	const well = await open();
	await talk(well);
	await well.getByRole("button", { name: "Good" }).click();
	await well.getByText("Thank you.").first().waitFor();
	assert.equal(await offer(well).count(), 0);

	const shut = await open({ attributes: 'data-token=""', configure: TAKES });
	await shut.evaluate(() => document.querySelector("[data-ringdown]").setAttribute("data-token", ""));
	await launcher(shut).click();
	await waitState(shut, "failed");
	await status(shut).getByText("Please sign in").waitFor();
	assert.equal(await offer(shut).count(), 0);
	for (const page of [none, well, shut]) assert.equal(hasFetched(page), false);
});

test("a site that could not take it is said so, and may be asked again", { isRest: true }, async () => {
	const page = await open({
		script: deaf,
		configure: `window.given = [];
Ringdown.configure({ onDiagnostics: async (d) => { window.given.push(d); if (window.given.length === 1) throw new Error("full"); } });`,
	});

	await launcher(page).click();
	await waitState(page, "failed");
	await offer(page).click();
	await send(page).click();
	await page.getByText("That did not work. Please try again.").first().waitFor();
	assert.equal((await given(page)).length, 1);
	await send(page).click();
	await page.getByText("Thank you. The report is sent.").first().waitFor();
	assert.equal((await given(page)).length, 2);
});

test("a second call begins with nothing of the first", { isRest: true }, async () => {
	const page = await open({ script: deaf });

	await launcher(page).click();
	await waitState(page, "failed");
	await give(page);
	await page.getByRole("button", { name: "Try again" }).click();
	await offer(page).waitFor();
	await page.evaluate(() => window.given.splice(0));
	const { shown } = await give(page);
	assert.deepEqual(shown.history.map(({ state }) => state), ["signing-in", "permission", "failed"]);
});

test("the report in every language, light and dark: its own words, and no fault for axe with the JSON open", { isRest: true }, async () => {
	const report = (await frames()).find(({ name }) => name === "report");
	const seen = new Map();

	for (const [i, lang] of LANGUAGES.entries()) {
		const page = await openStory(browser, rude, { lang, isDark: i % 2 === 0, path: `/report-${i}` });
		await showFrame(page, report);
		await sheet(page).waitFor();
		await sheet(page).locator("summary").click();
		const labels = await sheet(page).locator("p, dt, summary, button").allInnerTexts();
		assert.equal(labels.length, 17, lang);
		for (const label of labels) {
			assert.doesNotMatch(label, /report\.|\{/, lang);
			assert.ok(label.trim(), lang);
		}
		assert.ok(!seen.has(labels.join()), `${lang} speaks as ${seen.get(labels.join())}`);
		seen.set(labels.join(), lang);
		await page.evaluate(axe);
		const faults = await page.evaluate(() =>
			window.axe
				.run(document, { rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false } } })
				.then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`))),
		);
		assert.deepEqual(faults, [], lang);
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	}
});
