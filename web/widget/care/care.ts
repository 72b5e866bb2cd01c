/* widget/care/care.ts - the part that looks after a call that is on.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched when a call exists, or when a page finds that one was on before it
 * was loaded.  Without it the call goes on all the same. */
import { add } from "../draw.js";
import type { Brought, Call, Comeback } from "../../core/call.js";
import { startedCall } from "../../core/api.js";
import type { Api, StartedCall } from "../../core/api.js";
import { RingdownError } from "../../core/ports.js";
import { isLive } from "../../core/machine.js";
import type { CallState, StringKey } from "../../core/catalogue.js";
import { clock } from "../panel/stage.js";
import { put } from "../parts.js";
import type { BrowserMicrophone, CareScene, Devices, InnerStart, PageServices } from "../types.js";
import { DeviceWatch, DEVICES_CSS, Picker } from "./devices.js";
import { clear, read, write } from "./entry.js";
import type { Entry } from "./entry.js";
import { play } from "./sounds.js";
import { MutedSpeech } from "./muted.js";
import { Ear } from "./quality.js";
import { Signal, SIGNAL_CSS } from "./signal.js";
import { Silence } from "./silence.js";
import type { Remedy } from "./silence.js";
import { callAttention, Elsewhere, ELSEWHERE_CSS, Teller } from "./tabs.js";

const TICK_MS = 1000;
const NOTICE_MS = 5000;
const RESUME_S = 45;
const RETRY_MS = [500, 1000, 2000, 4000, 0];
const ASKED_MS = 1500;
const PASSING: readonly string[] = ["server_unreachable", "network_offline", "elsewhere"];
const PAUSED_MS = 1000;

/* From here on a page that is loaded anew brings the call back. */
const isWorthKeeping = (state: CallState): boolean => isLive(state) && state !== "resuming";

const wasOn = (from: CallState): boolean =>
	from === "in-call" || from === "held" || from === "reconnecting" || from === "ending";

class Care {
	readonly #call: Call;
	readonly #scene: CareScene;
	readonly #unobserve: () => void;
	readonly #ticker = setInterval(() => void this.#tick(), TICK_MS);
	readonly #teller: Teller | null;
	#speech: MutedSpeech | null = null;
	#context: AudioContext | null;
	readonly #picker: Picker;
	readonly #signal: Signal;
	#watch: DeviceWatch | null = null;
	#devices: Devices | null = null;
	#ear = new Ear();
	#silence = new Silence();
	#wake: Promise<WakeLockSentinel> | null = null;
	#notice: { key: StringKey; untilMs: number } | null = null;
	#told: StringKey | null = null;
	#pausedMs = 0;
	#isBusy = false;
	readonly #hurry = (): void => this.#call.hurry();
	readonly #visible = (): void => {
		if (document.visibilityState !== "visible") return;
		this.#hurry();
		this.#keepAwake();
		if (this.#isPaused()) void this.#recapture();
	};

