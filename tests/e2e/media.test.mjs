/* e2e/media.test.mjs - the same cases with our media client and with the Chime SDK's.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each is the part of web/dist that the widget loads, in Chromium and in
 * Firefox, on a real server with a real telephone behind it. */
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { destination, freePort, startAnswer, startRingdown, trunk } from "../help/server.mjs";
import { until } from "../help/wait.mjs";
import { inBrowsers } from "./help/browser.mjs";
import { MediaSite } from "./help/media-page.mjs";

/* AUDIO_CONTROL from its type on: muted, or not. */
const MUTE = "10108a01020801";
const UNMUTE = "10108a01020800";

let server;
let site;
let browser;
const test = inBrowsers((one) => {
	browser = one;
});
let port;
let made = [];
let phone;

before(
	async () => {
		port = await freePort();
		server = await startRingdown({
			destinations: [destination("echo"), destination("meet", "meeting"), destination("phone", "sip")],
			more: { trunks: [trunk(port)] },
		});
		site = await new MediaSite().open();
	},
	{ timeout: 120_000 },
);

after(async () => {
	await site?.close();
	await server?.stop();
});

const keyed = ({ callKey }) => ({ headers: { "ringdown-call-key": callKey } });
const url = ({ callId }) => `${server.url}/v1/calls/${callId}`;
const stateOf = async (call) => (await fetch(url(call), keyed(call))).json();
const end = (call) => fetch(url(call), { method: "DELETE", ...keyed(call) });
const ended = (call) =>
	until(async () => {
		const state = await stateOf(call);
		return state.state === "ended" && state;
	}, "the call is over");

afterEach(async () => {
	const complaints = site?.takeComplaints();

	for (const call of made.splice(0)) await end(call);
	await phone?.stop();
	phone = undefined;
	assert.deepEqual(complaints, []);
});

async function makeCall(destination = "echo", sub = "alice") {
	const answer = await server.call({ destination }, { sub });

	assert.equal(answer.status, 201);
	made.push(await answer.json());
	return made.at(-1);
}

/* A page whose session is up, and its call. */
async function talk(part, destination) {
	const call = await makeCall(destination);
	const page = await site.page(browser, part);

	await page.join(call.ConnectionData);
	await page.told("up");
	return { page, call };
}

