/* widget/diagnostics/gather.test.ts - a report has what helps, and nothing of who called whom.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Real calls against a real http server; the media is moved by hand. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { Api } from "../../core/api.js";
import { Call } from "../../core/call.js";
import type { CallRequest } from "../../core/call.js";
import { RingdownError } from "../../core/ports.js";
import type { Media, MediaNews } from "../../core/ports.js";
import { HandClock, json, net, problem, TestServer, until } from "../../core/testing.js";
import { gather } from "./gather.js";
import type { Surroundings } from "./gather.js";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const AROUND: Surroundings = {
	version: "1.2.3",
	agent: FIREFOX,
	brands: [],
	permission: "granted",
	devices: [],
	secrets: [],
};

const device = (kind: MediaDeviceKind, deviceId: string): Surroundings["devices"][number] => ({
	kind,
	deviceId,
	label: "",
	groupId: "",
});

/* All that must never be in a report. */
const PERSONAL = {
	token: "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln",
	name: "Alice Smith",
	number: "+15550100123",
	alias: "card-support",
	hint: "refund of order 4711",
	callId: "3c0ffee0-1111-4222-8333-444455556666",
	callKey: "k3yk3yk3yk3y",
	resumeKey: "r3sum3r3sum3",
	joinToken: "j01nt0k3nj01n",
	host: "media.bank.example",
	peer: "Ana Gomez",
	word: "maple",
	label: "Alice's Headset",
	device: "d3v1c3d3v1c3",
	group: "gr0upgr0up",
	local: "192.0.2.77",
	mapped: "2001:db8:1:2::5",
	mdns: "8f4b2c1e-7a11-4c57-9a0e-0d8c6f0b7e11.local",
	remote: "198.51.100.9",
};

let server: TestServer;
let clock: HandClock;
let stream: ServerResponse | null;
let refusal: ((response: ServerResponse) => void) | null;
let tell: (news: MediaNews) => void;
let stats: unknown[];
let failing: RingdownError | null;

const media: Media & { prepare(): void } = {
	prepare: () => undefined,
	capture: () => (failing ? Promise.reject(failing) : Promise.resolve({ stop: () => undefined })),
	join(_, __, news) {
		tell = news;
		return Promise.resolve({
			mute: () => undefined,
			level: () => Promise.resolve(0),
			playSound: () => Promise.resolve(),
			setInput: () => Promise.resolve(),
			setOutput: () => Promise.resolve(),
			stats: () => Promise.resolve({ report: stats }),
			repair: () => undefined,
			leave: () => Promise.resolve(),
		});
	},
};

beforeEach(async () => {
	server = await new TestServer().open();
	clock = new HandClock();
	stream = refusal = failing = null;
	stats = [];
	server.answer = ({ method, path }, response) => {
		if (method === "DELETE") json(response, 202, {});
		else if (path.endsWith("/events")) {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.write(": hello\n\n");
			stream = response;
		} else if (refusal) refusal(response);
		else
			json(response, 201, {
				callId: PERSONAL.callId,
				supportId: "K7-4QD",
				callKey: PERSONAL.callKey,
				resumeKey: PERSONAL.resumeKey,
				provider: "engine",
				ConnectionData: {
					Meeting: { MediaPlacement: { SignalingUrl: `wss://${PERSONAL.host}/x` } },
					Attendee: { JoinToken: PERSONAL.joinToken },
				},
			});
	};
});

afterEach(() => server.close());

function place(more: Partial<CallRequest> = {}): Call {
	const ports = { ...net(clock), media, warn: () => undefined };

	return new Call(ports, new Api(server.origin, ports), {
		to: PERSONAL.alias,
		hints: { topic: PERSONAL.hint, number: PERSONAL.number },
		displayName: PERSONAL.name,
		token: () => Promise.resolve(PERSONAL.token),
		...more,
	});
}

const say = (news: object): void => {
	stream?.write(`event: state\ndata: ${JSON.stringify(news)}\n\n`);
};

async function talk(call: Call): Promise<void> {
	call.press();
	await until(() => call.state === "connecting" && stream !== null, "made");
	clock.ms += 400;
	tell({ is: "up" });
	say({ state: "in-call", peer: { name: PERSONAL.peer, codeWord: PERSONAL.word } });
	await until(() => call.state === "in-call", "talking");
}

