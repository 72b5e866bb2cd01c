/* core/call.ts - drives one call: feeds the table and does what it asks.
 * SPDX-License-Identifier: Apache-2.0 */
import type { CallState, EndedBy, Reason, StringKey } from "./catalogue.js";
import { Api } from "./api.js";
import type { Availability, Json, StartedCall, StateNews } from "./api.js";
import { feed, isBusy, isLive, limitMs, START } from "./machine.js";
import type { Action, Event, Place } from "./machine.js";
import { messageOf, RingdownError } from "./ports.js";
import type {
	MediaEnd,
	MediaNews,
	MediaSession,
	MediaStats,
	Microphone,
	Ports,
	TokenReason,
	TokenSource,
} from "./ports.js";

export interface CallRequest {
	readonly to: string;
	readonly hints?: Readonly<Record<string, string>>;
	readonly displayName?: string;
	readonly token: TokenSource;
	/* What the server said before the call, if it was asked. */
	readonly known?: Availability | null;
}

/* A call that the page before this one began. */
export interface Comeback {
	readonly isMuted: boolean;
	readonly startedMs: number;
	readonly answeredMs: number | null;
	/* asked: the call is ours again, and the browser waits for the person. */
	bring(
		api: Api,
		capture: () => Promise<Microphone>,
		asked: () => void,
	): Promise<Brought>;
}

export interface Brought {
	readonly made: StartedCall;
	readonly microphone: Microphone;
}

export interface Quality {
	readonly level: "good" | "fair" | "poor" | "unknown";
	readonly mos?: number;
	readonly rttMs?: number;
	readonly lossPct?: number;
	readonly jitterMs?: number;
}

export interface CallChange {
	readonly from: CallState;
	readonly to: CallState;
}

export interface CallObserver {
	changed?(change: CallChange): void;
	/* Anything else that is shown: mute, sound, quality, support id. */
	touched?(): void;
	/* What pages are told of besides: "queue", "message" and their like. */
	heard?(what: string, detail: object): void;
}

/* How long the server may take to give the reason of an end that the media
 * saw first. */
const LAST_WORD_MS = 2000;


