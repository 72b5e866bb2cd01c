/* media/session.test.ts - the session, its time moved by hand and without a socket.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerFrame } from "./frames.js";
import {
	CONNECT_MS,
	DEAD_MS,
	GIVE_UP_MS,
	LEAVE_MS,
	MOST_MISSED,
	PING_MS,
	ROWS,
	Session,
	SILENT_MS,
} from "./session.js";
import type { Happening, State } from "./session.js";

const ACK: ServerFrame = { is: "other", type: 2 };
const INDEX: ServerFrame = { is: "index" };
const ANSWER: ServerFrame = { is: "answer", sdp: "theirs" };

/* A session, and in short words what it asked for since the last look. */
class Bench {
	ms = 100;
	readonly session: Session;

	constructor(random = 0.5) {
		this.session = new Session(
			{ sessionId: 7, audioHost: "host:1", random: () => random },
			this.ms,
		);
	}

	feed(happening: Happening): this {
		this.session.feed(happening, this.ms);
		return this;
	}

	hear(frame: ServerFrame): this {
		return this.feed({ on: "frame", frame });
	}

	/* Answers every ping on the way, unless it is told not to. */
	pass(ms: number, { isAnswered = true, packets = 0 } = {}): string[] {
		const until = this.ms + ms;
		const did: string[] = [];

		while (this.session.dueMs <= until) {
			this.ms = Math.max(this.ms, this.session.dueMs);
			this.feed({ on: "time" });
			for (const one of this.did()) {
				const id = /^send ping (\d+)$/.exec(one)?.[1];
				if (id && isAnswered) this.hear({ is: "pong", id: Number(id) });
				else did.push(one);
			}
		}
		this.ms = until;
		if (packets) this.feed({ on: "packets", received: packets });
		return [...did, ...this.did()];
	}

	did(): string[] {
		const all = [];

		for (let act = this.session.poll(); act; act = this.session.poll())
			switch (act.do) {
				case "send":
					all.push(
						"id" in act.frame
							? `send ${act.frame.is} ${act.frame.id}`
							: `send ${act.frame.is}`,
					);
					break;
				case "tell":
					all.push(
						act.news.is === "stopped"
							? `stopped ${act.news.why}`
							: act.news.is,
					);
					break;
				default:
					all.push(act.do);
			}
		return all;
	}

	to(state: State): this {
		const path: readonly (readonly [State, () => unknown])[] = [
			["opening", () => undefined],
			["joining", () => this.feed({ on: "opened" })],
			["offering", () => this.hear(ACK).hear(INDEX)],
			["subscribing", () => this.feed({ on: "offer", sdp: "ours" })],
			["connecting", () => this.hear(ANSWER)],
			["running", () => this.feed({ on: "media_up" })],
		];

		this.hear({ is: "pong", id: 1 });
		for (const [one, go] of path) {
			go();
			this.hear({ is: "pong", id: 1 });
			if (one === state) break;
		}
		assert.equal(this.session.state, state);
		this.did();
		return this;
	}
}

const STARTS: readonly State[] = [
	"opening",
	"joining",
	"offering",
	"subscribing",
	"connecting",
	"running",
];

test("a session starts in the order that servers know", () => {
	const bench = new Bench();

	assert.deepEqual(bench.did(), ["open"]);
	assert.deepEqual(bench.feed({ on: "opened" }).did(), ["send ping 1", "send join"]);
	assert.deepEqual(bench.hear({ is: "pong", id: 1 }).hear(ACK).did(), []);
	assert.deepEqual(bench.hear(INDEX).did(), ["offer"]);
	assert.deepEqual(bench.feed({ on: "offer", sdp: "ours" }).did(), ["send subscribe"]);
	assert.deepEqual(bench.hear(ANSWER).did(), ["answer"]);
	assert.deepEqual(bench.feed({ on: "media_up" }).did(), ["up"]);
	assert.equal(bench.session.state, "running");
});

test("no row stands in the table twice, and every state can be left", () => {
	const keys = ROWS.map(([state, on]) => `${state} ${on}`);

	assert.equal(new Set(keys).size, keys.length);
	for (const [, , becomes] of ROWS)
		assert.ok(becomes === "over" || ROWS.some(([state]) => state === becomes), becomes);
});

test("JOIN_ACK may be missing", () => {
	const without = new Bench().feed({ on: "opened" }).hear(INDEX);
	assert.equal(without.session.state, "offering");
});

