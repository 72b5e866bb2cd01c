/* core/call.test.ts - whole calls: a real http server, a media moved by hand.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, test } from "node:test";
import { Api } from "./api.js";
import type { StartedCall } from "./api.js";
import { Call } from "./call.js";
import type { CallRequest, Comeback } from "./call.js";
import { RingdownError } from "./ports.js";
import type { Invitation, Media, MediaNews, Microphone, TokenSource } from "./ports.js";
import { HandClock, json, net, problem, TestServer, until } from "./testing.js";

class HandMedia implements Media {
	microphones = 0;
	stopped = 0;
	joined = 0;
	provider = "";
	left = 0;
	isMuted = false;
	tell: (news: MediaNews) => void = () => undefined;
	inputs: Microphone[] = [];
	output = "";
	capturing: () => Promise<Microphone> = () => Promise.resolve(this.#microphone());

	capture(): Promise<Microphone> {
		return this.capturing();
	}

	join(
		{ provider }: Invitation,
		_: Microphone,
		tell: (news: MediaNews) => void,
	): ReturnType<Media["join"]> {
		this.joined++;
		this.provider = provider;
		this.tell = tell;
		return Promise.resolve({
			mute: (on: boolean) => {
				this.isMuted = on;
			},
			level: () => Promise.resolve(0.5),
			playSound: () => Promise.resolve(),
			setInput: (microphone) => {
				this.inputs.push(microphone);
				return Promise.resolve();
			},
			setOutput: (id) => {
				this.output = id;
				return Promise.resolve();
			},
			stats: () => Promise.resolve({}),
			repair: () => undefined,
			leave: () => {
				this.left++;
				return Promise.resolve();
			},
		});
	}

	#microphone(): Microphone {
		this.microphones++;
		return {
			stop: () => {
				this.stopped++;
			},
		};
	}
}

let server: TestServer;
let clock: HandClock;
let media: HandMedia;
let place: (request: CallRequest) => Call;
let warnings: string[];
let stream: ServerResponse | null;
let refusal: ((response: ServerResponse) => void) | null;
let deletes: number;
let events: number;

beforeEach(async () => {
	server = await new TestServer().open();
	clock = new HandClock();
	media = new HandMedia();
	warnings = [];
	stream = null;
	refusal = null;
	deletes = 0;
	events = 0;
	const ports = { ...net(clock), media, warn: (message: string) => warnings.push(message) };
	place = (request) => new Call(ports, new Api(server.origin, ports), request);
	server.answer = ({ method, path }, response) => {
		if (method === "DELETE") {
			deletes++;
			json(response, 202, {});
		} else if (path.endsWith("/events")) {
			response.writeHead(200, { "content-type": "text/event-stream" });
			response.write(": hello\n\n");
			stream = response;
		} else if (path.endsWith("/hold")) {
			response.writeHead(204).end();
		} else if (path.endsWith("/digits")) {
			json(response, 202, {});
		} else if (refusal) {
			refusal(response);
		} else {
			json(response, 201, {
				callId: "c1",
				supportId: "K7-4QD",
				callKey: "k1",
				provider: "engine",
				ConnectionData: {},
			});
		}
	};
});

afterEach(() => server.close());

function say(news: object): void {
	stream?.write(`id: ${++events}\nevent: state\ndata: ${JSON.stringify(news)}\n\n`);
}

const token: TokenSource = () => Promise.resolve("tok");

function press(
	source: TokenSource = token,
	more: Partial<CallRequest> = {},
): { call: Call; states: string[] } {
	const call = place({ to: "echo", token: source, ...more });
	const states: string[] = [];
	call.observe({ changed: ({ to }) => states.push(to) });
	call.press();
	return { call, states };
}

async function talk(): Promise<ReturnType<typeof press>> {
	const pressed = press();
	await until(() => stream !== null && media.joined === 1, "the call is made");
	say({ state: "ringing" });
	media.tell({ is: "up" });
	await until(() => pressed.call.state === "ringing", "ringing");
	say({ state: "in-call" });
	await until(() => pressed.call.state === "in-call", "in-call");
	return pressed;
}

test("from press to talk to the other side's end", async () => {
	const { call, states } = await talk();

	assert.equal(call.supportId, "K7-4QD");
	clock.pass(7400);
	assert.equal(call.seconds, 7);
	say({ state: "ended", reason: "ended_by_advisor", by: "advisor", seconds: 8 });
	await until(() => call.state === "ended", "ended");
	assert.deepEqual(states, [
		"signing-in",
		"permission",
		"connecting",
		"ringing",
		"in-call",
		"ended",
	]);
	assert.equal(call.seconds, 8, "the server's number is the last word");
	assert.equal(call.by, "advisor");
	assert.equal(media.provider, "engine", "the media part is told who carries it");
	assert.deepEqual([media.left, media.stopped, deletes], [1, 1, 0]);
	assert.deepEqual(warnings, []);
});

test("hang-up tells the server and turns the microphone off at once", async () => {
	const { call } = await talk();

	call.hangUp();
	call.hangUp();
	assert.equal(call.state, "ending");
	assert.equal(media.stopped, 1);
	await until(() => deletes === 1, "the server is told");
	say({ state: "ended", reason: "ended_by_caller", by: "caller", seconds: 3 });
	await until(() => call.state === "ended", "ended");
	assert.equal(call.reason, "ended_by_caller");
});

test("hang-up does not wait for a server that is silent", async () => {
	const { call } = await talk();

	call.hangUp();
	clock.pass(2000);
	assert.equal(call.state, "ended");
	assert.equal(call.by, "caller");
});

test("lost media is shown and the same call goes on", async () => {
	const { call, states } = await talk();

	media.tell({ is: "lost" });
	assert.equal(call.state, "reconnecting");
	assert.equal(call.leftMs, 45_000);
	clock.pass(10_000);
	assert.equal(call.leftMs, 35_000);
	media.tell({ is: "up" });
	assert.equal(call.state, "in-call");
	assert.equal(states.filter((state) => state === "in-call").length, 2);
	assert.equal(deletes, 0);
});

test("media that does not come back ends the call after 45 s", async () => {
	const { call } = await talk();

	media.tell({ is: "lost" });
	clock.pass(44_999);
	assert.equal(call.state, "reconnecting");
	clock.pass(1);
	assert.equal(call.state, "failed");
	assert.equal(call.reason, "network_lost");
	await until(() => deletes === 1, "the server is told");
});

test("when the media ends first, the server's reason still counts", async () => {
	const { call } = await talk();

	media.tell({ is: "stopped", why: "ended" });
	assert.equal(call.state, "in-call");
	say({ state: "ended", reason: "limit_time", by: "system", seconds: 1 });
	await until(() => call.state === "ended", "ended");
	assert.equal(call.reason, "limit_time");
});

test("when the server says nothing, the media's word is the reason", async () => {
	const { call } = await talk();

	media.tell({ is: "stopped", why: "network" });
	clock.pass(2000);
	assert.equal(call.reason, "network_lost");
});

test("mute holds through the whole call and only there", async () => {
	const { call } = await talk();

	call.mute(true);
	assert.equal(media.isMuted, true);
	assert.equal(await call.level(), 0);
	call.hangUp();
	call.mute(false);
	assert.equal(call.muted, true);
});

const start = (api: Api): Promise<StartedCall> =>
	api.start({ destination: "echo" }, "t", "k");

/* A call that the page before began; give() says what the server answered. */
function comeBack(more: Partial<Comeback> = {}): {
	call: Call;
	states: string[];
	give: (error?: Error) => void;
} {
	const call = place({ to: "echo", token });
	const states: string[] = [];
	let give: (error?: Error) => void = () => undefined;

	assert.ok(call);
	call.observe({ changed: ({ to }) => states.push(to) });
	call.resume({
		isMuted: true,
		startedMs: clock.now() - 5000,
		answeredMs: clock.now() - 3000,
		async bring(api, capture) {
			const microphone = await capture();
			await new Promise<void>((resolve, reject) => {
				give = (error) => (error ? reject(error) : resolve());
			});
			return { made: await start(api), microphone };
		},
		...more,
	});
	return { call, states, give: (error) => give(error) };
}

