/* media/session.ts - one call's signaling as a machine: no socket, no clock, no DOM.
 * SPDX-License-Identifier: Apache-2.0
 *
 * feed() what happened, do what poll() says until it is null, and feed "time"
 * at dueMs.  All times are milliseconds of one clock that never goes back. */
import { LIMITS_MS } from "../core/catalogue.js";
import type { MediaEnd, MediaNews } from "../core/ports.js";
import type { ClientFrame, ServerFrame } from "./frames.js";

export const CONNECT_MS = 15_000; /* socket, JOIN, SUBSCRIBE and media together */
export const GIVE_UP_MS = LIMITS_MS.reconnecting ?? 45_000; /* what the screen promises */
export const PING_MS = 5000;
export const MOST_MISSED = 3; /* pongs in a row */
export const LEAVE_MS = 1500;
export const SILENT_MS = 3000; /* without a packet: the person is told */
export const DEAD_MS = 10_000; /* without a packet: it starts over */
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 8000;

const MEETING_OVER = 4410;

export type State =
	| "opening"
	| "joining"
	| "offering"
	| "subscribing"
	| "connecting"
	| "running"
	| "waiting" /* to start over */
	| "leaving"
	| "over";

type Step =
	| "opened"
	| "index"
	| "offered"
	| "answered"
	| "up"
	| "lost" /* it starts over */
	| "retry"
	| "end" /* the session is over, the socket is not */
	| "dead" /* both are */
	| "leave"
	| "left";

type Doing = "join" | "offer" | "subscribe" | "answer" | "up" | "lost" | "open" | "leave" | "end";

type Row = readonly [state: State, on: Step, becomes: State, does?: readonly Doing[]];

const everyStart = (state: State): Row[] => [
	[state, "lost", "waiting", ["lost"]],
	[state, "dead", "over", ["end"]],
];
const JOINED: readonly State[] = ["joining", "offering", "subscribing", "connecting", "running"];
const joined = (state: State): Row[] => [
	...everyStart(state),
	[state, "end", "leaving", ["leave"]],
	[state, "leave", "leaving", ["leave"]],
];

/* What is not here changes nothing. */
export const ROWS: readonly Row[] = [
	["opening", "opened", "joining", ["join"]],
	["joining", "index", "offering", ["offer"]],
	["offering", "offered", "subscribing", ["subscribe"]],
	["subscribing", "answered", "connecting", ["answer"]],
	["connecting", "up", "running", ["up"]],
	...everyStart("opening"),
	["opening", "leave", "over", ["end"]],
	...JOINED.flatMap(joined),
	["waiting", "retry", "opening", ["open"]],
	["waiting", "dead", "over", ["end"]],
	["waiting", "leave", "over", ["end"]],
	["leaving", "left", "over", ["end"]],
	["leaving", "dead", "over", ["end"]],
];

const FOUND = new Map(ROWS.map((row) => [`${row[0]} ${row[1]}`, row]));

export type Happening =
	| { readonly on: "time" }
	| { readonly on: "opened" }
	| { readonly on: "frame"; readonly frame: ServerFrame }
	| { readonly on: "closed"; readonly code: number }
	| { readonly on: "offer"; readonly sdp: string }
	| { readonly on: "media_up" }
	| { readonly on: "media_failed" }
	| { readonly on: "packets"; readonly received: number }
	| { readonly on: "mute"; readonly isMuted: boolean }
	| { readonly on: "hurry" } /* the network is back, or somebody looks */
	| { readonly on: "leave" };

export type Action =
	| { readonly do: "open" } /* a socket, in place of any before */
	| { readonly do: "close" } /* the socket */
	| { readonly do: "send"; readonly frame: ClientFrame }
	| { readonly do: "offer" } /* new media, in place of the old */
	| { readonly do: "answer"; readonly sdp: string }
	| { readonly do: "drop" } /* the media */
	| { readonly do: "tell"; readonly news: MediaNews };

const STATUS: Readonly<Record<number, MediaEnd>> = {
	301: "elsewhere",
	403: "refused",
	409: "full",
	410: "ended",
	411: "ended",
};

export class Session {
	#state: State = "opening";
	#actions: Action[] = [];
	#why: MediaEnd | null = null;
	#hasToldWhy = false;
	#nowMs: number;
	#isMuted = false;
	#isUp = false; /* as was told */
	#sdp = "";