/* The name of the case, and what happens in it. */
const CASES = {
	"it starts, and the tone comes back": async (part) => {
		const { page } = await talk(part);

		await page.hears(440);
		assert.equal(await page.ask("count", "lost"), 0);
	},

	"a telephone: tones both ways": async (part) => {
		phone = await startAnswer(
			...["--listen", `127.0.0.1:${port}`, "--tone", "700", "--hear", "440"],
		);
		const { page } = await talk(part, "phone");

		await page.hears(700);
		await phone.hears(440, 1);
	},

	"digits reach the telephone while the sound goes on": async (part) => {
		phone = await startAnswer("--listen", `127.0.0.1:${port}`, "--tone", "700");
		const { page, call } = await talk(part, "phone");

		await page.hears(700);
		const { status } = await fetch(`${url(call)}/digits`, {
			method: "POST",
			headers: { ...keyed(call).headers, "content-type": "application/json" },
			body: JSON.stringify({ digits: "12#" }),
		});
		assert.equal(status, 202);
		await phone.program.line(/"event":"digit".*"digits":"12#"/);
		await page.hears(700);
	},

	"mute is silence over there, and is told": async (part) => {
		const { page } = await talk(part);

		await page.hears(440);
		await page.session("mute", true);
		await page.hears(0);
		await until(
			async () => (await page.sent()).some((frame) => frame.endsWith(MUTE)),
			"it was told",
		);
		await page.session("mute", false);
		await page.hears(440);
		assert.ok((await page.sent()).some((frame) => frame.endsWith(UNMUTE)));
	},

	"the microphone's level is seen, and is zero while muted": async (part) => {
		const { page } = await talk(part);
		const level = () => page.session("level");

		await until(async () => (await level()) > 0.1, "a level");
		await page.session("mute", true);
		await until(async () => (await level()) < 0.001, "none");
	},

	"a microphone that is pulled out is replaced by another": async (part) => {
		const { page } = await talk(part);

		await page.hears(440);
		await page.ask("pull", 620);
		await page.hears(620);
		await page.session("mute", true);
		await page.hears(0);
		await page.ask("pull", 700);
		await page.isSilent(1000);
		await page.session("mute", false);
		await page.hears(700);
	},

	"another microphone is chosen, and mute stays as it was": async (part) => {
		const { page } = await talk(part);

		await page.hears(440);
		const first = await page.page.evaluateHandle(
			() => window.calls.a.stream.getAudioTracks()[0],
		);
		await page.ask("choose", 620);
		await page.hears(620);
		assert.equal(await first.evaluate((track) => track.readyState), "ended");
		await page.session("mute", true);
		await page.hears(0);
		await page.ask("choose", 700);
		await page.isSilent(1000);
		await page.session("mute", false);
		await page.hears(700);
		await page.session("setOutput", "default");
		await page.hears(700);
	},

	"what is measured: packets, levels, round trip": async (part) => {
		const { page } = await talk(part);
		let stats;

		await page.hears(440);
		await until(async () => {
			stats = await page.session("stats");
			return stats.levelIn > 0.1 && stats.levelOut > 0.1 && stats.rttMs >= 0;
		}, () => `levels and a round trip, not ${JSON.stringify(stats)}`);
		assert.ok(stats.packetsIn > 0 && stats.bytesIn > 0 && stats.bytesOut > 0);
		assert.ok(stats.jitterMs >= 0 && stats.lossPct >= 0 && stats.lossPct < 50);
	},

	"sound that is repaired comes again, in the same call": async (part) => {
		const { page, call } = await talk(part);

		await page.hears(440);
		await page.session("repair");
		await page.told("up", { times: 2 });
		await page.hears(440);
		assert.equal((await stateOf(call)).state, "in-call");
	},

	"leaving ends the call, and the server says who": async (part) => {
		const { page, call } = await talk(part);

		/* The SDK is up before DTLS is; who leaves then only failed to start. */
		await until(
			async () => (await stateOf(call)).state === "in-call",
			"the server has the caller",
		);
		await page.session("leave");
		await page.stopped("left");
		const over = await ended(call);
		assert.equal(over.by, "caller");
		assert.equal(over.reason, "ended_by_caller");
		await until(async () => (await page.openSockets()) === 0, "no socket is left");
		assert.equal(await page.page.evaluate(() => window.calls.a.audio.srcObject), null);
		await page.session("leave");
		assert.equal(await page.ask("count", "stopped"), 1);
	},

	"an end by the server is the end": async (part) => {
		const { page, call } = await talk(part);

		await end(call);
		await page.stopped("ended");
		await until(async () => (await page.openSockets()) === 0, "no socket is left");
	},

	"the telephone hangs up": async (part) => {
		phone = await startAnswer(
			...["--listen", `127.0.0.1:${port}`, "--hangup-after", "1"],
		);
		const { page, call } = await talk(part, "phone");

		await page.stopped("ended");
		assert.equal((await ended(call)).reason, "ended_by_advisor");
	},

	"two who meet hear each other, and end together": async (part) => {
		const calls = [await makeCall("meet"), await makeCall("meet", "bob")];
		const pages = [await site.page(browser, part), await site.page(browser, part)];

		await pages[0].join(calls[0].ConnectionData, { hz: 440 });
		await pages[1].join(calls[1].ConnectionData, { hz: 620 });
		await Promise.all([pages[0].hears(620), pages[1].hears(440)]);
		await end(calls[0]);
		await Promise.all(pages.map((page) => page.stopped("ended")));
	},

	"a meeting that is over": async (part) => {
		const call = await makeCall();
		const page = await site.page(browser, part);

		await end(call);
		await ended(call);
		await page.join(call.ConnectionData);
		await page.stopped("ended");
		assert.equal(await page.ask("count", "up"), 0);
	},

	"a wrong token": async (part) => {
		const { ConnectionData } = await makeCall();
		const page = await site.page(browser, part);
		const { JoinToken } = ConnectionData.Attendee;

		ConnectionData.Attendee.JoinToken = `${JoinToken[0] === "A" ? "B" : "A"}${JoinToken.slice(1)}`;
		await page.join(ConnectionData);
		await page.stopped("refused");
		assert.equal(await page.ask("count", "up"), 0);
	},

	"a second device takes the call over": async (part) => {
		const { page, call } = await talk(part);
		const second = await site.page(browser, part);

		await second.join(call.ConnectionData, { hz: 620 });
		await page.stopped("elsewhere");
		await second.told("up");
		await second.hears(620);
	},

	"the socket breaks and the same call goes on": async (part) => {
		const { page, call } = await talk(part);

		await page.cut({ stays: false });
		await page.told("lost");
		await page.told("up", { times: 2 });
		await page.hears(440);
		assert.equal((await stateOf(call)).state, "in-call");
		await page.session("leave");
		assert.equal((await ended(call)).reason, "ended_by_caller");
	},

	"the network is away for five seconds": async (part) => {
		const { page, call } = await talk(part);

		await page.cut({ stays: true });
		await page.told("lost");
		await page.page.waitForTimeout(5000);
		assert.equal(await page.ask("count", "up"), 1);
		await page.mend();
		await page.told("up", { times: 2 });
		await page.hears(440);
		assert.equal((await stateOf(call)).state, "in-call");
	},

	"who was muted is muted after a reconnection": async (part) => {
		const { page } = await talk(part);

		await page.session("mute", true);
		await page.hears(0);
		await page.cut({ stays: false });
		await page.told("up", { times: 2 });
		await page.isSilent(1000);
		await page.session("mute", false);
		await page.hears(440);
	},

	"mute before it is up": async (part) => {
		const call = await makeCall();
		const page = await site.page(browser, part);

		await page.join(call.ConnectionData);
		await page.session("mute", true);
		await page.told("up");
		await page.isSilent(1000);
		await page.session("mute", false);
		await page.hears(440);
	},

	"packets stop and come again": async (part) => {
		const { page } = await talk(part);

		await page.hears(440);
		process.kill(server.pid, "SIGSTOP");
		try {
			await page.told("lost");
		} finally {
			process.kill(server.pid, "SIGCONT");
		}
		await page.told("up", { times: 2 });
		await page.hears(440);
	},

	"nobody at the other end of the socket, and the person gives up": async (part) => {
		const { ConnectionData } = await makeCall();
		const page = await site.page(browser, part);

		await page.page.evaluate(() => {
			window.isCut = true;
		});
		await page.join(ConnectionData);
		await until(
			() => page.page.evaluate(() => window.sockets.length > 1),
			"another attempt",
		);
		await page.session("leave");
		const tried = () => page.page.evaluate(() => window.sockets.length);
		const atLeave = await tried();
		await page.page.waitForTimeout(3000);
		const after = await tried();
		/* An attempt that was under way may still open its socket. */
		assert.ok(after <= atLeave + 1, `${after - atLeave} more attempts`);
		await page.page.waitForTimeout(3000);
		assert.equal(await tried(), after);
		assert.equal(await page.ask("count", "up"), 0);
	},

	"an attendee whose first try fails comes in by the next": async (part) => {
		const { ConnectionData } = await makeCall();
		const page = await site.page(browser, part);

		await page.page.evaluate(() => {
			window.isCut = true;
		});
		await page.join(ConnectionData);
		await until(() => page.page.evaluate(() => window.sockets.length > 0), "a try");
		await page.mend();
		await page.told("up");
		await page.hears(440);
	},

	"what is no connection is refused": async (part) => {
		const page = await site.page(browser, part);

		await assert.rejects(page.join({ Attendee: {} }), /internal/);
		await assert.rejects(page.join(null), /internal/);
		assert.equal(await page.page.evaluate(() => window.sockets.length), 0);
	},
};

/* The SDK is Amazon's, and what is slow waits alike in both browsers: Firefox
 * does the short cases of ours and some of the SDK's. */
const SLOW = /away for five seconds|nobody at the other end|packets stop/;
const WITH_SDK = /it starts|telephone: tones|^mute is|level is seen|pulled out|end by the server/;

for (const part of ["media-engine", "media-chime"])
	for (const [title, run] of Object.entries(CASES)) {
		const isRest = part === "media-chime" ? !WITH_SDK.test(title) : SLOW.test(title);
		test(`${part}: ${title}`, { timeout: 180_000, isRest }, () => run(part));
	}
