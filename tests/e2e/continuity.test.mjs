/* e2e/continuity.test.mjs - a call outlives its page, its tab's neighbours, its devices and its silence.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The built widget on a real server with a telephone behind it;
 * silence is measured in what the telephone recorded. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { after, afterEach, before, test as plain } from "node:test";
import { Program, destination, freePort, startAnswer, startRingdown, trunk } from "../help/server.mjs";
import { share, wavSound } from "../help/sound.mjs";
import { measured, until } from "../help/wait.mjs";
import { inBrowsers, missing, waitState } from "./help/browser.mjs";
import { CallSite, callOf, hears, press, seen } from "./help/continuity-page.mjs";

const US = 440;
const THEM = 700;

let server;
let site;
let port;
let phone;
let complaints = [];
let browser;
const test = inBrowsers(
	(one) => {
		browser = one;
	},
	{ without: ["--disable-back-forward-cache"] },
	/loaded anew|closed tab|two tabs|network|cache|going back|after a reload/,
);

/* Root needs no user namespace, and may not be allowed one. */
const namespace = ["-n", "-Urn"].find(
	(flags) => spawnSync("unshare", [flags, "true"]).status === 0,
);

/* Twenty seconds are long; the others need not wait for them. */
const outages = new Map();
before(() => {
	for (const name of ["chromium", "firefox"])
		if (namespace && !missing(name))
			outages.set(name, new Program("unshare", [
				...[namespace, process.execPath],
				...[fileURLToPath(new URL("help/outage.mjs", import.meta.url)), name],
			]));
});

before(
	async () => {
		port = await freePort();
		server = await startRingdown({
			destinations: [destination("phone", "sip")],
			more: { trunks: [trunk(port)] },
		});
		site = await new CallSite().open();
	},
	{ timeout: 120_000 },
);

after(async () => {
	for (const outage of outages.values()) await outage.stop();
	await site?.close();
	await server?.stop();
});

afterEach(async () => {
	await phone?.stop();
	phone = undefined;
	const said = complaints.splice(0);
	assert.deepEqual(said, []);
});

let people = 0;

/* Somebody new, so that no call of before is in the way. */
async function open({ behaviour = ["--tone", String(THEM), "--hear", String(US)], more } = {}) {
	await phone?.stop();
	phone = await startAnswer("--listen", `127.0.0.1:${port}`, ...behaviour);
	site.serve(server, { sub: `person-${++people}`, more });
	return site.page(await browser.newContext(), complaints);
}

async function talk(options) {
	const page = await open(options);

	await press(page);
	await waitState(page, "in-call");
	return page;
}

/* The longest time without our tone, between two of it. */
async function longestSilence() {
	const { samples, rate } = await wavSound(phone.file);
	const size = Math.round(rate * 0.04);
	let [last, longest] = [null, 0];

	for (let at = 0; at + size <= samples.length; at += size) {
		if (share(samples.slice(at, at + size), US, rate) < 0.5) continue;
		if (last !== null) longest = Math.max(longest, (at - last) / rate);
		last = at;
	}
	return longest;
}

/* Loads the page anew, and it is the same call in that state.  The server
 * waits five seconds for it, which a busy machine may need to show a page:
 * whoever calls this measures again. */
async function reload(page, state, come = () => page.reload()) {
	const { id } = await callOf(page);
	const settled = [state, "in-call", "ended", "failed"]
		.map((one) => `ringdown-call[data-state="${one}"]`)
		.join();

	await page.waitForFunction(() => sessionStorage["ringdown.resume"]);
	await come();
	await page.locator(settled).waitFor({ state: "attached" });
	assert.equal(await page.locator("ringdown-call").getAttribute("data-state"), state);
	assert.equal((await callOf(page)).id, id);
	assert.deepEqual((await seen(page, "state"))[0].to, "resuming");
}

test("a page loaded anew while talking has the same call, after at most 3 s", async () => {
	await measured(async () => {
		const page = await talk();

		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		await reload(page, "in-call");
		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		const silence = await longestSilence();
		assert.ok(silence > 0 && silence <= 3, `${silence} s of silence`);
	});
});

test("a page loaded anew while it rings goes on ringing, and is answered", async () => {
	await measured(async () => {
		const page = await open({
			behaviour: ["--tone", String(THEM), "--hear", String(US), "--ring-ms", "4000"],
		});

		await press(page);
		await waitState(page, "ringing");
		await page.waitForFunction(() => sessionStorage["ringdown.resume"]);
		await reload(page, "ringing");
		await waitState(page, "in-call");
		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
	});
});

