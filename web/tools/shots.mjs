/* tools/shots.mjs - photographs every state, light and dark, into a folder.
 * SPDX-License-Identifier: Apache-2.0
 *
 * node tools/shots.mjs OUT [name-part] - the API and the media are the small
 * real ones of tests/e2e/help, moved state by state. */
import { mkdir } from "node:fs/promises";
import { openBrowser, waitState } from "../../tests/e2e/help/browser.mjs";
import { fakeMedia } from "../../tests/e2e/help/fake-media.mjs";
import { problem, RudeServer } from "../../tests/e2e/help/rude-server.mjs";

const [, , out = "dist/shots", only = ""] = process.argv;
await mkdir(out, { recursive: true });

const server = await new RudeServer().open();
const text = `<h1>Harbour Savings</h1><p>Your balance is up to date. If something about a payment looks
unfamiliar, a person can look at it with you.</p><p>Branches are open Monday to Friday. Cards can be blocked at any hour.</p>`;

const html = (
	attributes,
	{ lang = "en", dir = "ltr", dark = false, width = "40rem" } = {},
) => `<!doctype html><html lang="${lang}" dir="${dir}">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Bank</title>
<style>body{font:17px/1.6 Georgia,serif;max-width:${width};margin:2.5rem auto;padding:0 1.5rem;${
	dark ? "background:#0d1413;color:#dbe5e2" : "background:#f6f8f7;color:#22302d"
}}h1{font-size:1.6rem}</style>
${text}<div data-ringdown="card-support" data-token="a.b.c" ${attributes}><a href="tel:+15550100">Call us: 555 0100</a></div>
<script src="/ringdown.js"></script></html>`;

/* name -> how to get there, from a page just loaded */
const press = (page) => page.locator("ringdown-call .launcher").click();
const say = (news) => server.call.say(news);
async function talking(page) {
	await press(page);
	await waitState(page, "connecting");
	say({ state: "in-call" });
	await waitState(page, "in-call");
	await page.waitForTimeout(700);
}
const end = (reason, by, seconds) => async (page) => {
	await talking(page);
	say({ state: "ended", reason, by, seconds });
	await page.waitForTimeout(250);
};
const refuse = (status, code, more) => async (page) => {
	server.next.start = () => problem(status, code, more);
	await press(page);
	await waitState(page, "failed");
};

const SCENES = {
	"00-idle": async () => undefined,
	"00-idle-focus": async (page) => page.locator("ringdown-call .launcher").focus(),
	"01-signing-in": async (page) => {
		await page.evaluate(() =>
			window.Ringdown.configure({ getToken: () => new Promise(() => undefined) }),
		);
		await press(page);
		await waitState(page, "signing-in");
	},
	"02-permission": async (page) => {
		await page.evaluate(() => {
			navigator.mediaDevices.getUserMedia = () => new Promise(() => undefined);
		});
		await press(page);
		await waitState(page, "permission");
	},
	"03-connecting": async (page) => {
		await page.evaluate(() => {
			window.fakeMedia.autoUp = false;
		});
		await press(page);
		await waitState(page, "connecting");
	},
	"04-ringing": async (page) => {
		await press(page);
		await waitState(page, "connecting");
		say({ state: "ringing" });
		await waitState(page, "ringing");
		await page.waitForTimeout(500);
	},
	"05-in-call": talking,
	"06-muted": async (page) => {
		await talking(page);
		await page.keyboard.press("m");
	},
	"07-keypad": async (page) => {
		await talking(page);
		await page.keyboard.press("k");
		await page.keyboard.type("412#");
	},
	"08-held": async (page) => {
		await talking(page);
		say({ state: "held" });
		await waitState(page, "held");
	},
	"09-reconnecting": async (page) => {
		await talking(page);
		await page.evaluate(() => window.fakeMedia.tell({ is: "lost" }));
		await waitState(page, "reconnecting");
	},
	"10-ending": async (page) => {
		server.onDelete = () => undefined;
		await talking(page);
		await page.locator("ringdown-call .end").click();
		await waitState(page, "ending");
	},
	"11-ended": end("ended_by_advisor", "advisor", 391),
	"12-dropped": end("network_lost", "system", 62),
	"13-failed-busy": async (page) => {
		await press(page);
		await waitState(page, "connecting");
		say({ state: "ended", reason: "busy", by: "system" });
		await waitState(page, "failed");
	},
	"14-failed-mic-denied": async (page) => {
		await page.evaluate(() => {
			navigator.mediaDevices.getUserMedia = () =>
				Promise.reject(new DOMException("no", "NotAllowedError"));
			navigator.permissions.query = () => Promise.resolve({ state: "denied" });
		});
		await press(page);
		await waitState(page, "failed");
	},
	"15-failed-auth": async (page) => {
		await page.evaluate(() =>
			window.Ringdown.configure({ onAuthRequired: () => undefined }),
		);
		await refuse(401, "auth_refused")(page);
	},
	"16-failed-limit": refuse(429, "limit_rate", { headers: { "retry-after": "120" } }),
	"17-failed-forbidden": refuse(403, "forbidden_destination"),
	"18-failed-provider": refuse(503, "provider_down", { body: { supportId: "M2-9XA" } }),
	"19-pill": async (page) => {
		await talking(page);
		await page.keyboard.press("Escape");
		await page.waitForTimeout(200);
	},
	"20-pill-muted": async (page) => {
		await talking(page);
		await page.keyboard.press("m");
		await page.keyboard.press("Escape");
		await page.waitForTimeout(200);
	},
	"21-weak": async (page) => {
		await talking(page);
		await page.evaluate(() => window.fakeMedia.tell({ is: "quality", poor: true }));
	},
	"22-sound-blocked": async (page) => {
		await talking(page);
		await page.evaluate(() =>
			window.fakeMedia.tell({ is: "sound_blocked", blocked: true }),
		);
	},
};