const PAIR = [
	{ id: "T", type: "transport", selectedCandidatePairId: "P" },
	{ id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R" },
	{ id: "Q", type: "candidate-pair", localCandidateId: "M", remoteCandidateId: "R", nominated: true, state: "succeeded" },
];
const LOCAL = { id: "L", type: "local-candidate", candidateType: "host", protocol: "udp", port: 50001 };
const REMOTE = { id: "R", type: "remote-candidate", candidateType: "host", protocol: "udp", address: PERSONAL.remote };

test("a call with names, numbers, tokens and hints: the report has none of them", async () => {
	const call = place();

	stats = [
		...PAIR,
		{ ...LOCAL, address: PERSONAL.local, usernameFragment: "uFr4g", url: `turn:${PERSONAL.host}` },
		{ ...LOCAL, id: "M", address: PERSONAL.mdns },
		{ ...LOCAL, id: "N", address: PERSONAL.mapped },
		REMOTE,
		{ id: "S", type: "media-source", trackIdentifier: PERSONAL.device, label: PERSONAL.label },
	];
	await talk(call);
	call.trail.push({ level: "good", mos: 4.3, rttMs: 20, lossPct: 0, jitterMs: 2 });
	/* The worst that a server could say. */
	call.refuse(new RingdownError("internal", { detail: Object.values(PERSONAL).join(" and ") }));
	assert.equal(call.state, "failed");
	const report = await gather(call, {
		...AROUND,
		secrets: [PERSONAL.token],
		devices: [
			{ kind: "audioinput", deviceId: PERSONAL.device, label: PERSONAL.label, groupId: PERSONAL.group },
		],
	});
	const text = JSON.stringify(report);

	for (const [what, value] of Object.entries(PERSONAL))
		assert.ok(!text.includes(value), `${what} is in ${text}`);
	for (const word of ["4711", "555", "Alice", "Gomez", "refund", "50001", "uFr4g", "Linux"])
		assert.ok(!text.includes(word), `${word} is in ${text}`);
	assert.deepEqual(Object.keys(report).sort(), [
		"browser", "detail", "devices", "history", "path", "permission", "provider", "quality",
		"reason", "state", "supportId", "version",
	]);
	assert.deepEqual(report.path, {
		local: { type: "host", protocol: "udp", address: "192.0.2.0/24" },
		remote: { type: "host", protocol: "udp", address: "198.51.100.0/24" },
	});
	assert.equal(report.supportId, "K7-4QD");
	assert.equal(report.provider, "engine");
});

test("states with the time since the press, the latest fifty", async () => {
	const call = place();

	await talk(call);
	clock.ms += 2000;
	say({ state: "held" });
	await until(() => call.state === "held", "held");
	const { history } = await gather(call, AROUND);
	assert.deepEqual(
		history.map(({ state, atMs }) => [state, atMs]),
		[["signing-in", 0], ["permission", 0], ["connecting", 0], ["in-call", 400], ["held", 2400]],
	);
	for (let i = 0; i < 60; i++) {
		const state = i % 2 ? "held" : "in-call";
		say({ state });
		await until(() => call.state === state, state);
	}
	assert.equal((await gather(call, AROUND)).history.length, 50);
});

test("what the call has been over by is known when it is over", async () => {
	const call = place();

	stats = [...PAIR, { ...LOCAL, candidateType: "relay", protocol: "udp", relayProtocol: "tls", address: PERSONAL.mapped }, REMOTE];
	await talk(call);
	say({ state: "ended", reason: "network_lost", by: "system" });
	await until(() => call.state === "failed", "failed");
	stats = [];
	const { path, reason } = await gather(call, AROUND);
	assert.equal(reason, "network_lost");
	assert.deepEqual(path?.local, { type: "relay", protocol: "tls", address: "2001:db8:1::/48" });
});

test("the pair is found as each browser tells it", async () => {
	for (const pair of [
		PAIR,
		[{ ...PAIR[1], selected: true }],
		[{ ...PAIR[1], nominated: true, state: "succeeded" }],
	]) {
		const call = place();
		stats = [...pair, LOCAL, { ...LOCAL, id: "M", protocol: "tcp" }, REMOTE];
		await talk(call);
		assert.equal((await gather(call, AROUND)).path?.local.protocol, "udp");
		call.hangUp();
		stream = null;
	}
});

test("where no way was found, the ways that were tried, each once", async () => {
	const call = place();

	stats = [
		{ id: "P", type: "candidate-pair", state: "failed", localCandidateId: "L", remoteCandidateId: "R" },
		{ ...LOCAL, address: PERSONAL.mdns },
		{ ...LOCAL, id: "M", address: PERSONAL.mdns, port: 2 },
		{ ...LOCAL, id: "N", protocol: "tcp", address: PERSONAL.local, tcpType: "active" },
		REMOTE,
	];
	call.press();
	await until(() => call.state === "connecting" && stream !== null, "made");
	tell({ is: "stopped", why: "network" });
	clock.pass(2000);
	await until(() => call.state === "failed", "failed");
	const { path, tried, reason } = await gather(call, AROUND);
	assert.equal(reason, "network_blocked");
	assert.equal(path, undefined);
	assert.deepEqual(tried, {
		local: [
			{ type: "host", protocol: "udp" },
			{ type: "host", protocol: "tcp", address: "192.0.2.0/24" },
		],
		remote: [{ type: "host", protocol: "udp", address: "198.51.100.0/24" }],
	});
});

test("quality is summed up over the seconds that were measured", async () => {
	const call = place();

	await talk(call);
	assert.equal((await gather(call, AROUND)).quality, undefined);
	for (const [rttMs, lossPct] of [[80, 0], [20.4, 10.06], [35, 1]] as const)
		call.trail.push({ level: "good", mos: 4.236, rttMs, lossPct, jitterMs: 3.14 });
	const { quality } = await gather(call, AROUND);
	assert.deepEqual(quality, {
		seconds: 3,
		rttMs: { min: 20, median: 35, max: 80 },
		jitterMs: { min: 3.1, median: 3.1, max: 3.1 },
		lossPct: { min: 0, median: 1, max: 10.1 },
		mos: { min: 4.24, median: 4.24, max: 4.24 },
	});
});

test("devices are counted by their kind, permission is named", async () => {
	failing = new RingdownError("mic_none", { detail: "Requested device not found" });
	const call = place();

	call.press();
	await until(() => call.state === "failed", "failed");
	const report = await gather(call, {
		...AROUND,
		permission: "prompt",
		devices: [
			device("audioinput", "default"),
			device("audioinput", "communications"),
			device("audioinput", "a"),
			device("audiooutput", "b"),
			device("audiooutput", "c"),
			device("videoinput", "d"),
		],
	});
	assert.deepEqual(report.devices, { microphones: 1, speakers: 2 });
	assert.equal(report.permission, "prompt");
	assert.equal(report.reason, "mic_none");
	assert.equal(report.detail, "Requested device not found");
	assert.equal(report.provider, undefined);
});

test("what the site's own sign-in says is not passed on", async () => {
	for (const [detail, told] of [
		["no session for Alice Smith", undefined],
		["token-url answered 500", "token-url answered 500"],
	] as const) {
		const call = place({ token: () => Promise.reject(new RingdownError("auth_refused", { detail })) });
		call.press();
		await until(() => call.state === "failed", "failed");
		assert.equal((await gather(call, AROUND)).detail, told);
	}
});

test("a problem of the server keeps its words and support id", async () => {
	refusal = (response) =>
		problem(response, 503, "provider_down", { detail: "no trunk answers", supportId: "M2-9XA" });
	const call = place();

	call.press();
	await until(() => call.state === "failed", "failed");
	const { detail, supportId, reason } = await gather(call, AROUND);
	assert.deepEqual([detail, supportId, reason], ["no trunk answers", "M2-9XA", "provider_down"]);
});

test("family and major version of the browser, no more", async () => {
	const safari = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
	const chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
	const brands = [
		{ brand: "Chromium", version: "131" },
		{ brand: "Not_A Brand", version: "24" },
	];

	for (const [agent, given, family] of [
		[FIREFOX, [], "Firefox 140"],
		[chrome, [], "Chrome 131"],
		[chrome, [...brands, { brand: "Google Chrome", version: "131" }], "Google Chrome 131"],
		[chrome, brands, "Chrome 131"],
		[`${chrome} Edg/131.0.0.0`, [], "Edge 131"],
		[`${chrome} OPR/115.0.0.0`, [], "Opera 115"],
		[`Mozilla/5.0 (Macintosh) ${safari} Version/18.1 Safari/605.1.15`, [], "Safari 18"],
		[`Mozilla/5.0 (iPhone) ${safari} CriOS/131.0.6778 Mobile/15E148 Safari/604.1`, [], "Chrome iOS 131"],
		[`Mozilla/5.0 (iPhone) ${safari} Version/17.4 Mobile/15E148 Safari/604.1`, [], "Safari 17"],
		["curl/8", [], "unknown"],
	] as const)
		assert.equal((await gather(place(), { ...AROUND, agent, brands: given })).browser, family);
});

test("what was shown cannot be changed before it is sent", async () => {
	const call = place();

	await talk(call);
	const report = await gather(call, AROUND);
	const all = (value: object): void => {
		assert.ok(Object.isFrozen(value));
		for (const one of Object.values(value) as unknown[])
			if (typeof one === "object" && one !== null) all(one);
	};

	all(report);
});