test("another page of the site goes on with the call, though it has no button", async () => {
	await measured(async () => {
		const page = await talk();

		await reload(page, "in-call", () => page.goto(`${site.origin}/next`));
		await Promise.all([hears(page, THEM), phone.hears(US, 0.3)]);
		await page.locator("ringdown-call .end").click();
		await waitState(page, "ended");
		await phone.ended();
	});
});

test("who is muted is muted after a reload, and a second reload works as well", async () => {
	await measured(async () => {
		const page = await talk();

		await phone.hears(US, 0.3);
		await page.keyboard.press("m");
		await page.waitForFunction(() =>
			JSON.parse(sessionStorage["ringdown.resume"] ?? "{}").muted,
		);
		await reload(page, "in-call");
		await hears(page, THEM);
		assert.equal((await callOf(page)).muted, true);
		const before = (await wavSound(phone.file)).samples.length;
		await reload(page, "in-call");
		await hears(page, THEM);
		assert.equal((await callOf(page)).muted, true);
		const { samples, rate } = await wavSound(phone.file);
		assert.ok(share(samples.slice(before), US, rate) < 0.05, "nothing of us was heard");
		await page.evaluate(() => window.Ringdown.current.mute(false));
		await phone.hears(US, 0.3);
	});
});

test("a closed tab is hung up on the other side within five seconds", async () => {
	await measured(async () => {
		const page = await talk();

		await phone.hears(US, 0.3);
		await page.waitForFunction(() => sessionStorage["ringdown.resume"]);
		const closed = Date.now();
		await page.close({ runBeforeUnload: false });
		await phone.ended();
		const took = Date.now() - closed;
		assert.ok(took <= 6000, `${took} ms`);
	});
});

test("resume=off: nothing is kept, and a reload ends the call at once", async () => {
	const page = await talk({ more: 'data-resume="off"' });

	await page.waitForFunction(() => window.seen.some(([type]) => type === "devices"));
	assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	await page.reload();
	await phone.ended();
	assert.equal(await callOf(page), null);
});

test("an entry that leads nowhere is told politely, and is gone", async () => {
	const page = await open();

	await page.evaluate((api) => {
		sessionStorage["ringdown.resume"] = JSON.stringify({
			api,
			to: "phone",
			callId: crypto.randomUUID(),
			resumeKey: "A".repeat(43),
			provider: "engine",
			expires: Date.now() + 30_000,
			muted: false,
			startedAt: Date.now(),
			answeredAt: null,
		});
	}, server.url);
	await page.reload();
	await waitState(page, "failed");
	assert.equal(await page.evaluate(() => sessionStorage.length), 0);
	await until(
		() => page.evaluate(() => window.tracks.every(({ readyState }) => readyState === "ended")),
		"no microphone is left open",
	);
});

test("two tabs have one call: the second shows it, mutes it, ends it", async () => {
	const first = await talk();
	const second = await site.page(first.context(), complaints);
	const other = second.locator("ringdown-call .elsewhere");

	await press(second);
	await waitState(second, "failed");
	assert.deepEqual((await seen(second, "busy")).length, 1);
	await second.locator("ringdown-call .stage .time:visible", { hasText: /^0:0\d$/ }).waitFor();
	await second.locator("ringdown-call .status", { hasText: "another tab" }).waitFor();
	await other.getByRole("button", { name: "Mute" }).click();
	await other.getByRole("button", { name: "Unmute" }).waitFor();
	assert.equal((await callOf(first)).muted, true);
	await first.locator("ringdown-call .plain").click();
	await other.getByRole("button", { name: "Go there" }).click();
	await first.locator("ringdown-call .panel").waitFor();
	await other.getByRole("button", { name: "Hang up" }).click();
	await waitState(first, "ended");
	await waitState(second, "idle");
	await phone.ended();

	/* And who had none may have the next. */
	await phone.stop();
	phone = await startAnswer("--listen", `127.0.0.1:${port}`);
	await press(second);
	await waitState(second, "in-call");
});

