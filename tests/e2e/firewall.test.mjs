/* e2e/firewall.test.mjs - callers whose network lets little through.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The office is a network namespace behind another that is its firewall; the
 * TURN server is Debian's coturn, unpacked by script/coturn. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { certificates } from "../help/certificates.mjs";
import { Program, ROOT, destination, freePort, startAnswer, startRingdown, trunk } from "../help/server.mjs";
import { measured } from "../help/wait.mjs";
import { inBrowsers, launcher, waitState } from "./help/browser.mjs";
import { openFront } from "./help/front.mjs";
import { MediaSite } from "./help/media-page.mjs";
import { Network, lack } from "./help/networks.mjs";

const SECRET = "a secret of both: c0turn";
const TALKING_MS = 6000;
const CALLER_HZ = 440;
const PHONE_HZ = 700;

const DESTINATIONS = [destination("phone", "sip")];

/* --- what pages tell --- */

/* Runs in the page: keeps its connections; without UDP if so wished. */
function keepPeers(isTcpOnly) {
	window.peers = [];
	window.RTCPeerConnection = class extends RTCPeerConnection {
		constructor(...all) {
			super(...all);
			window.peers.push(this);
		}
		setRemoteDescription({ type, sdp }) {
			return super.setRemoteDescription({
				type,
				sdp: isTcpOnly ? sdp.replace(/^a=candidate:\S+ \d+ udp .*\r\n/gim, "") : sdp,
			});
		}
	};
}

/* What the newest connection goes by: "udp", "tcp", or how the relay is reached. */
const wayOf = (page) =>
	page.evaluate(async () => {
		const all = [...(await window.peers.at(-1).getStats()).values()];
		const chosen = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
		const pair = all.find((one) => one.type === "candidate-pair" && (one.id === chosen || one.selected));
		const { candidateType, protocol, relayProtocol } = all.find(({ id }) => id === pair?.localCandidateId) ?? {};
		return candidateType === "relay" ? `relay over ${relayProtocol}` : protocol;
	});

/* Both hear each other's tone; how long it took from joining on. */
async function talk(page, call, phone) {
	const startMs = Date.now();

	await page.join(call.ConnectionData, { hz: CALLER_HZ, iceServers: call.iceServers });
	await page.hears(PHONE_HZ);
	const tookMs = Date.now() - startMs;
	await phone.hears(CALLER_HZ, 0.5);
	return tookMs;
}

/* --- credentials --- */

describe("TURN credentials", () => {
	const urls = ["turn:turn.test:3478?transport=udp", "turns:turn.test:443?transport=tcp"];
	let server;

	afterEach(async () => {
		await server?.stop();
		server = undefined;
	});

	/* RFC 2104 over the user name, as coturn's use-auth-secret counts it. */
	function check(iceServers, callId, lifetime) {
		const [one, ...others] = iceServers;
		const [expiry, name] = one.username.split(":");

		assert.deepEqual(others, []);
		assert.deepEqual(one.urls, urls);
		assert.equal(name, callId);
		assert.ok(Math.abs(expiry - Date.now() / 1000 - lifetime) < 60, `ends at ${expiry}`);
		assert.equal(one.credential, createHmac("sha1", SECRET).update(one.username).digest("base64"));
	}

	test("each call has its own, resumed or not, and no log has a secret", async () => {
		const folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-turn-"));
		const file = path.join(folder, "secret");
		const calls = [];

		await writeFile(file, `${SECRET}\n`, { mode: 0o600 });
		server = await startRingdown({ server: { log_level: "debug" }, more: { turn: { urls, secret_file: file, lifetime_s: 20_000 } } });
		for (let i = 0; i < 2; i++) {
			calls.push(await (await server.call()).json());
			check(calls[i].iceServers, calls[i].callId, 20_000);
		}
		const [{ callId, callKey, resumeKey }] = calls;
		const ask = (what, headers, body) => fetch(`${server.url}/v1/calls/${callId}/${what}`, { method: "POST", headers, body });
		assert.equal((await ask("leaving", { "ringdown-call-key": callKey })).status, 204);
		const resumed = await ask("resume", { "content-type": "application/json" }, JSON.stringify({ resumeKey }));
		assert.equal(resumed.status, 200);
		check((await resumed.json()).iceServers, callId, 20_000);
		for (const secret of [SECRET, ...calls.map(({ iceServers: [{ credential }] }) => credential)])
			assert.ok(!server.program.output.includes(secret));
		await rm(folder, { recursive: true });
	});

	test("without TURN servers no call has any", async () => {
		server = await startRingdown();
		assert.equal((await (await server.call()).json()).iceServers, undefined);
	});
});