test("mute goes with SUBSCRIBE, and by itself afterwards", () => {
	const bench = new Bench().to("offering");
	const send = (): unknown => {
		const act = bench.session.poll();
		return act?.do === "send" ? act.frame : act;
	};

	bench.feed({ on: "mute", isMuted: true });
	assert.equal(send(), null);
	bench.feed({ on: "offer", sdp: "ours" });
	assert.deepEqual(send(), {
		is: "subscribe",
		offer: "ours",
		audioHost: "host:1",
		isMuted: true,
	});
	bench.feed({ on: "mute", isMuted: true });
	assert.equal(send(), null, "nothing has changed");
	bench.feed({ on: "mute", isMuted: false });
	assert.deepEqual(send(), { is: "mute", isMuted: false });
});

test("a ping of the server is answered with its id", () => {
	assert.deepEqual(new Bench().to("running").hear({ is: "ping", id: 9 }).did(), [
		"send pong 9",
	]);
});

test("pings go on, and so does the session as long as they are answered", () => {
	const bench = new Bench().to("running");

	assert.deepEqual(bench.pass(10 * PING_MS), []);
	assert.equal(bench.session.state, "running");
});

test("a server that answers no pings is left, one that misses some is not", () => {
	const bench = new Bench().to("running");

	bench.pass(PING_MS * MOST_MISSED, { isAnswered: false });
	assert.equal(bench.session.state, "running");
	bench.pass(PING_MS, { isAnswered: false });
	assert.equal(bench.session.state, "waiting");
});

for (const state of STARTS) {
	test(`${state}: a socket that breaks is replaced after a pause`, () => {
		const bench = new Bench().to(state);

		assert.deepEqual(
			bench.feed({ on: "closed", code: 1006 }).did(),
			state === "running" ? ["close", "lost"] : ["close"],
		);
		assert.deepEqual(bench.pass(499), []);
		assert.deepEqual(bench.pass(1), ["open"]);
		assert.equal(bench.to("running").session.state, "running");
	});

	test(`${state}: 4410 is the end of the meeting`, () => {
		const bench = new Bench().to(state).feed({ on: "closed", code: 4410 });

		assert.deepEqual(bench.did(), ["close", "drop", "stopped ended"]);
		assert.equal(bench.session.dueMs, Infinity);
	});

	test(`${state}: leaving is said where there is somebody to hear it`, () => {
		const bench = new Bench().to(state).feed({ on: "leave" });

		if (state === "opening") {
			assert.deepEqual(bench.did(), ["close", "drop", "stopped left"]);
			return;
		}
		assert.deepEqual(bench.did(), ["send leave", "stopped left"]);
		assert.deepEqual(bench.hear({ is: "leave_ack" }).did(), ["close", "drop"]);
		assert.equal(bench.session.state, "over");
	});
}

test("LEAVE is waited for, but not long, and a closed socket is answer enough", () => {
	const late = new Bench().to("running").feed({ on: "leave" });
	assert.equal(late.pass(LEAVE_MS - 1).includes("drop"), false);
	assert.deepEqual(late.pass(1), ["close", "drop"]);

	const closed = new Bench().to("running").feed({ on: "leave" });
	closed.did();
	assert.deepEqual(closed.feed({ on: "closed", code: 1005 }).did(), ["close", "drop"]);
});

test("15 s from the socket to the media, and not one more", () => {
	for (const state of STARTS.slice(0, -1)) {
		const bench = new Bench().to(state);

		bench.pass(CONNECT_MS - 1);
		assert.equal(bench.session.state, state);
		bench.pass(1);
		assert.equal(bench.session.state, "waiting");
	}
});

test("the pauses grow to eight seconds, and start small again", () => {
	const bench = new Bench().to("running");
	const pauses = [];

	for (let i = 0; i < 6; i++) {
		bench.feed({ on: "closed", code: 1006 }).did();
		pauses.push(bench.session.dueMs - bench.ms);
		bench.pass(pauses[i] ?? 0);
	}
	assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 8000]);
	bench.to("running").feed({ on: "closed", code: 1006 });
	assert.equal(bench.session.dueMs - bench.ms, 500);
});

test("the network comes back: no pause is waited out", () => {
	const bench = new Bench(1).to("running").feed({ on: "closed", code: 1006 });

	bench.did();
	assert.deepEqual(bench.feed({ on: "hurry" }).did(), ["open"]);
	assert.deepEqual(bench.feed({ on: "hurry" }).did(), [], "only once");
});

test("a call that does not come back is given up when the screen says so", () => {
	const bench = new Bench(0).to("running");
	const did = bench.feed({ on: "closed", code: 4500 }).did();

	did.push(...bench.pass(GIVE_UP_MS - 1));
	assert.equal(did.includes("stopped network"), false);
	assert.deepEqual(bench.pass(1), ["close", "drop", "stopped network"]);
});

test("the first connection is given up as well", () => {
	const bench = new Bench();
	const did = bench.pass(GIVE_UP_MS);

	assert.equal(did.at(-1), "stopped network");
	assert.equal(did.filter((one) => one === "open").length, 3);
});

