/* widget/care/care.ts - looks after a call that is on, from when the server has it.
 * SPDX-License-Identifier: Apache-2.0 */
import { add } from "../draw.js";
import type { Call } from "../../core/call.js";
import { isLive } from "../../core/machine.js";
import type { CallState, StringKey } from "../../core/catalogue.js";
import type { BrowserMicrophone, CareScene, Devices, MutedPart } from "../types.js";
import { DeviceChoice, DeviceWatch } from "./devices.js";
import { clear, write } from "./entry.js";
import { play } from "./sounds.js";
import { Ear } from "./quality.js";
import { Silence } from "./silence.js";
import type { Remedy } from "./silence.js";
import { CHANNEL } from "./tabs.js";

const TICK_MS = 1000;
const NOTICE_MS = 5000;
const RESUME_S = 45;
const MOST_S = 3600; /* of quality, for a report */
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
	readonly #tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;
	#teller: { tell(): void } | null = null;
	#speech: ReturnType<MutedPart["open"]> | null = null;
	#context: AudioContext | null;
	readonly #choice: DeviceChoice;
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
		this.#tabs?.addEventListener("message", () => this.#answer(), { once: true });
		this.#context = scene.page.sound?.context ?? null;
		this.#choice = new DeviceChoice(scene, {
			input: (id) => this.#choose(id),
			output: (id) => call.setOutput(id),
		});
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
		this.#tabs?.close();
		this.#speech?.stop();
		this.#watch?.stop();
		this.#choice.element.remove();
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
		this.#listen(this.#isMuted());
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
		const context = this.#context;
		const { page } = this.#scene;
		if (context)
			page.part("muted").then((part) => {
				this.#speech ??= part.open(context, () => this.#spoke());
				if (this.#isMuted()) this.#speech.listen(this.#track());
			}, page.warn);
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

	/* Another tab asks how the call goes. */
	#answer(): void {
		const { page, open } = this.#scene;

		page.part("teller").then((part) => {
			if (this.#tabs) this.#teller = part.open(this.#tabs, this.#call, open);
		}, page.warn);
	}

	#isMuted(): boolean {
		return this.#call.muted && isLive(this.#call.state);
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
		this.#choice.show(this.#devices);
		if (!this.#isTalk()) {
			this.#ear = new Ear();
			this.#say(null);
			return;
		}
		const stats = await call.stats();
		if (!this.#isTalk() || stats.packetsIn === undefined) return;
		const quality = this.#ear.hear(stats);
		const before = call.quality.level;
		if (quality) {
			call.quality = quality;
			call.trail.splice(0, call.trail.push(quality) - MOST_S);
		}
		if (call.quality.level !== before)
			this.#scene.emit("ringdown:quality", { ...call.quality });
		const { remedy, trouble } = this.#silence.feed(stats, call.muted);
		if (remedy) this.#repair(remedy);
		this.#say(
			trouble ??
				(this.#pausedSince() ? "reason.interrupted.say" : null) ??
				(call.quality.level === "poor" ? "quality.weak" : null),
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
			const text = key && host.text(key);
			/* A sentence that could not be fetched is not shown by its key. */
			if (this.#told !== key || (key && text === key)) return;
			this.#call.notice = key;
			if (text) host.announce("polite", text);
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
			this.#choice.element,
		);
		this.#watch = new DeviceWatch({
			track: () => this.#track(),
			output: () => this.#scene.page.sound?.audio.sinkId ?? "",
			setInput: (id) => this.#call.setInput(id),
			setOutput: (id) => this.#call.setOutput(id),
			changed: (devices) => {
				this.#devices = devices;
				this.#scene.emit("ringdown:devices", devices);
				this.#choice.show(devices);
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
		const gone = (): void => {
			if (this.#wake === wake) this.#wake = null;
		};
		this.#wake = wake;
		wake.then((lock) => lock.addEventListener("release", gone), gone);
	}
}

export const lookAfter = (call: Call, scene: CareScene): void => void new Care(call, scene);