	#brokenMs: number | null; /* since when there is no media */
	#attempts = 0;
	#untilMs: number; /* the end of what is being waited for */
	#pingMs = Infinity;
	#pingId = 0;
	#missed = 0;
	#isPongDue = false;

	#packets = 0;
	#packetMs = 0; /* when the last one was seen */

	constructor(
		private readonly cfg: {
			readonly sessionId: number; /* 32 random bits, the call long */
			readonly audioHost: string;
			readonly random: () => number; /* 0 <= x < 1 */
		},
		nowMs: number,
	) {
		this.#nowMs = nowMs;
		this.#brokenMs = nowMs;
		this.#untilMs = nowMs + CONNECT_MS;
		this.#actions.push({ do: "open" });
	}

	get state(): State {
		return this.#state;
	}

	/* When to feed "time" if nothing happens before. */
	get dueMs(): number {
		if (this.#state === "over") return Infinity;
		const giveUpMs = this.#brokenMs === null ? Infinity : this.#brokenMs + GIVE_UP_MS;

		return this.#state === "leaving"
			? this.#untilMs
			: Math.min(this.#untilMs, giveUpMs, this.#pingMs);
	}

	poll(): Action | null {
		return this.#actions.shift() ?? null;
	}

	feed(happening: Happening, nowMs: number): void {
		if (this.#state === "over") return;
		this.#nowMs = nowMs;
		switch (happening.on) {
			case "time":
				this.#pass();
				break;
			case "opened":
				this.#step("opened");
				break;
			case "frame":
				this.#hear(happening.frame);
				break;
			case "closed":
				this.#closed(happening.code);
				break;
			case "offer":
				this.#sdp = happening.sdp;
				this.#step("offered");
				break;
			case "media_up":
				this.#step("up");
				break;
			case "media_failed":
				/* Until there is new media, this is the old. */
				if (this.#state !== "opening" && this.#state !== "joining")
					this.#step("lost");
				break;
			case "packets":
				if (this.#state === "running") this.#count(happening.received);
				break;
			case "mute":
				this.#mute(happening.isMuted);
				break;
			case "hurry":
				this.#step("retry");
				break;
			case "leave":
				this.#why ??= "left";
				this.#step("leave");
				break;
		}
	}

	#pass(): void {
		if (this.#brokenMs !== null && this.#nowMs >= this.#brokenMs + GIVE_UP_MS)
			this.#end("dead", "network");
		if (this.#nowMs >= this.#untilMs) this.#late();
		if (this.#nowMs >= this.#pingMs) this.#ping();
	}

	/* What was waited for has not come; in "waiting" nothing is. */
	#late(): void {
		if (this.#state === "waiting") this.#step("retry");
		else if (this.#state === "leaving") this.#step("left");
		else if (this.#state !== "running") this.#step("lost");
	}

	#ping(): void {
		this.#missed = this.#isPongDue ? this.#missed + 1 : 0;
		if (this.#missed >= MOST_MISSED) {
			this.#step("lost");
			return;
		}
		this.#pingMs = this.#nowMs + PING_MS;
		this.#isPongDue = true;
		this.#send({ is: "ping", id: ++this.#pingId });
	}

	#hear(frame: ServerFrame): void {
		switch (frame.is) {
			case "index":
				this.#step("index");
				break;
			case "answer":
				this.#sdp = frame.sdp;
				this.#step("answered");
				break;
			case "ping":
				this.#send({ is: "pong", id: frame.id });
				break;
			case "pong":
				if (frame.id === this.#pingId) this.#isPongDue = false;
				break;
			case "status":
				this.#status(frame.status);
				break;
			case "error":
				this.#refused(frame.status);
				break;
			case "leave_ack":
				this.#step("left");
				break;
			case "other":
				break;
		}
	}

	#status(status: number): void {
		if (status < 300 || status === 302) return;
		if (status === 500 || status === 503) this.#step("lost");
		else this.#end("end", STATUS[status] ?? "network");
	}

	/* An error stands for the frame that was asked for: JOIN or SUBSCRIBE are
	 * refused.  206 says that there is no video. */
	#refused(status: number): void {
		if (status === 206) return;
		if (status >= 500 && status < 600 && status !== 509) this.#step("lost");
		else this.#end("dead", STATUS[status] ?? (status < 500 ? "refused" : "network"));
	}

	/* The server says by its code what it means; a socket that closes by any
	 * other was broken on the way, and the call with it only if nobody tries
	 * again. */
	#closed(code: number): void {
		if (this.#state === "leaving") this.#step("left");
		else if (code === MEETING_OVER) this.#end("dead", "ended");
		else if (code >= 4400 && code < 4500 && this.#state !== "running")
			this.#end("dead", "refused");
		else this.#step("lost");
	}

	#end(step: "end" | "dead", why: MediaEnd): void {
		if (!FOUND.has(`${this.#state} ${step}`)) return;
		this.#why ??= why;
		this.#step(step);
	}

	#mute(isMuted: boolean): void {
		if (this.#isMuted === isMuted) return;
		this.#isMuted = isMuted;
		/* Before SUBSCRIBE nobody has to be told: it carries the mute itself. */
		if (JOINED.indexOf(this.#state) > JOINED.indexOf("offering"))
			this.#send({ is: "mute", isMuted });
	}

	/* The time from the last packet counts from the first report on: what was
	 * received before the media was up says nothing. */
	#count(received: number): void {
		if (received !== this.#packets) {
			this.#packets = received;
			this.#packetMs = this.#nowMs;
			this.#tellUp(true);
		} else if (this.#nowMs - this.#packetMs >= DEAD_MS) {
			this.#step("lost");
		} else if (this.#nowMs - this.#packetMs >= SILENT_MS) {
			this.#tellUp(false);
		}
	}

	#step(on: Step): void {
		const row = FOUND.get(`${this.#state} ${on}`);

		if (!row) return;
		this.#state = row[2];
		for (const doing of row[3] ?? []) this.#do(doing);
	}

	#do(doing: Doing): void {
		switch (doing) {
			case "open":
				this.#untilMs = this.#nowMs + CONNECT_MS;
				this.#actions.push({ do: "open" });
				break;
			case "join":
				/* The SDK's first frame is a ping, and servers know it so. */
				this.#pingId = 0;
				this.#isPongDue = false;
				this.#ping();
				this.#send({ is: "join", sessionId: this.cfg.sessionId });
				break;
			case "offer":
				this.#actions.push({ do: "offer" });
				break;
			case "subscribe":
				this.#send({
					is: "subscribe",
					offer: this.#sdp,
					audioHost: this.cfg.audioHost,
					isMuted: this.#isMuted,
				});
				break;
			case "answer":
				this.#actions.push({ do: "answer", sdp: this.#sdp });
				break;
			case "up":
				this.#run();
				break;
			case "lost":
				this.#startOver();
				break;
			case "leave":
				this.#untilMs = this.#nowMs + LEAVE_MS;
				this.#pingMs = Infinity;
				this.#send({ is: "leave" });
				this.#tellStopped();
				break;
			case "end":
				this.#pingMs = Infinity;
				this.#actions.push({ do: "close" }, { do: "drop" });
				this.#tellStopped();
				break;
		}
	}

	#run(): void {
		this.#brokenMs = null;
		this.#attempts = 0;
		this.#untilMs = Infinity;
		this.#packets = 0;
		this.#packetMs = this.#nowMs;
		this.#tellUp(true);
	}

	/* The media that there was stays until there is new: if only the socket
	 * broke, both sides go on hearing each other. */
	#startOver(): void {
		const waitMs = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** this.#attempts);

		this.#attempts++;
		this.#brokenMs ??= this.#nowMs;
		this.#pingMs = Infinity;
		this.#untilMs = this.#nowMs + waitMs * (0.75 + this.cfg.random() / 2);
		this.#actions.push({ do: "close" });
		this.#tellUp(false);
	}

	#send(frame: ClientFrame): void {
		this.#actions.push({ do: "send", frame });
	}

	#tellUp(isUp: boolean): void {
		if (this.#isUp === isUp) return;
		this.#isUp = isUp;
		this.#actions.push({ do: "tell", news: { is: isUp ? "up" : "lost" } });
	}

	/* Once: at the end, or as soon as it is known to come. */
	#tellStopped(): void {
		if (!this.#why || this.#hasToldWhy) return;
		this.#hasToldWhy = true;
		this.#actions.push({ do: "tell", news: { is: "stopped", why: this.#why } });
	}
}
