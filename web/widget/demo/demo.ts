/* widget/demo/demo.ts - a server and a media that are not there: provider="demo".
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is sent and no microphone is asked for; the call goes through the
 * same table as a real one.  With demo-state a frame of frames.ts is reached
 * at once and its clock stands still; without, a whole call is played. */
import type { Call } from "../../core/call.js";
import { RingdownError } from "../../core/ports.js";
import type {
	HttpAnswer,
	HttpBody,
	Media,
	MediaNews,
	MediaSession,
	Microphone,
	Ports,
} from "../../core/ports.js";
import { put } from "../parts.js";
import type { Availability, DemoPart, PageServices } from "../types.js";
import { CALLBACK, CONSENT, frameOf } from "./frames.js";
import type { Deed, Frame, News } from "./frames.js";

const OPEN: Availability = { open: true, zone: "UTC", waitSeconds: 110 };
const MOVE_MS = 600_000;

/* HTTPS://CALLS.EXAMPLE.COM/M/482913, a row of modules in base 36. */
const QR =
	"ju2db a60jl el5y5 ektwd ekti5 a6pmp jvfy7 251c eu6po eqpr4 3migz f384g 9jc2w j3p0w ejxu4 ditnf e0s1h 1fkm juw5t a7kev ek7ox el3cr el59p a6e1k jvfn1";
const qrRows = (): string =>
	QR.split(" ")
		.map((row) => Number.parseInt(row, 36).toString(2).padStart(25, "0"))
		.join("\n");

const never = (): Promise<never> => new Promise(() => undefined);

/* What happens in a whole call, and how long after what came before. */
type Turn = readonly [afterMs: number, news: News | MediaNews["is"]];
const PEER = { name: "Ana", codeWord: "maple" };
const WHOLE: readonly Turn[] = [
	[300, { state: "connecting" }],
	[900, { state: "ringing" }],
	[2200, { state: "queued", queue: { position: 3, waitSeconds: 290 } }],
	[3000, { state: "queued", queue: { position: 2, waitSeconds: 200 } }],
	[3000, { state: "queued", queue: { position: 1, waitSeconds: 100 } }],
	[3000, { state: "in-call", peer: PEER, recorded: true }],
	[9000, { state: "held" }],
	[3000, { state: "in-call" }],
	[6000, "lost"],
	[4000, "up"],
	[6000, { state: "transferring" }],
	[3000, { state: "in-call", peer: { name: "Noor" } }],
];

/* The events of one call, written as they happen. */
class Events implements HttpBody {
	readonly #lines: string[] = [];
	#wake: () => void = () => undefined;

	say(news: News): void {
		this.#lines.push(`event: state\ndata: ${JSON.stringify(news)}\n\n`);
		this.#wake();
	}

	getReader(): ReturnType<HttpBody["getReader"]> {
		return {
			read: async () => {
				while (this.#lines.length === 0)
					await new Promise<void>((resolve) => {
						this.#wake = resolve;
					});
				const all = this.#lines.splice(0).join("");
				return { done: false, value: new TextEncoder().encode(all) };
			},
			cancel: () => Promise.resolve(),
		};
	}
}

/* For a report: how the sound went, and three seconds of it. */
const WAY = [
	{
		id: 1,
		type: "candidate-pair",
		selected: true,
		localCandidateId: 2,
		remoteCandidateId: 3,
	},
	{ id: 2, candidateType: "srflx", protocol: "udp", address: "203.0.113.7" },
	{ id: 3, candidateType: "host", protocol: "udp", address: "198.51.100.9" },
];
const HEARD = [
	{ level: "good", mos: 4.2, rttMs: 48, lossPct: 0, jitterMs: 4 },
	{ level: "good", mos: 4.1, rttMs: 61, lossPct: 0.4, jitterMs: 7 },
	{ level: "poor", mos: 2.7, rttMs: 190, lossPct: 9.5, jitterMs: 31 },
] as const;

class Demo {
	readonly #frame: Frame | undefined;
	readonly #isStill: boolean;
	readonly #atMs = performance.now();
	#events = new Events();
	#tell: (news: MediaNews) => void = () => undefined;
	#isOver = false;