test("AUDIO_STATUS: which end is which", () => {
	for (const [status, why] of [
		[301, "elsewhere"],
		[403, "refused"],
		[409, "full"],
		[410, "ended"],
		[411, "ended"],
		[499, "network"],
	] as const) {
		const bench = new Bench().to("running").hear({ is: "status", status });

		assert.deepEqual(bench.did(), ["send leave", `stopped ${why}`], String(status));
		assert.deepEqual(bench.feed({ on: "closed", code: 4410 }).did(), ["close", "drop"]);
	}
	for (const status of [200, 204, 302])
		assert.deepEqual(new Bench().to("running").hear({ is: "status", status }).did(), []);
	for (const status of [500, 503])
		assert.deepEqual(new Bench().to("running").hear({ is: "status", status }).did(), [
			"close",
			"lost",
		]);
});

test("errors in answer to JOIN: which end is which", () => {
	for (const [status, why] of [
		[400, "refused"],
		[403, "refused"],
		[404, "refused"],
		[409, "full"],
		[410, "ended"],
		[509, "network"],
	] as const)
		assert.deepEqual(
			new Bench().to("joining").hear({ is: "error", status }).did(),
			["close", "drop", `stopped ${why}`],
			String(status),
		);
	assert.deepEqual(new Bench().to("joining").hear({ is: "error", status: 500 }).did(), [
		"close",
	]);
	assert.deepEqual(new Bench().to("running").hear({ is: "error", status: 206 }).did(), []);
});

test("close codes: the server's own are understood, all others are accidents", () => {
	for (const code of [4400, 4403, 4404, 4409])
		assert.deepEqual(new Bench().to("joining").feed({ on: "closed", code }).did(), [
			"close",
			"drop",
			"stopped refused",
		]);
	for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 4500, 4599, 4600])
		for (const state of ["joining", "running"] as const)
			assert.equal(
				new Bench().to(state).feed({ on: "closed", code }).session.state,
				"waiting",
				`${code} in ${state}`,
			);
});

test("media that fails starts over; the old media's end does not", () => {
	for (const state of ["offering", "subscribing", "connecting", "running"] as const)
		assert.equal(
			new Bench().to(state).feed({ on: "media_failed" }).session.state,
			"waiting",
		);
	for (const state of ["opening", "joining"] as const)
		assert.equal(
			new Bench().to(state).feed({ on: "media_failed" }).session.state,
			state,
		);
});

test("silence is told after three seconds, taken back, and starts over after ten", () => {
	const bench = new Bench().to("running");

	assert.deepEqual(bench.pass(1000, { packets: 50 }), []);
	assert.deepEqual(bench.pass(SILENT_MS - 1, { packets: 50 }), []);
	assert.deepEqual(bench.pass(1, { packets: 50 }), ["lost"]);
	assert.deepEqual(bench.pass(1000, { packets: 90 }), ["up"]);
	assert.deepEqual(bench.pass(DEAD_MS - 1, { packets: 90 }), ["lost"]);
	assert.deepEqual(bench.pass(1, { packets: 90 }), ["close"]);
	assert.equal(bench.session.state, "waiting");
});

test("whatever comes in whatever state, the session ends once or goes on", () => {
	const all: readonly Happening[] = [
		{ on: "time" },
		{ on: "opened" },
		{ on: "closed", code: 1006 },
		{ on: "closed", code: 4410 },
		{ on: "offer", sdp: "x" },
		{ on: "media_up" },
		{ on: "media_failed" },
		{ on: "packets", received: 3 },
		{ on: "mute", isMuted: true },
		{ on: "hurry" },
		{ on: "leave" },
		...[
			ACK,
			INDEX,
			ANSWER,
			{ is: "status", status: 410 },
			{ is: "error", status: 500 },
			{ is: "leave_ack" },
			{ is: "other", type: 1 },
		].map((frame): Happening => ({ on: "frame", frame: frame as ServerFrame })),
	];
	let seed = 1;
	const next = (n: number): number =>
		(seed = (seed * 1103515245 + 12345) % 2147483648) % n;

	for (let round = 0; round < 2000; round++) {
		const bench = new Bench();
		const did = [];

		for (let i = 0; i < 40; i++) {
			bench.ms += next(4000);
			did.push(...bench.feed(all[next(all.length)] ?? { on: "time" }).did());
		}
		const stops = did.filter((one) => one.startsWith("stopped")).length;
		assert.ok(stops <= 1, did.join(" "));
		if (bench.session.state === "over") {
			assert.equal(stops, 1, did.join(" "));
			assert.equal(bench.feed({ on: "leave" }).did().length, 0);
		}
	}
});