test("a call comes back as it was: state, time, mute", async () => {
	const { call, states, give } = comeBack();

	await until(() => media.microphones === 1, "the microphone");
	give();
	await until(() => stream !== null && media.joined === 1, "joined");
	assert.equal(call.state, "resuming");
	say({ state: "in-call", seconds: 60 });
	media.tell({ is: "up" });
	await until(() => call.state === "in-call", "in-call");
	assert.equal(states[0], "resuming");
	assert.equal(media.isMuted, true);
	assert.equal(call.seconds, 3, "it counts on from the answer");
	assert.equal(call.startedAt, clock.now() - 5000);
});

test("a call that cannot come back says why, and leaves nothing open", async () => {
	const { call, give } = comeBack();

	await until(() => media.microphones === 1, "the microphone");
	give(new RingdownError("not_found"));
	await until(() => call.state === "failed", "failed");
	assert.equal(call.reason, "not_found");
	assert.equal(deletes, 0);
});

test("who hangs up while the call comes back has hung up", async () => {
	const { call, give } = comeBack();

	await until(() => media.microphones === 1, "the microphone");
	call.hangUp();
	assert.equal(call.state, "ending");
	give();
	await until(() => deletes === 1, "the server is told");
	assert.equal(media.stopped, 1);
	assert.equal(media.joined, 0);
});