	constructor(call: Call, scene: CareScene) {
		this.#call = call;
		this.#scene = scene;
		this.#teller =
			"BroadcastChannel" in globalThis
				? new Teller(call, () => {
						scene.open();
						callAttention();
					})
				: null;
		this.#context = scene.page.sound?.context ?? null;
		this.#picker = new Picker(scene.host, {
			input: (id) => this.#choose(id),
			output: (id) => call.setOutput(id),
		});
		this.#signal = new Signal(scene.host);
		scene.host.adopt(DEVICES_CSS + SIGNAL_CSS);
		scene.host.root.querySelector("[part~=title]")?.after(this.#signal.element);
		this.#unobserve = call.observe({
			changed: ({ from, to }) => {
				this.#sound(from, to);
				this.#changed();
			},
			touched: () => this.#changed(),
		});
		document.addEventListener("visibilitychange", this.#visible);
		addEventListener("online", this.#hurry);
		this.#sound("connecting", call.state);
		this.#changed();
	}

	#stop(): void {
		clearInterval(this.#ticker);
		document.removeEventListener("visibilitychange", this.#visible);
		removeEventListener("online", this.#hurry);
		this.#unobserve();
		this.#teller?.stop();
		this.#speech?.stop();
		this.#watch?.stop();
		this.#picker.element.remove();
		this.#signal.element.remove();
		void this.#wake?.then((lock) => lock.release()).catch(() => undefined);
		removeEventListener("beforeunload", this.#ask);
		this.#call.isKept = false;
		clear();
	}

	#changed(): void {
		const call = this.#call;

		if (!call.busy) {
			this.#stop();
			return;
		}
		this.#keep();
		this.#guard();
		this.#teller?.tell();
		this.#keepAwake();
		this.#listen(call.muted && isLive(call.state));
		if (this.#isTalk() && !this.#watch) this.#watchDevices();
	}

	/* The attribute is asked when it matters: it may have changed. */
	readonly #ask = (event: BeforeUnloadEvent): void => {
		if (this.#scene.host.option("close-guard") === "on") event.preventDefault();
	};

	/* A page that was loaded anew has no sound of its own before a gesture;
	 * to mute takes one. */
	#listen(isOn: boolean): void {
		if (!isOn) {
			this.#speech?.stop();
			return;
		}
		if (!this.#context && navigator.userActivation?.hasBeenActive)
			this.#context = new AudioContext();
		if (this.#context)
			this.#speech ??= new MutedSpeech(this.#context, () => this.#spoke());
		this.#speech?.listen(this.#track());
	}

	#guard(): void {
		if (isLive(this.#call.state)) addEventListener("beforeunload", this.#ask);
		else removeEventListener("beforeunload", this.#ask);
	}

	#sound(from: CallState, to: CallState): void {
		const context = this.#context;
		const wish = this.#scene.host.option("sounds");
		const volume = wish === "on" ? 1 : Number(wish) || 0;

		if (to === "in-call" && from !== "held" && from !== "in-call")
			play(context, "connected", volume);
		else if (to === "reconnecting") play(context, "lost", volume);
		else if ((to === "ended" || to === "failed") && wasOn(from))
			play(context, "ended", volume);
	}

	#isTalk(): boolean {
		return this.#call.state === "in-call";
	}

	#track(): MediaStreamTrack | undefined {
		const { microphone } = this.#call;
		return (microphone as BrowserMicrophone | null)?.stream.getAudioTracks()[0];
	}

	/* --- the way back --- */

	#keep(): void {
		const call = this.#call;
		const { made } = call;
		const { resumeKey, resumeSeconds } = made?.more ?? {};

		if (!made || typeof resumeKey !== "string" || !isWorthKeeping(call.state)) return;
		if (this.#scene.host.option("resume") === "off") return;
		/* Clocks of two pages have only the time of day in common. */
		const offsetMs = Date.now() - performance.now();
		const { startedAt, answeredAt } = call;
		call.isKept = write({
			api: this.#scene.api,
			to: call.to,
			callId: made.callId,
			resumeKey,
			provider: made.provider,
			expires: Date.now() + (Number(resumeSeconds) || RESUME_S) * 1000,
			muted: call.muted,
			startedAt: (startedAt ?? performance.now()) + offsetMs,
			answeredAt: answeredAt === null ? null : answeredAt + offsetMs,
		});
	}

	/* --- once a second --- */

	async #tick(): Promise<void> {
		const call = this.#call;

		this.#keep();
		this.#picker.refresh(this.#devices);
		if (!this.#isTalk()) {
			this.#ear = new Ear();
			this.#say(null);
			this.#signal.show({ level: "unknown" });
			return;
		}
		const stats = await call.stats();
		if (!this.#isTalk() || stats.packetsIn === undefined) return;
		const quality = this.#ear.hear(stats);
		const before = call.quality.level;
		if (quality) {
			call.quality = quality;
			void this.#scene.learn().then(() => this.#signal.show(call.quality));
		}
		if (call.quality.level !== before)
			this.#scene.emit("ringdown:quality", { ...call.quality });
		const { remedy, trouble } = this.#silence.feed(stats, call.muted);
		if (remedy) this.#repair(remedy);
		this.#say(
			trouble ??
				(this.#pausedSince() ? "reason.interrupted.say" : null) ??
				(call.quality.level === "poor" ? "quality.poor" : null),
		);
	}

	/* One sentence at a time, the gravest; each is said once. */
	#say(wish: "no_audio_in" | "no_audio_out" | StringKey | null): void {
		const passing = this.#notice;
		const lasting =
			wish === "no_audio_in" || wish === "no_audio_out"
				? (`reason.${wish}` as const)
				: wish;
		const key =
			lasting ??
			(passing && passing.untilMs > performance.now() ? passing.key : null);

		if (key === this.#told) return;
		this.#told = key;
		void this.#scene.learn().then(() => {
			const { host } = this.#scene;
			if (this.#told !== key) return;
			this.#call.notice = key;
			if (key) host.announce("polite", host.text(key));
			this.#call.touch();
		});
	}

	#spoke(): void {
		this.#scene.emit("ringdown:muted-speech", {});
		this.#notice = {
			key: "care.muted_speech",
			untilMs: performance.now() + NOTICE_MS,
		};
		if (!this.#told) this.#say(null);
	}

	#repair(remedy: Remedy): void {
		if (remedy === "replay") void this.#call.playSound();
		else if (remedy === "recapture") void this.#recapture();
		else this.#call.repair();
	}

	/* --- devices --- */

	#watchDevices(): void {
		add(
			this.#scene.host.root.querySelector(".stage, .ringdown-stage") ?? this.#scene.host.root,
			this.#picker.element,
		);
		this.#watch = new DeviceWatch({
			track: () => this.#track(),
			output: () => this.#scene.page.sound?.audio.sinkId ?? "",
			setInput: (id) => this.#call.setInput(id),
			setOutput: (id) => this.#call.setOutput(id),
			changed: (devices) => {
				this.#devices = devices;
				this.#scene.emit("ringdown:devices", devices);
				if (devices.inputs.length > 1 || devices.outputs.length > 1)
					void this.#scene.learn().then(() => this.#picker.show(devices));
			},
			moved: () => void this.#call.playSound(),
		});
	}

	async #choose(id: string): Promise<void> {
		await this.#watch?.choose(id);
	}

	/* A system that paused the microphone says so, and not always lets go. */
	#isPaused(): boolean {
		const track = this.#track();
		return track !== undefined && (track.muted || track.readyState === "ended");
	}

	#pausedSince(): boolean {
		if (!this.#isPaused()) this.#pausedMs = 0;
		else this.#pausedMs ||= performance.now();
		return this.#pausedMs > 0 && performance.now() - this.#pausedMs >= PAUSED_MS;
	}

	async #recapture(): Promise<void> {
		if (this.#isBusy || !this.#call.busy) return;
		this.#isBusy = true;
		const id = this.#track()?.getSettings().deviceId;
		await this.#call.setInput(id ?? "default").catch(() => undefined);
		this.#isBusy = false;
	}

	/* --- the screen --- */

	/* A screen that sleeps may take the sound with it; mains-fed machines
	 * with a mouse need no such care. A lock is lost with the sight of the
	 * page. */
	#keepAwake(): void {
		if (!("wakeLock" in navigator) || navigator.maxTouchPoints === 0) return;
		if (document.visibilityState !== "visible" || this.#wake) return;
		const wake = navigator.wakeLock.request("screen");
		this.#wake = wake;
		wake.then(
			(lock) =>
				lock.addEventListener("release", () => {
					if (this.#wake === wake) this.#wake = null;
				}),
			() => {
				this.#wake = null;
			},
		);
	}
}