/* --- candidates over TCP --- */

describe("the TCP candidate alone", () => {
	let server, site, port, browser;
	const inEach = inBrowsers((one) => {
		browser = one;
	});

	before(async () => {
		port = await freePort();
		server = await startRingdown({ destinations: DESTINATIONS, more: { trunks: [trunk(port)] } });
		site = await new MediaSite().open();
	});
	after(async () => {
		await site?.close();
		await server?.stop();
	});

	inEach("our client talks by it", () => measured(async () => {
		const phone = await startAnswer("--listen", `127.0.0.1:${port}`, "--tone", `${PHONE_HZ}`, "--hear", `${CALLER_HZ}`);
		try {
			const page = await site.page(browser, "media-engine");
			await page.page.evaluate(keepPeers, true);
			await talk(page, await (await server.call({ destination: "phone" })).json(), phone);
			assert.equal(await wayOf(page.page), "tcp");
		} finally {
			await phone.stop();
		}
	}));
});

/* --- the office --- */

const libraries = () => {
	const usr = path.join(ROOT, "build/coturn/usr/lib");

	return existsSync(usr)
		? readdirSync(usr).filter((name) => name.endsWith("-linux-gnu")).map((name) => path.join(usr, name)).join(":")
		: "";
};
const coturn = [path.join(ROOT, "build/coturn/usr/bin/turnserver"), "/usr/bin/turnserver"].find(existsSync);