test("a browser that asks for the microphone again is not hurried", async () => {
	let answer: () => void = () => undefined;
	const { call, states } = comeBack({
		async bring(api, capture, asked) {
			await Promise.resolve();
			asked();
			await new Promise<void>((resolve) => {
				answer = resolve;
			});
			const made = await start(api);
			return { made, microphone: await capture() };
		},
	});

	await until(() => call.state === "permission", "the question");
	clock.pass(300_000);
	assert.equal(call.state, "permission");
	answer();
	await until(() => stream !== null && media.joined === 1, "joined");
	say({ state: "ringing" });
	media.tell({ is: "up" });
	await until(() => call.state === "ringing", "ringing");
	assert.deepEqual(states.slice(0, 3), ["resuming", "permission", "resuming"]);
});

test("a page that was put away and is shown again goes on with its call", async () => {
	const { call, states } = await talk();
	const old = media.tell;

	call.mute(true);
	call.resume({
		isMuted: call.muted,
		startedMs: call.startedAt ?? 0,
		answeredMs: call.answeredAt,
		bring: async (api, capture) => ({ microphone: await capture(), made: await start(api) }),
	});
	assert.equal(call.state, "resuming");
	assert.deepEqual([media.left, media.stopped], [1, 1], "what it had is let go");
	await until(() => media.joined === 2, "joined again");
	/* The old session's last words are nobody's. */
	old({ is: "stopped", why: "left" });
	clock.pass(5000);
	say({ state: "in-call", seconds: 60 });
	media.tell({ is: "up" });
	await until(() => call.state === "in-call", "in-call");
	assert.equal(media.isMuted, true);
	assert.deepEqual(states.slice(-2), ["resuming", "in-call"]);
	assert.equal(deletes, 0);
});

test("a page that was put away for too long says that its call is lost", async () => {
	const { call } = await talk();

	call.resume({
		isMuted: false,
		startedMs: call.startedAt ?? 0,
		answeredMs: call.answeredAt,
		bring: () => Promise.reject(new RingdownError("network_lost")),
	});
	await until(() => call.state === "failed", "failed");
	assert.equal(call.reason, "network_lost");
	assert.deepEqual([media.left, media.stopped], [1, 1]);
});