/* The element is usually there; frameworks may bring it a little later. */
async function untilDrawn(to: string): Promise<void> {
	for (let i = 0; i < 10; i++) {
		if (document.querySelector(`ringdown-call[to="${CSS.escape(to)}"]`)) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

/* Goes on with what the page before left. */
async function resume(page: PageServices): Promise<unknown> {
	const entry = read(Date.now());

	clear();
	if (!entry) return null;
	await untilDrawn(entry.to);
	const offsetMs = Date.now() - performance.now();
	const comeback: Comeback = {
		isMuted: entry.muted,
		startedMs: entry.startedAt - offsetMs,
		answeredMs: entry.answeredAt === null ? null : entry.answeredAt - offsetMs,
		bring: (...given) => bring(entry, ...given),
	};
	const options: InnerStart = { api: entry.api, comeback };
	return window.Ringdown.start(entry.to, options).catch(
		(error: unknown) => page.warn(String(error)),
	);
}

async function ask(api: Api, callId: string, resumeKey: string): Promise<StartedCall> {
	for (const waitMs of RETRY_MS) {
		try {
			const path = `/v1/calls/${encodeURIComponent(callId)}/resume`;
			return startedCall(await api.post(path, { resumeKey }, {}));
		} catch (error) {
			/* "elsewhere" may be the page before, whose end the server has not
			 * noticed: no other tab has the call. */
			const { code = "" } = error as Partial<RingdownError>;
			if (!PASSING.includes(code) || waitMs === 0) throw error;
		}
		await new Promise((resolve) => setTimeout(resolve, waitMs));
	}
	throw new RingdownError("network_lost");
}

/* The server is asked at once, for it waits the shortest. */
async function bring(
	{ callId, resumeKey }: Entry,
	...[api, capture, asked]: Parameters<Comeback["bring"]>
): Promise<Brought> {
	const capturing = capture();
	let made: StartedCall;

	capturing.catch(() => undefined);
	try {
		made = await ask(api, callId, resumeKey);
	} catch (error) {
		capturing.then((spare) => spare.stop(), () => undefined);
		throw error;
	}
	/* A browser that gives at once is not worth a word. */
	const asking = setTimeout(asked, ASKED_MS);
	try {
		return { made, microphone: await capturing };
	} catch (error) {
		api.end(made.callId, made.callKey).catch(() => undefined);
		throw error;
	} finally {
		clearTimeout(asking);
	}
}

put("care", {
	begin: (call, scene) => void new Care(call, scene),
	resume,
	elsewhere(call, scene) {
		const { host } = scene;

		if (call.state !== "failed") return;
		const shown = new Elsewhere(host, clock, () => call.dismiss());
		const stop = call.observe({
			changed() {
				stop();
				shown.stop();
			},
		});

		host.adopt(ELSEWHERE_CSS);
		host.root.querySelector(".stage, .ringdown-stage")?.appendChild(shown.time);
		host.root.querySelector("[part~=actions]")?.prepend(shown.element);
	},
});