	constructor(state: string, page: PageServices) {
		this.#frame = frameOf(state);
		this.#isStill = state !== "";
		if (this.#isStill && !this.#frame) page.warn(`demo-state="${state}" is no frame`);
	}

	get known(): Availability {
		const whole = this.#isStill ? {} : { callback: CALLBACK, consent: CONSENT };

		return { ...OPEN, ...whole, ...this.#frame?.known };
	}

	get ports(): Ports {
		return {
			fetch: (url, { method }) => this.#answer(new URL(url).pathname, method),
			clock: {
				now: () => (this.#isStill ? this.#atMs : performance.now()),
				after: (ms, run) => {
					if (this.#isStill) return () => undefined;
					const timer = setTimeout(run, ms);
					return () => clearTimeout(timer);
				},
			},
			chance: { random: () => 0.5, uuid: () => "demo" },
			media: this.#media(),
			isOnline: () => true,
			warn: () => undefined,
		};
	}

	async token(): Promise<string> {
		const { reason, news, waits } = this.#frame ?? {};

		if (waits === "token") return never();
		/* Whatever a call fails for, it is shown alike. */
		if (reason && !news)
			throw new RingdownError(reason, {
				supportId: "K7-4QD",
				...(reason === "limit_rate" ? { retryAfterMs: 120_000 } : {}),
			});
		await this.#pause(700);
		return "demo";
	}

	begin(call: Call, act: (deed: string) => void): void {
		const { state, waits, does = [], news, notice, level } = this.#frame ?? {};

		if (this.#isStill && (!this.#frame || state === "idle")) return;
		if (state === "closed") call.tell({ on: "shut" });
		else if (waits === "resume") call.tell({ on: "resume" });
		else if (state === "callback") act("callback");
		else if (state === "callback-done") act("ask");
		else call.press();
		if (!news) return;
		const isOver = does.includes("offer");
		const stop = call.observe({
			changed: ({ to }) => {
				if (isOver ? to !== state : to !== "in-call" && to !== "queued") return;
				stop();
				if (waits === "end") call.hangUp();
				if (isOver) call.trail.push(...HEARD);
				for (const deed of does) this.#do(call, deed, act);
				if (level) call.quality = { level };
				if (notice) call.notice = notice;
				call.touch();
				if (notice) act("notice");
			},
		});
	}

	#do(call: Call, deed: Deed, act: (deed: string) => void): void {
		if (deed === "mute") call.mute(true);
		else act(deed);
	}

	#pause(ms: number): Promise<void> {
		return this.#isStill
			? Promise.resolve()
			: new Promise((resolve) => setTimeout(resolve, ms));
	}

	async #answer(path: string, method: string): Promise<HttpAnswer> {
		const what = path.split("/").at(-1) ?? "";
		const body = this.#body(what);

		if (method === "DELETE") void this.#end();
		await this.#pause(300);
		return {
			ok: true,
			status: body ? 200 : 204,
			headers: { get: () => null },
			body: what === "events" ? this.#events : null,
			json: () => Promise.resolve(body),
		};
	}

	#body(what: string): object | undefined {
		switch (what) {
			case "calls":
				return {
					callId: "demo",
					supportId: "K7-4QD",
					callKey: "demo",
					provider: "demo",
					ConnectionData: {},
					moveToPhone: true,
					maxSeconds: this.#frame?.maxSeconds ?? 900,
				};
			case "move":
				return {
					qr: qrRows(),
					code: "482 913",
					expiresAt: new Date(Date.now() + MOVE_MS).toISOString(),
				};
			case "callbacks":
				return {
					id: "demo",
					state: "waiting",
					position: 3,
					reference: "K7-4QD",
				};
			case "events":
				void this.#play();
				return undefined;
			default:
				return undefined;
		}
	}

	async #play(): Promise<void> {
		if (this.#isStill) {
			for (const news of this.#frame?.news ?? []) this.#events.say(news);
			return;
		}
		for (const [afterMs, news] of WHOLE) {
			await this.#pause(afterMs);
			if (this.#isOver) return;
			if (typeof news === "string") this.#tell({ is: news } as MediaNews);
			else this.#events.say(news);
		}
	}

	async #end(): Promise<void> {
		this.#isOver = true;
		if (this.#frame?.waits === "end") return;
		await this.#pause(400);
		this.#events.say({ state: "ended", reason: "ended_by_caller", by: "caller" });
	}

	#media(): Media {
		return {
			capture: async (): Promise<Microphone> => {
				if (this.#frame?.waits === "microphone") return never();
				await this.#pause(1200);
				return { stop: () => undefined };
			},
			join: (_, __, tell) => this.#join(tell),
		};
	}

	async #join(tell: (news: MediaNews) => void): Promise<MediaSession> {
		const { waits, media } = this.#frame ?? {};

		this.#tell = tell;
		if (waits !== "media")
			void this.#pause(700).then(() => {
				tell({ is: "up" });
				if (media === "lost") tell({ is: "lost" });
				if (media === "sound_blocked") tell({ is: "sound_blocked", blocked: true });
			});
		return {
			mute: () => undefined,
			level: () => Promise.resolve(this.#level()),
			playSound: async () => tell({ is: "sound_blocked", blocked: false }),
			setInput: () => Promise.resolve(),
			setOutput: () => Promise.resolve(),
			stats: () => Promise.resolve({ report: WAY }),
			repair: () => undefined,
			leave: () => Promise.resolve(),
		};
	}

	/* Speech comes and goes; a still frame has one level. */
	#level(): number {
		return this.#isStill ? 0.16 : 0.12 * (1 + Math.sin(performance.now() / 240)) ** 2;
	}
}

const open: DemoPart["open"] = (page, state) => {
	const demo = new Demo(state, page);

	return {
		ports: demo.ports,
		known: demo.known,
		token: () => demo.token(),
		begin: (call, act) => demo.begin(call, act),
	};
};

put("demo", { open });