test("a page that goes says so: leaving if the next one knows, the end if not", async () => {
	const { call } = await talk();
	const asked = (): string[] => server.heard.map(({ method, path }) => `${method} ${path}`);

	call.isKept = true;
	call.abandon();
	await until(() => asked().includes("POST /v1/calls/c1/leaving"), "leaving");
	const left = server.heard.find(({ path }) => path.endsWith("/leaving"));
	assert.equal(left?.body, "k1");
	assert.equal(left?.headers["ringdown-call-key"], undefined);
	assert.equal(deletes, 0);
	call.isKept = false;
	call.abandon();
	await until(() => deletes === 1, "the end");
});

test("another microphone is captured and given to the media, or let go", async () => {
	const { call } = await talk();

	await call.setInput("second");
	assert.equal(media.inputs.length, 1);
	await call.setOutput("speaker");
	assert.equal(media.output, "speaker");
	const before = media.stopped;
	const late = call.setInput("third");
	call.hangUp();
	await late;
	assert.equal(media.inputs.length, 1);
	assert.equal(media.stopped, before + 2); /* the call's and the late one */
	await assert.rejects(call.setInput("fourth"), /wrong_state/);
	say({ state: "ended" });
});

test("digits go to the server, in the call only, and only digits", async () => {
	const { call } = press();
	const code = (digits: string): Promise<string> =>
		call.sendDigits(digits).then(
			() => "",
			(error: unknown) => (error instanceof RingdownError ? error.code : "?"),
		);

	assert.equal(await code("1"), "wrong_state");
	await until(() => stream !== null, "made");
	media.tell({ is: "up" });
	say({ state: "in-call" });
	await until(() => call.state === "in-call", "in-call");
	assert.equal(await code("12#"), "");
	assert.equal(await code("1x"), "bad_request");
	assert.equal(await code(""), "bad_request");
});

test("a token that aged is asked for once more, under the same key", async () => {
	const asked: string[] = [];
	let n = 0;

	refusal = (response) => {
		refusal = null;
		problem(response, 401, "auth_expired");
	};
	press(({ reason }) => {
		asked.push(reason);
		return Promise.resolve(`tok-${++n}`);
	});
	await until(() => stream !== null, "made");
	assert.deepEqual(asked, ["start", "refresh"]);
	const posts = server.heard.filter(({ path }) => path === "/v1/calls");
	assert.deepEqual(
		posts.map(({ headers }) => headers["authorization"]),
		["Bearer tok-1", "Bearer tok-2"],
	);
	assert.equal(posts[0]?.headers["idempotency-key"], posts[1]?.headers["idempotency-key"]);
});

test("a refusal keeps its reason and its support id, and stops the microphone", async () => {
	refusal = (response) => problem(response, 503, "provider_down", { supportId: "AB-CDE" });
	const { call } = press();

	await until(() => call.state === "failed", "failed");
	assert.equal(call.reason, "provider_down");
	assert.equal(call.supportId, "AB-CDE");
	assert.equal(media.stopped, 1);
});

test("a token that never comes is given up after 10 s", () => {
	const { call } = press(() => new Promise(() => undefined));

	clock.pass(9_999);
	assert.equal(call.state, "signing-in");
	clock.pass(1);
	assert.equal(call.reason, "auth_timeout");
});

test("a token source that throws is a refused sign-in", async () => {
	const { call } = press(() => Promise.reject(new Error("no session")));

	await until(() => call.state === "failed", "failed");
	assert.equal(call.reason, "auth_refused");
});

test("a microphone that is given after the person cancelled is turned off", async () => {
	let give: (microphone: Microphone) => void = () => undefined;
	let stopped = 0;

	media.capturing = () =>
		new Promise((resolve) => {
			give = resolve;
		});
	const { call } = press();
	await until(() => call.state === "permission", "permission");
	clock.pass(3_600_000);
	assert.equal(call.state, "permission", "a person is never hurried here");
	call.hangUp();
	assert.equal(call.state, "idle");
	give({
		stop: () => {
			stopped++;
		},
	});
	await until(() => stopped === 1, "turned off");
	assert.equal(server.heard.length, 0);
});