describe("an office behind a firewall", { skip: lack() }, () => {
	let keys, folder, network, browser, relay, phone, port, server, front;
	const inEach = inBrowsers((one) => {
		browser = one;
	}, () => ({
		programs: network.programs,
		args: ["--ignore-certificate-errors"],
	}));

	before(async () => {
		folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-office-"));
		network = new Network().open();
		keys = certificates([`IP:${network.site}`, "DNS:relay.test"]);
		network.trust(path.join(keys.folder("these"), "cafile.pem"));
		port = await freePort();
		await serve({ force: false });
	});
	beforeEach(async () => {
		phone = await startAnswer("--listen", `127.0.0.1:${port}`, "--tone", `${PHONE_HZ}`, "--hear", `${CALLER_HZ}`);
	});
	afterEach(async () => {
		network.openAll();
		await phone.stop();
	});
	after(async () => {
		await front?.close();
		await server?.stop();
		await relay?.stop();
		network?.close();
		keys?.close();
		await rm(folder, { recursive: true });
	});

	const certificate = () => path.join(keys.folder("these"), "agent.pem");

	/* One server at a time, by TLS on port 443. */
	async function serve({ force }) {
		await front?.close();
		await server?.stop();
		server = await startRingdown({
			destinations: DESTINATIONS, bind: network.site, publicUrl: `https://${network.site}`,
			more: {
				trunks: [trunk(port)],
				/* Firefox takes no turns: with an address in place of a name,
				 * and Chromium asks for names where nobody answers. */
				turn: { urls: ["relay.test", network.relay].map((host) => `turns:${host}:443?transport=tcp`), secret: SECRET, force },
			},
		});
		front = await openFront({
			address: network.site, port: 443, certificate: readFileSync(certificate()), to: server.port,
			body: () => `<script src="/v1/ringdown.js" defer></script><div data-ringdown="phone" data-token="${server.token()}"></div>`,
		});
	}

	async function openRelay() {
		const pem = certificate();

		relay ??= new Program(coturn, [
			"-n", "-v", "--log-file=stdout", "--no-cli", "--no-multicast-peers", "--no-udp", "--no-dtls", "--no-tcp",
			`--listening-ip=${network.relay}`, `--relay-ip=${network.relay}`, "--tls-listening-port=443",
			"--use-auth-secret", `--static-auth-secret=${SECRET}`, "--realm=ringdown.test",
			`--cert=${pem}`, `--pkey=${pem}`, `--userdb=${path.join(folder, "turndb")}`, `--pidfile=${path.join(folder, "pid")}`,
			"--denied-peer-ip=0.0.0.0-255.255.255.255", `--allowed-peer-ip=${network.site}`,
		], { env: { ...process.env, LD_LIBRARY_PATH: libraries() } });
		await relay.line(/TLS listener opened on/);
	}

	/* Both tones, in time, by that way. */
	const talksBy = (t, part, wanted, limitMs = TALKING_MS) => measured(async () => {
		const site = new MediaSite();
		site.origin = front.origin;
		const page = await site.page(browser, part);

		try {
			await page.page.evaluate(keepPeers, false);
			const tookMs = await talk(page, await (await server.call({ destination: "phone" })).json(), phone);
			t.diagnostic(`talking after ${tookMs} ms`);
			assert.equal(await wayOf(page.page), wanted);
			assert.ok(tookMs <= limitMs, `it took ${tookMs} ms`);
			await page.session("leave");
		} finally {
			await page.page.context().close();
		}
	});

	inEach("where UDP comes through, the call goes by it", (t) => talksBy(t, "media-engine", "udp"));

	inEach("without UDP our client talks over TCP in six seconds", (t) => {
		network.blockUdp();
		return talksBy(t, "media-engine", "tcp");
	});

	inEach("without UDP the Chime SDK talks over TCP in six seconds", (t) => {
		network.blockUdp();
		return talksBy(t, "media-chime", "tcp");
	});

	/* From the press on; talking is what the far end's first packet proves. */
	const widgetTalksBy = (t, wanted, limitMs) => measured(async () => {
		const context = await browser.newContext();

		try {
			const page = await context.newPage();
			await page.addInitScript(keepPeers, false);
			await page.goto(`${front.origin}/`);
			await launcher(page).waitFor();
			const startMs = Date.now();
			await launcher(page).click();
			await waitState(page, "in-call");
			const tookMs = Date.now() - startMs;
			t.diagnostic(`talking after ${tookMs} ms`);
			assert.equal(await wayOf(page), wanted);
			assert.ok(tookMs <= limitMs, `it took ${tookMs} ms`);
		} finally {
			await context.close();
		}
	});

	inEach("without UDP the widget talks in six seconds", (t) => {
		network.blockUdp();
		return widgetTalksBy(t, "tcp", TALKING_MS);
	});

	const noRelay = !coturn && "no coturn: run script/coturn";

	inEach("with port 443 of TCP alone our client talks through coturn", { skip: noRelay }, async (t) => {
		await openRelay();
		network.onlyTcp(443);
		await talksBy(t, "media-engine", "relay over tls", 2 * TALKING_MS);
	});

	inEach("with port 443 of TCP alone the widget talks through coturn", { skip: noRelay }, async (t) => {
		await openRelay();
		network.onlyTcp(443);
		await widgetTalksBy(t, "relay over tls", 2 * TALKING_MS);
	});

	inEach("with port 443 of TCP alone the Chime SDK is forced through coturn", { skip: noRelay }, async (t) => {
		await openRelay();
		await serve({ force: true });
		network.onlyTcp(443);
		await talksBy(t, "media-chime", "relay over tls", 2 * TALKING_MS);
	});
});