const DIGITS = /^[0-9*#A-D]{1,32}$/;

function refusal(error: unknown, code: Reason = "internal"): RingdownError {
	if (error instanceof RingdownError) return error;
	return new RingdownError(code, { detail: messageOf(error) });
}

export class Call {
	/* Told by whoever looks after the call. */
	quality: Quality = { level: "unknown" };
	notice: StringKey | null = null; /* what is wrong with the sound */
	isKept = false; /* the next page knows how to bring it back */
	rated = 0; /* 1 to 5, once the person said */
	/* What a report of a problem looks at: when each state began, and
	 * each second of quality. */
	readonly history: (readonly [state: CallState, atMs: number])[] = [];
	readonly trail: Quality[] = [];
	readonly request: CallRequest;

	readonly #ports: Ports;
	readonly #api: Api;
	readonly #observers = new Set<CallObserver>();
	readonly #key: string;

	#place: Place = START;
	#token = "";
	#made: StartedCall | null = null;
	#microphone: Microphone | null = null;
	#session: MediaSession | null = null;
	#last: Promise<MediaStats> = Promise.resolve({});
	#failure: RingdownError | null = null;
	#isMuted = false;
	#comeback: Comeback | null = null;
	#isSoundBlocked = false;
	#limited: CallState | "" = ""; /* the state whose limit runs */
	#limitDueMs = 0;
	#cancelLimit: () => void = () => undefined;
	#cancelLastWord: () => void = () => undefined;
	#unfollow: () => void = () => undefined;
	#startedMs: number | null = null;
	#answeredMs: number | null = null;
	#finalSeconds: number | null = null;
	#told: Json = {};
	#consent: Readonly<Record<string, unknown>> | null = null;

	constructor(ports: Ports, api: Api, request: CallRequest) {
		this.#ports = ports;
		this.#api = api;
		this.request = request;
		this.#key = ports.chance.uuid();
	}

	get id(): string {
		return this.#made?.callId ?? "";
	}
	get supportId(): string {
		return this.#made?.supportId ?? this.#failure?.supportId ?? "";
	}
	get to(): string {
		return this.request.to;
	}
	get state(): CallState {
		return this.#place.state;
	}
	get reason(): Reason | undefined {
		return this.#place.reason;
	}
	get by(): EndedBy | undefined {
		return this.#place.by;
	}
	get error(): RingdownError | null {
		return this.#failure;
	}
	get muted(): boolean {
		return this.#isMuted;
	}
	get soundBlocked(): boolean {
		return this.#isSoundBlocked;
	}
	get microphone(): Microphone | null {
		return this.#microphone;
	}
	get busy(): boolean {
		return isBusy(this.#place.state);
	}
	/* The server's answer to the press; null before it. */
	get made(): StartedCall | null {
		return this.#made;
	}
	get known(): Availability | null {
		return this.request.known ?? null;
	}
	get holding(): boolean {
		return this.#place.facts.holding;
	}
	/* What the server said of this call besides its state, the latest of
	 * each: queue, peer, recorded. */
	get told(): Json {
		return this.#told;
	}
	get startedAt(): number | null {
		return this.#startedMs;
	}
	get answeredAt(): number | null {
		return this.#answeredMs;
	}

	/* Whole seconds of talk: the server's number once it gave one, else since
	 * the moment it said so.  null: nobody answered yet. */
	get seconds(): number | null {
		if (this.#finalSeconds !== null) return this.#finalSeconds;
		if (this.#answeredMs === null) return null;
		return Math.max(0, Math.floor((this.#ports.clock.now() - this.#answeredMs) / 1000));
	}

	/* Milliseconds until the present state is given up; null: no limit. */
	get leftMs(): number | null {
		return this.#limited
			? Math.max(0, this.#limitDueMs - this.#ports.clock.now())
			: null;
	}

	observe(observer: CallObserver): () => void {
		this.#observers.add(observer);
		return () => this.#observers.delete(observer);
	}

	/* Call it from the gesture: the browser may want to see one. */
	press(): void {
		this.#startedMs = this.#ports.clock.now();
		this.#tell({ on: "pressed" });
	}

	resume(comeback: Comeback): void {
		this.#comeback = comeback;
		this.#isMuted = comeback.isMuted;
		this.#startedMs = comeback.startedMs;
		this.#answeredMs = comeback.answeredMs;
		this.#tell({ on: "resume" });
	}

	refuse(error: RingdownError): void {
		this.#failure = error;
		this.#tell({ on: "refused", reason: error.code, by: "system" });
	}

	hangUp(): void {
		if (this.busy) this.#tell({ on: "hang_up" });
	}

	dismiss(): void {
		this.#tell({ on: "dismissed" });
	}

	mute(on: boolean): void {
		if (this.#isMuted === on || !isLive(this.#place.state)) return;
		this.#isMuted = on;
		this.#session?.mute(on);
		this.touch();
	}

	async sendDigits(digits: string): Promise<void> {
		if (!DIGITS.test(digits))
			throw new RingdownError("bad_request", {
				detail: "digits are 0-9 * # A-D, 1 to 32",
			});
		if (!this.#made || this.#place.state !== "in-call")
			throw new RingdownError("wrong_state");
		await this.act("digits", { digits });
	}

	/* Something that the server does to this call, under its key. */
	async act(what: string, body: object): Promise<unknown> {
		if (!this.#made) throw new RingdownError("wrong_state");
		return this.#api.act(this.#made.callId, this.#made.callKey, what, body);
	}

	/* Something asked for in the caller's name. */
	async ask(path: string, reason: TokenReason, body: object): Promise<unknown> {
		const token = await this.request.token({ to: this.to, reason });
		return this.#api.post(path, body, token ? { authorization: `Bearer ${token}` } : {});
	}

	/* What the person said to being recorded; it goes with the call. */
	agree(consent: Readonly<Record<string, unknown>>): void {
		this.#consent = consent;
		this.#tell({ on: "consent_given" });
	}

	/* What the person, or another part, adds to the facts. */
	tell(event: Event): void {
		this.#tell(event);
	}

	/* Tells the page, by ringdown:<what>. */
	say(what: string, detail: object): void {
		for (const observer of [...this.#observers]) observer.heard?.(what, detail);
	}

	async playSound(): Promise<void> {
		await this.#session?.playSound();
	}

	level(): Promise<number> {
		return this.#session && !this.#isMuted ? this.#session.level() : Promise.resolve(0);
	}

	/* A device by its id, or "default". */
	async setInput(id: string): Promise<void> {
		if (!this.#session) throw new RingdownError("wrong_state");
		const microphone = await this.#ports.media.capture(id);
		if (this.#session) await this.#session.setInput(microphone);
		else microphone.stop();
	}

	async setOutput(id: string): Promise<void> {
		await this.#session?.setOutput(id);
	}

	/* Once the call is over, as it was then. */
	stats(): Promise<MediaStats> {
		if (this.#session) this.#last = this.#session.stats();
		return this.#last;
	}

	hurry(): void {
		this.#api.hurry();
	}

	repair(): void {
		this.#session?.repair();
	}

	/* The page goes away: the server should not wait out its grace.  A page
	 * that comes again in a moment finds the call as it was. */
	abandon(): void {
		if (!this.#made || !this.busy) return;
		const { callId, callKey } = this.#made;
		const told: Promise<unknown> = this.isKept
			? this.#api.leave(callId, callKey)
			: this.#api.end(callId, callKey, true);
		told.catch(() => undefined);
	}

	#tell(event: Event): void {
		const before = this.#place;
		const outcome = feed(before, event);

		if (!outcome.known) {
			this.#ports.warn(`"${event.on}" means nothing in state "${before.state}"`);
			return;
		}
		this.#place = outcome.place;
		this.#arm();
		for (const action of outcome.does) this.#act(action);
		const { state } = outcome.place;
		if (before.state === state) this.touch();
		else {
			this.history.push([state, this.#ports.clock.now()]);
			for (const observer of [...this.#observers])
				observer.changed?.({ from: before.state, to: state });
		}
	}

	touch(): void {
		for (const observer of [...this.#observers]) observer.touched?.();
	}

	#arm(): void {
		const { state } = this.#place;
		const ms = limitMs(this.#place);
		const key = ms === undefined ? "" : state;

		if (key === this.#limited) return;
		this.#limited = key;
		this.#cancelLimit();
		if (ms === undefined) return;
		this.#limitDueMs = this.#ports.clock.now() + ms;
		this.#cancelLimit = this.#ports.clock.after(ms, () =>
			this.#tell({ on: "limit_passed" }),
		);
	}

	#act(action: Action): void {
		switch (action) {
			case "ask_token":
				void this.#askToken();
				break;
			case "ask_microphone":
				void this.#askMicrophone();
				break;
			case "resume_call":
			case "make_call":
				void this.#makeCall();
				break;
			case "join_media":
				void this.#joinMedia();
				break;
			case "follow_events":
				this.#followEvents();
				break;
			case "end_call":
				void this.#endCall();
				break;
			case "leave":
				this.#leave();
				break;
			case "unfollow":
				this.#unfollow();
				this.#cancelLastWord();
				break;
		}
	}

	async #askToken(): Promise<void> {
		try {
			this.#token = await this.request.token({ to: this.to, reason: "start" });
		} catch (error) {
			if (this.#place.state === "signing-in")
				this.refuse(refusal(error, "auth_refused"));
			return;
		}
		if (this.#place.state === "signing-in")
			this.#tell({ on: this.known?.consent ? "consent_asked" : "token_given" });
	}

	async #askMicrophone(): Promise<void> {
		let microphone: Microphone;

		try {
			microphone = await this.#ports.media.capture();
		} catch (error) {
			if (this.#place.state === "permission") this.refuse(refusal(error));
			return;
		}
		/* The person may have cancelled while the browser asked. */
		if (this.#place.state !== "permission") {
			microphone.stop();
			return;
		}
		this.#microphone = microphone;
		this.#tell({ on: "microphone_given" });
	}

	async #makeCall(): Promise<void> {
		let made: StartedCall;

		try {
			made = await (this.#comeback
				? this.#comeBack(this.#comeback)
				: this.#startCall());
		} catch (error) {
			if (this.#isWaiting) this.refuse(refusal(error));
			return;
		}
		if (!this.#isWaiting) {
			/* Given up meanwhile: the server must not keep it. */
			void this.#api.end(made.callId, made.callKey).catch(() => undefined);
			return;
		}
		this.#made = made;
		this.#tell({ on: "call_made" });
	}

	get #isWaiting(): boolean {
		return ["connecting", "resuming", "permission", "ending"].includes(
			this.#place.state,
		);
	}

	async #comeBack(comeback: Comeback): Promise<StartedCall> {
		const { made, microphone } = await comeback.bring(
			this.#api,
			() => this.#ports.media.capture(),
			() => this.#tell({ on: "token_given" }),
		);

		if (this.#isWaiting && this.#place.state !== "ending")
			this.#microphone = microphone;
		else microphone.stop();
		return made;
	}

	/* A token that aged between the press and now is asked for once more. */
	async #startCall(): Promise<StartedCall> {
		const { to, hints, displayName, token } = this.request;
		const body = {
			destination: to,
			...(hints && Object.keys(hints).length > 0 ? { hints } : {}),
			...(displayName ? { displayName } : {}),
			...(this.#consent?.["version"] ? { consent: this.#consent } : {}),
		};
		try {
			return await this.#api.start(body, this.#token, this.#key);
		} catch (error) {
			if (!(error instanceof RingdownError) || error.code !== "auth_expired")
				throw error;
		}
		this.#token = await token({ to, reason: "refresh" });
		return this.#api.start(body, this.#token, this.#key);
	}

	#followEvents(): void {
		if (!this.#made) return;
		this.#unfollow = this.#api.follow(this.#made.eventsUrl, this.#made.callKey, {
			news: (news, all) => this.#hear(news, all),
			message: (data) => this.#hearMessage(data),
			gone: () =>
				this.#tell({ on: "over", reason: "network_lost", by: "system" }),
		});
	}

	/* {topic, data} of the advisor's side, passed on as it is. */
	#hearMessage(data: string): void {
		try {
			const { topic, data: value } = JSON.parse(data) as Record<string, unknown>;
			this.say("message", { topic, data: value });
		} catch {
			this.#ports.warn("a message that is not JSON");
		}
	}

	#hear(news: StateNews, all: Json): void {
		/* Who answered stays known; where one stands in a line does not. */
		const { queue, queuePosition: position, expectedWaitSeconds: waitSeconds } = all;
		this.#told = {
			...this.#told,
			...all,
			queue: queue ?? (position || waitSeconds ? { position, waitSeconds } : undefined),
			updatedAt: this.#ports.clock.now(),
		};
		if (news.state === "in-call" && this.#answeredMs === null)
			this.#answeredMs = this.#ports.clock.now() - (news.seconds ?? 0) * 1000;
		if (news.state === "ended") {
			if (this.#answeredMs !== null)
				this.#finalSeconds = news.seconds ?? this.seconds;
			this.#tell({
				on: "over",
				reason: news.reason ?? "ended_by_system",
				by: news.by ?? "system",
			});
			return;
		}
		const isQueued = news.state === "ringing" && this.#told["queue"];
		const far = isQueued ? "queued" : news.state;
		if (far !== "starting" && isLive(this.#place.state))
			this.#tell({ on: `server_${far}` });
		if (far === "queued") this.say("queue", { ...(this.#told["queue"] as object) });
	}

	async #joinMedia(): Promise<void> {
		const microphone = this.#microphone;
		const made = this.#made;
		let session: MediaSession;

		if (!microphone || !made) return;
		try {
			/* Of a session that was left in order to resume, nothing is heard. */
			session = await this.#ports.media.join(
				made,
				microphone,
				(news) => this.#microphone === microphone && this.#hearMedia(news),
			);
		} catch (error) {
			if (this.#microphone === microphone && isLive(this.#place.state))
				this.refuse(refusal(error));
			return;
		}
		if (this.#microphone !== microphone || !isLive(this.#place.state)) {
			void session.leave();
			return;
		}
		this.#session = session;
		session.mute(this.#isMuted);
	}

	#hearMedia(news: MediaNews): void {
		if (!isLive(this.#place.state)) return;
		switch (news.is) {
			case "up":
				this.#tell({ on: "media_up" });
				break;
			case "lost":
				this.#tell({ on: "media_lost" });
				break;
			case "sound_blocked":
				this.#isSoundBlocked = news.blocked;
				this.touch();
				break;
			case "stopped":
				this.#mediaStopped(news.why);
				break;
		}
	}

	/* The server knows why it ended the call; only if it does not say so is
	 * the media's word the reason. */
	#mediaStopped(why: MediaEnd): void {
		const wasUp = this.#place.facts.media !== "joining";
		const network: Reason = wasUp ? "network_lost" : "network_blocked";
		const reasons: Readonly<Record<MediaEnd, Reason>> = {
			ended: "ended_by_system",
			left: "ended_by_caller",
			elsewhere: "moved",
			refused: "internal",
			full: "provider_down",
			network,
		};

		this.#cancelLastWord();
		this.#cancelLastWord = this.#ports.clock.after(LAST_WORD_MS, () => {
			if (!isLive(this.#place.state)) return;
			void this.#endCall();
			this.#tell({ on: "over", reason: reasons[why], by: "system" });
		});
	}

	async #endCall(): Promise<void> {
		const made = this.#made;

		if (!made) return; /* makeCall() comes back to it */
		const end = (): Promise<void> => this.#api.end(made.callId, made.callKey);
		/* Once more: what was refused is refused again, at no harm. */
		await end().catch(end).catch(() => undefined);
	}

	#leave(): void {
		void this.#session?.leave();
		void this.stats();
		this.#session = null;
		this.#microphone?.stop();
		this.#microphone = null;
	}
}