test("a copy of the tab leaves the call where it is", async () => {
	const first = await talk();

	await first.waitForFunction(() => sessionStorage["ringdown.resume"]);
	const entry = await first.evaluate(() => sessionStorage["ringdown.resume"]);
	const copy = await site.page(first.context(), complaints);
	await copy.evaluate((text) => {
		sessionStorage["ringdown.resume"] = text;
	}, entry);
	await copy.reload();
	await waitState(copy, "failed");
	await copy.locator("ringdown-call .elsewhere").waitFor();
	await hears(first, THEM);
	assert.equal((await callOf(first)).state, "in-call");
});

test("the microphone is released within a second of the end", async () => {
	const page = await talk();

	await page.evaluate(() => window.Ringdown.current.hangUp());
	await page.waitForFunction(
		() => window.tracks.every(({ readyState }) => readyState === "ended"),
		null,
		{ timeout: 1000, polling: 20 },
	);
	assert.ok((await page.evaluate(() => window.tracks.length)) > 0);
	assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test("a page that comes back from the back/forward cache can call", async () => {
	const page = await open();

	await page.evaluate(() => {
		window.isSame = true;
		addEventListener("pageshow", ({ persisted }) => (window.isBack = persisted));
	});
	await page.locator("ringdown-call .launcher").hover();
	await page.waitForFunction(() => window.Ringdown);
	await page.goto(`${site.origin}/elsewhere`);
	await page.evaluate(() => history.back()).catch(() => undefined);
	/* Nobody tells playwright of a page that was kept: locators wait for it for ever. */
	const is = (run, what) => until(() => page.evaluate(run, THEM).catch(() => false), what);
	await is(() => window.isSame && window.isBack, "the same page, from the cache");
	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	await is(() => window.Ringdown.current?.state === "in-call", "a call");
	await is((hz) => window.hears(hz), "the telephone is heard");
});

/* Neither browser keeps a page whose microphone is on: going back loads it
 * anew.  Chromium says why it did not. */
test("going back to the page of a call brings the call back", async () => {
	await measured(async () => {
		const page = await talk();

		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		await page.evaluate(() => (window.isSame = true));
		await reload(page, "in-call", async () => {
			await page.goto(`${site.origin}/elsewhere`);
			await page.evaluate(() => history.back()).catch(() => undefined);
			await until(
				() => page.evaluate(() => document.title === "Site").catch(() => false),
				"the first page again",
			);
		});
		const [isSame, why] = await page.evaluate(() => [
			window.isSame === true,
			performance
				.getEntriesByType("navigation")[0]
				.notRestoredReasons?.reasons?.map(({ reason }) => reason),
		]);
		assert.equal(isSame, false);
		if (why) assert.ok(why.includes("rtc"), why.join());
		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
	});
});

/* Where a browser does keep it: the events, and dead sockets, as it finds them. */
test("a page that comes back from the back/forward cache with a call goes on with it", async () => {
	await measured(async () => {
		const page = await talk();
		const { id } = await callOf(page);
		const turn = (type) =>
			page.evaluate(
				(name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })),
				type,
			);

		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		await page.waitForFunction(() => sessionStorage["ringdown.resume"]);
		await Promise.all([page.waitForResponse(/\/leaving$/), turn("pagehide")]);
		await page.evaluate(() => window.cut());
		await turn("pageshow");
		await page.waitForFunction(() =>
			window.seen.some(([type, { to }]) => type === "state" && to === "resuming"),
		);
		await waitState(page, "in-call");
		assert.equal((await callOf(page)).id, id);
		await Promise.all([hears(page, THEM), phone.hears(US, 0.5)]);
		/* What it had before is let go; it may be loaded anew as well. */
		assert.equal(
			await page.evaluate(
				() => window.tracks.filter(({ readyState }) => readyState === "live").length,
			),
			1,
		);
		await page.evaluate(() => (window.seen = []));
		await reload(page, "in-call");
		await hears(page, THEM);
		await page.locator("ringdown-call .end").click();
		await waitState(page, "ended");
		await phone.ended();
	});
});