test("a call that is made after the person gave up is ended", async () => {
	let late: ServerResponse | null = null;

	refusal = (response) => {
		late = response;
	};
	const { call } = press();
	await until(() => late !== null, "asked for");
	call.hangUp();
	assert.equal(call.state, "ending");
	clock.pass(2000);
	assert.equal(call.state, "ended");
	if (late)
		json(late, 201, {
			callId: "c1",
			supportId: "K7-4QD",
			callKey: "k1",
			provider: "engine",
			ConnectionData: {},
		});
	await until(() => deletes === 1, "ended at the server");
	assert.equal(media.joined, 0);
});

test("media that never comes up is a blocked network, and the call is ended", async () => {
	const { call } = press();

	await until(() => stream !== null && media.joined === 1, "made");
	clock.pass(15_000);
	assert.equal(call.reason, "network_blocked");
	await until(() => deletes === 1, "ended at the server");
});

test("a place in the line is told, and forgotten when it is no longer known", async () => {
	const { call } = press();
	const told: [string, object][] = [];

	call.observe({ heard: (what, detail) => told.push([what, detail]) });
	await until(() => stream !== null && media.joined === 1, "the call is made");
	media.tell({ is: "up" });
	say({ state: "ringing", queuePosition: 3, expectedWaitSeconds: 130 });
	await until(() => call.state === "queued", "queued");
	assert.deepEqual(call.told["queue"], { position: 3, waitSeconds: 130 });
	say({ state: "queued", queue: {} });
	await until(() => told.length === 2, "told again");
	assert.deepEqual(told, [
		["queue", { position: 3, waitSeconds: 130 }],
		["queue", {}],
	]);
	assert.deepEqual(call.told["queue"], {});
	say({ state: "ringing" });
	await until(() => call.state === "ringing", "ringing");
	assert.equal(call.told["queue"], undefined);
	say({ state: "in-call", peer: { name: "Ana", codeWord: "maple" } });
	await until(() => call.state === "in-call", "in-call");
	say({ state: "transferring" });
	await until(() => call.state === "transferring", "transferring");
	assert.deepEqual(call.told["peer"], { name: "Ana", codeWord: "maple" });
});

test("messages of the other side are passed on, nonsense is not", async () => {
	const { call } = await talk();
	const told: [string, object][] = [];

	call.observe({ heard: (what, detail) => told.push([what, detail]) });
	stream?.write("event: message\ndata: nonsense\n\n");
	stream?.write('event: message\ndata: {"topic":"text","data":"hello"}\n\n');
	await until(() => told.length === 1, "a message");
	assert.deepEqual(told, [["message", { topic: "text", data: "hello" }]]);
	assert.deepEqual(warnings, ["a message that is not JSON"]);
});

test("what the server does to a call is asked under the call's key", async () => {
	const { call } = await talk();

	await call.act("hold", { on: true });
	const heard = server.heard.at(-1);
	assert.equal(heard?.path, "/v1/calls/c1/hold");
	assert.equal(heard?.headers["ringdown-call-key"], "k1");
	assert.equal(heard?.body, '{"on":true}');
	call.tell({ on: "hold_on" });
	assert.deepEqual([call.state, call.holding], ["held", true]);
	call.tell({ on: "hold_off" });
	assert.deepEqual([call.state, call.holding], ["in-call", false]);
});

test("what was agreed to goes with the call, and the microphone waits for it", async () => {
	const consent = { version: "2", text: "May we?" };
	const { call } = press(token, { known: { open: true, zone: "UTC", consent } });

	await until(() => call.state === "consent", "consent");
	assert.equal(media.microphones, 0);
	call.agree({ version: "2", accepted: false });
	await until(() => server.heard.length > 0, "the call is asked for");
	assert.deepEqual(JSON.parse(server.heard[0]?.body ?? "{}"), {
		destination: "echo",
		consent: { version: "2", accepted: false },
	});
});