const LOOKS = [
	["light", {}, {}],
	["dark", { colorScheme: "dark" }, { dark: true }],
];
const MORE = [
	[
		"inline",
		"data-variant=inline",
		["00-idle", "05-in-call", "07-keypad", "11-ended", "14-failed-mic-denied"],
		{},
		{ width: "24rem" },
	],
	["floating", "data-variant=floating", ["00-idle", "05-in-call", "19-pill"], {}, {}],
	[
		"bar",
		"data-variant=bar",
		["00-idle", "04-ringing", "05-in-call", "07-keypad", "11-ended", "13-failed-busy"],
		{},
		{},
	],
	[
		"rtl",
		"data-variant=floating",
		[
			"00-idle",
			"02-permission",
			"05-in-call",
			"06-muted",
			"07-keypad",
			"09-reconnecting",
			"11-ended",
			"13-failed-busy",
			"14-failed-mic-denied",
			"16-failed-limit",
			"19-pill",
		],
		{},
		{ lang: "ar", dir: "rtl" },
	],
	...["de", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "tr", "zh-Hans"].map((lang) => [
		lang,
		"",
		["05-in-call", "06-muted", "09-reconnecting", "13-failed-busy", "14-failed-mic-denied"],
		{},
		{ lang },
	]),
	[
		"phone",
		"",
		["00-idle", "05-in-call", "07-keypad", "14-failed-mic-denied", "19-pill"],
		{ viewport: { width: 360, height: 700 } },
		{},
	],
	[
		"forced",
		"",
		["00-idle", "05-in-call", "06-muted", "07-keypad", "13-failed-busy"],
		{ forcedColors: "active" },
		{},
	],
	[
		"zoom",
		"",
		["05-in-call", "07-keypad", "14-failed-mic-denied"],
		{ viewport: { width: 320, height: 256 } },
		{},
	],
];

const browser = await openBrowser();
let shots = 0;

async function shoot(look, attributes, name, context, style) {
	if (only && !`${look}-${name}`.includes(only)) return;
	const page = await (
		await browser.newContext({
			viewport: { width: 820, height: 620 },
			permissions: ["clipboard-read", "clipboard-write"],
			...context,
		})
	).newPage();

	server.next = {};
	server.onDelete = (call) =>
		call.say({ state: "ended", reason: "ended_by_caller", by: "caller", seconds: 42 });
	page.on("pageerror", (error) => console.error(`${look}-${name}: ${error}`));
	await page.addInitScript(fakeMedia);
	await page.goto(server.page("/shot", html(attributes, style)));
	try {
		await SCENES[name](page);
		await page.waitForTimeout(250);
		await page.screenshot({ path: `${out}/${look}-${name}.png` });
		shots++;
	} catch (error) {
		console.error(`${look}-${name}: ${error.message}`);
	}
	await page.context().close();
}

for (const [look, context, style] of LOOKS)
	for (const name of Object.keys(SCENES)) await shoot(look, "", name, context, style);
for (const [look, attributes, names, context, style] of MORE)
	for (const name of names) await shoot(look, attributes, name, context, style);
await browser.close();
await server.close();
console.log(`${shots} pictures in ${out}`);