test("silence is repaired, then told, of either side; sound takes it back", async () => {
	const page = await open({ behaviour: ["--silent", "--hear", String(US)] });
	const weak = page.locator("ringdown-call .weak");

	await page.evaluate(() => {
		window.gain = 0;
	});
	await press(page);
	await waitState(page, "in-call");
	/* Once by the call, once more by the repair. */
	await page.waitForFunction(() => window.tracks.length > 1, null, { polling: 50 });
	await weak.getByText("They can't hear you").waitFor();
	/* What does not help is followed by a connection made anew. */
	await page.waitForFunction(() =>
		window.seen.some(([type, { to }]) => type === "state" && to === "reconnecting"),
	);
	await weak.getByText("We can't hear them").waitFor();
	await page.evaluate(() => {
		window.gain = 0.5;
	});
	await page.evaluate(() => window.Ringdown.current.setInput("default"));
	await phone.hears(US, 0.3);
	assert.equal((await callOf(page)).state, "in-call");
});

test("who talks while muted is told so, at most every ten seconds", async () => {
	const page = await talk();

	await phone.hears(US, 0.3);
	await page.waitForFunction(() => window.seen.some(([type]) => type === "devices"));
	await page.evaluate(() => window.Ringdown.current.mute());
	await page.locator("ringdown-call .weak", { hasText: "You're muted." }).waitFor();
	assert.equal((await seen(page, "muted-speech")).length, 1);
	await page.keyboard.press("m");
	await phone.hears(US, 0.3);
	await page.evaluate(() => window.Ringdown.current.hangUp());
	await until(
		() => page.evaluate(() => window.tracks.every(({ readyState }) => readyState === "ended")),
		"its copy is released too",
	);
});

test("devices: told, chosen in the panel, followed when the system's default changes", async () => {
	const page = await open();

	await page.evaluate(() => {
		window.group = "one";
		const device = (kind, deviceId, label, groupId) => ({ kind, deviceId, label, groupId });
		MediaDevices.prototype.enumerateDevices = async () => [
			device("audioinput", "default", "Default", window.group),
			device("audioinput", "desk", "Desk", "one"),
			device("audioinput", "head", "Headset", "two"),
			device("audiooutput", "default", "Default", "one"),
		];
	});
	await press(page);
	await waitState(page, "in-call");
	const picker = page.locator("ringdown-call .devices");
	await picker.locator("summary").click();
	const [inputs] = (await seen(page, "devices")).map((one) => one.inputs);
	assert.deepEqual(
		inputs.map(({ label }) => label),
		["Default", "Desk", "Headset"],
	);
	const microphone = picker.getByRole("combobox", { name: "Microphone" });
	await microphone.waitFor(); /* the lists are fetched when they are opened */
	assert.equal(await picker.getByRole("combobox").count(), 1, "there is one speaker");
	await page.keyboard.press("m");

	const opened = () => page.evaluate(() => window.tracks.length);
	const before = await opened();
	await page.evaluate(() => {
		window.group = "two";
		navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
		navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
	});
	await until(async () => (await opened()) === before + 1, "captured anew, once");
	const isOn = () =>
		page.evaluate(() => window.tracks.filter(({ readyState }) => readyState === "live"));
	await until(async () => (await isOn()).length <= 2, "the old one is let go");
	assert.equal((await callOf(page)).muted, true);
	assert.equal(
		await page.evaluate(() => window.tracks.at(-1).enabled),
		false,
		"still muted with the new one",
	);
	await page.keyboard.press("m");
	await phone.hears(US, 0.3);

	await microphone.selectOption("Headset");
	await until(async () => (await opened()) === before + 2, "the chosen one is opened");
	await phone.hears(US, 0.3);
	await page.evaluate(() =>
		document.querySelector("[data-ringdown]").setAttribute("data-devices", "off"),
	);
	await picker.waitFor({ state: "hidden" });
});

test("quality is told in words once it is known, and is good here", async () => {
	await measured(async () => {
		const page = await talk();

		await page.waitForFunction(() => window.Ringdown.current.quality.level !== "unknown");
		const quality = await page.evaluate(() => ({ ...window.Ringdown.current.quality }));
		assert.equal(quality.level, "good");
		assert.ok(quality.mos > 4 && quality.rttMs >= 0 && quality.lossPct >= 0);
		assert.equal((await seen(page, "quality"))[0].level, "good");
		await page.getByRole("img", { name: "Connection: good" }).waitFor();
	});
});

const OUTAGE = "the network is away for twenty seconds, and it is the same call";
for (const name of ["chromium", "firefox"])
	plain(
		`${name}: ${OUTAGE}`,
		{ skip: namespace ? missing(name) : "no network namespace here" },
		async () => {
			const { code } = await outages.get(name).ended;
			assert.equal(code, 0, outages.get(name).output);
		},
	);
