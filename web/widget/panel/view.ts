/* widget/panel/view.ts - draws the call: panel, card, bar and pill.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: panel, header, title, body, status, timer, meter, hint, error,
 * actions, mute, hold, hangup, button, button-primary, button-danger,
 * footer, support-id.
 * Built once; show() only changes what differs, so focus stays where it is
 * and nothing moves under a finger. */
import type { Call } from "../../core/call.js";
import { isBusy, isLive } from "../../core/machine.js";
import { add, capital, HANDSET, icon, make, setAttribute, setText } from "../draw.js";
import type { Language, StringKey } from "../../core/catalogue.js";
import type { Extras, Host, PageServices } from "../types.js";
import { ALERT, CHECK, CLOSE, KEYS, PAUSE, MIC, MIC_OFF, MINIMISE } from "./icons.js";
import { Meter } from "./meter.js";
import { offersOf } from "./offers.js";
import type { Wishes } from "./offers.js";
import { PANEL_CSS } from "./panel.styles.js";
import { Rating } from "./rating.js";
import { learnMore, needsMore } from "./sentence.js";
import { Signal } from "./signal.js";
import { stage } from "./stage.js";
import type { Stage, Tone } from "./stage.js";

const TICK_MS = 500;
const LATE_MS = 8000; /* an unanswered microphone question gets a hint */
const HALF_TIME_MS = 30_000;
const DIGIT = /^[\d*#]$/;
const LAST_S = 60; /* before the server's limit, the caller is told */

const RARE = /^(closed|consent|queued|transferring|resuming|callback)/;

let count = 0;

function labelled(kind: string, part: string, path: string): HTMLButtonElement {
	return make(
		"button",
		{ type: "button", class: kind, part },
		icon(path),
		make("span", { class: "label" }),
	);
}

const label = (button: Element, text: string): void =>
	setText(button.lastElementChild ?? button, text);

const focusOn = (element: HTMLElement | null): void => element?.focus({ preventScroll: true });

const look = (element: Element, path: string): void => {
	const [shape] = element.getElementsByTagName("path");
	if (shape) setAttribute(shape, "d", path);
};

const MARKS: Readonly<Partial<Record<Tone, string>>> = { trouble: ALERT, done: CHECK };

export class View {
	readonly #host: Host;
	readonly #page: PageServices;
	readonly #wishes: Wishes;
	readonly #dock: HTMLElement;
	readonly #panel: HTMLElement;
	readonly #pill: HTMLElement;
	readonly #meter: Meter;
	readonly #signal: Signal;
	readonly #rating: Rating;
	readonly #on = {
		body: make("div", { class: "body", part: "body" }),
		title: make("h2", { class: "title", part: "title" }),
		fold: make("button", { type: "button", class: "plain" }, icon(MINIMISE)),
		orb: make("span", { class: "orb", "aria-hidden": "true" }, icon(HANDSET)),
		status: make("p", { class: "status", part: "status", tabindex: "-1" }),
		say: make("p", { class: "say", part: "hint" }),
		time: make("p", { class: "time", part: "timer" }),
		voice: make("p", { class: "voice" }),
		voiceText: make("span"),
		weak: make("p", { class: "weak" }),
		extra: make("div", { class: "extra" }),
		sound: make("button", { type: "button", class: "button", part: "button" }),
		mute: labelled("tool", "button mute", MIC),
		hold: labelled("tool", "button hold", PAUSE),
		keys: labelled("tool", "button", KEYS),
		offers: make("div", { class: "offers" }),
		end: labelled("button end", "button hangup", HANDSET),
		support: make("footer", { class: "support", part: "footer" }),
		supportId: make("span", { part: "support-id" }),
		copy: make("button", { type: "button", class: "link" }),
		pillWhat: make("span", { class: "unseen" }),
		pillTime: make("span", { class: "pill-time" }),
		pillOpen: make("button", { type: "button", class: "pill-open" }),
		pillMute: make("button", { type: "button", class: "pill-tool" }, icon(MIC)),
		pillEnd: make("button", { type: "button", class: "pill-tool pill-end" }, icon(HANDSET)),
	};

	#call: Call | null = null;
	#isOpen = false;
	#isIdle = true;
	#isFocusDue = false;
	#isPadOpen = false;
	#shownPad = "";
	#shownState = "";
	#shownReason = "";
	#shownLocale = "";
	#wasMuted = false;
	#permissionMs = 0;
	#isHalfTold = false;
	#learning: Promise<void> | null = null;
	#extras: Extras | null = null;
	#coming: Promise<unknown> | null = null;
	#isWithout = false; /* the rare half could not be had */
	#ticker: ReturnType<typeof setTimeout> | undefined;

	constructor(host: Host, page: PageServices, wishes: Wishes) {
		this.#host = host;
		this.#page = page;
		this.#wishes = wishes;
		this.#meter = new Meter(() => this.#call?.level() ?? Promise.resolve(0));
		this.#signal = new Signal(host);
		this.#rating = new Rating(host, () => this.refresh());
		this.#panel = this.#buildPanel();
		this.#pill = make(
			"div",
			{ class: "pill", role: "group" },
			this.#on.pillOpen,
			this.#on.pillMute,
			this.#on.pillEnd,
		);
		this.#dock = make("div", { class: "dock", hidden: true }, this.#panel, this.#pill);
		this.#listen();
		host.adopt(PANEL_CSS);
		host.root.appendChild(this.#dock);
	}

	show(call: Call | null): void {
		/* One that was put away and is shown again is as good as new. */
		const isNew = call !== this.#call || this.#isIdle;

		this.#isIdle = call?.state === "idle";
		this.#call = call;
		if (isNew && call) {
			this.#shownState = "";
			this.#isPadOpen = this.#isWithout = false;
			this.open();
		}
		this.refresh();
	}

	open(): void {
		if (this.#isOpen) return;
		this.#isOpen = true;
		/* A frame that is only looked at takes no focus. */
		this.#isFocusDue = !this.#host.option("demo-state");
		this.refresh();
	}

	/* What a person would do, for a frame that is only looked at. */
	async act(call: Call, deed: string): Promise<void> {
		if (deed === "pad") this.#togglePad();
		else if (deed === "fold") this.close();
		else {
			await this.#fetchExtras();
			this.#extras?.act(call, deed);
		}
	}

	/* Folds a call that is on, puts away one that is over. */
	close(): void {
		const call = this.#call;

		if (call && isBusy(call.state) && !this.#isCorner())
			return; /* a card and a bar stay as long as the call does */
		this.#isOpen = false;
		if (call && !isBusy(call.state) && call.state !== "idle") call.dismiss();
		this.refresh();
		if (this.#host.option("demo-state")) return;
		if (call && isBusy(call.state)) focusOn(this.#on.pillOpen);
		else focusOn(this.#launcher());
	}

	refresh(): void {
		const call = this.#call;
		const host = this.#host;
		const state = call?.state ?? "idle";

		if (call && (this.#isWordless(call) || this.#isHalf(call))) return;
		if (state === "idle") this.#isOpen = false;
		const isShown = state !== "idle" && (this.#isOpen || isBusy(state));
		host.showState(state, this.#isOpen);
		setText(this.#on.title, capital(host.name, host.locale));
		if (call && state !== "idle") this.#draw(call);
		this.#place(isShown);
		if (isShown && this.#isOpen && this.#isFocusDue) {
			this.#isFocusDue = false;
			focusOn(this.#on.status);
		}
		this.#tick(isShown && call !== null && isBusy(state));
		this.#meter.run(isShown && this.#isOpen && this.#hasVoice() && !call?.muted);
	}

	/* The focus went somewhere in the page. */
	#follow = ({ target }: Event): void => {
		if (!this.#host.element.contains(target as Node))
			this.#page.part("aside").then(
				(part) => part.look(this.#dock, this.#host),
				this.#page.warn,
			);
	};

	/* What is to be shown has words that are not here: it is shown as soon as
	 * they are. */
	#isWordless({ state, reason }: Call): boolean {
		const key = (reason ? `reason.${reason}` : `state.${state}`) as StringKey;
		const lang = this.#host.text("lang") as Language;
		if (!needsMore(key, this.#host.text(key), lang)) return false;

		this.#learning ??= learnMore(this.#page, lang).then(() => {
			this.#learning = null;
			this.refresh();
		});
		return true;
	}

	/* What cannot be drawn without the rare half waits for it; what merely
	 * gains by it is drawn anew. */
	#isHalf(call: Call): boolean {
		if (this.#extras || this.#isWithout) return false;
		const isNeeded =
			RARE.test(call.state) ||
			call.reason === "mic_denied" ||
			call.reason === "limit_rate" ||
			call.holding ||
			this.#host.option("variant") === "bar";
		const isBetter =
			call.told["peer"] ??
			call.told["recorded"] ??
			(Number(call.made?.more["maxSeconds"]) - (call.seconds ?? 0) < LAST_S ||
				(!isBusy(call.state) && this.#page.global.onDiagnostics) ||
				call.reason === "elsewhere" ||
				call.reason === "closed");

		if (isNeeded || isBetter) void this.#fetchExtras();
		return isNeeded;
	}

	/* With its words: half of it would be worse than none. */
	#fetchExtras(): Promise<unknown> {
		this.#coming ??= this.#page
			.part("extras")
			.then(async (part) => {
				await learnMore(this.#page, this.#host.text("lang") as Language);
				this.#extras = part.open({
					host: this.#host,
					page: this.#page,
					slot: this.#on.extra,
					body: this.#on.body,
					mark: (name, on) => setAttribute(this.#dock, `data-${name}`, on),
					refresh: () => this.refresh(),
					ask: () => this.#wishes.ask(),
				});
			})
			.catch(() => {
				this.#isWithout = true;
				this.#coming = null; /* the next call tries again */
			})
			.then(() => this.refresh());
		return this.#coming;
	}

	destroy(): void {
		this.#tick(false);
		this.#meter.run(false);
		this.#place(false);
		this.#dock.remove();
	}

	#buildPanel(): HTMLElement {
		const on = this.#on;
		const titleId = `ringdown-title-${++count}`;

		on.title.id = titleId;
		on.body.appendChild(
			make(
				"div",
				{ class: "stage" },
				on.orb,
				on.status,
				on.time,
				on.say,
				on.voice,
				on.weak,
				on.extra,
				this.#rating.element,
				on.sound,
			),
		);
		add(on.voice, this.#meter.element, on.voiceText);
		add(on.support, on.supportId, on.copy, make("slot", { name: "footer" }));
		on.keys.firstElementChild?.classList.add("keys-icon");
		add(on.pillOpen, make("i", { class: "dot" }), on.pillWhat, on.pillTime);
		return make(
			"section",
			{
				class: "panel",
				part: "panel",
				role: "dialog",
				"aria-labelledby": titleId,
			},
			make(
				"header",
				{ class: "header", part: "header" },
				make(
					"span",
					{ class: "mark", "aria-hidden": "true" },
					make("slot", { name: "logo" }, icon(HANDSET)),
				),
				on.title,
				this.#signal.element,
				on.fold,
			),
			on.body,
			make(
				"div",
				{ class: "actions", part: "actions" },
				make("div", { class: "tools" }, on.mute, on.hold, on.keys),
				on.offers,
				on.end,
			),
			on.support,
		);
	}

	#listen(): void {
		const on = this.#on;
		const toggleMute = (): void => this.#call?.mute(!this.#call.muted);

		on.fold.addEventListener("click", () => this.close());
		on.mute.addEventListener("click", toggleMute);
		on.pillMute.addEventListener("click", toggleMute);
		on.hold.addEventListener("click", () => this.#call && this.#wishes.hold(this.#call));
		on.keys.addEventListener("click", () => this.#togglePad());
		on.end.addEventListener("click", () => this.#endPressed());
		on.pillEnd.addEventListener("click", () => this.#call?.hangUp());
		on.pillOpen.addEventListener("click", () => this.open());
		on.sound.addEventListener("click", () => void this.#call?.playSound());
		on.copy.addEventListener("click", () => void this.#copyId());
		this.#dock.addEventListener("keydown", (event) => this.#keyed(event));
	}

	/* Keys of the panel alone, never of the page. */
	#keyed(event: KeyboardEvent): void {
		const call = this.#call;

		if (event.key === "Escape" && this.#isOpen) {
			event.stopPropagation();
			this.close();
			return;
		}
		if (!call || event.ctrlKey || event.metaKey || event.altKey) return;
		const key = event.key.toLowerCase();
		/* Fast fingers wait for the pad, in their order. */
		if (this.#isPadOpen && DIGIT.test(key))
			void this.#fetchExtras().then(() => this.#extras?.pad.press(key));
		else if (key === "m" && this.#hasVoice()) call.mute(!call.muted);
		else if (key === "k" && !this.#on.keys.hidden) void this.#togglePad();
		else return;
		event.preventDefault();
	}

	#endPressed(): void {
		if (this.#call && isBusy(this.#call.state)) this.#call.hangUp();
		else this.close();
	}

	async #togglePad(): Promise<void> {
		this.#isPadOpen = !this.#isPadOpen;
		if (this.#isPadOpen) await this.#fetchExtras();
		this.#isPadOpen &&= this.#extras !== null;
		this.refresh();
		/* What the keypad covers cannot keep the focus. */
		const pad = this.#isPadOpen && this.#extras?.pad.element;
		focusOn(pad || this.#on.keys);
	}

	async #copyId(): Promise<void> {
		try {
			await navigator.clipboard.writeText(this.#call?.supportId ?? "");
			setText(this.#on.copy, this.#host.text("action.copied"));
		} catch {
			/* No clipboard here: the id stands there to be read. */
		}
	}

	#hasVoice(): boolean {
		const state = this.#call?.state ?? "idle";
		return isLive(state) && state !== "connecting" && state !== "resuming";
	}

	#draw(call: Call): void {
		if (call.state !== this.#shownState && call.state === "permission")
			this.#permissionMs = performance.now();
		const isLate = performance.now() - this.#permissionMs > LATE_MS;
		const usual = stage(call, isLate, this.#host);
		const now = this.#extras?.stage(call, usual) ?? usual;
		const hadFocus = this.#dock.matches(":focus-within");

		const pad = this.#host.option("keypad");
		const isTalk = call.state === "in-call";
		if (!isTalk || pad === "off") this.#isPadOpen = false;
		else if (pad === "always" && pad !== this.#shownPad) {
			this.#isPadOpen = true;
			void this.#fetchExtras().then(() => this.refresh());
		}
		this.#shownPad = isTalk ? pad : "";
		this.#drawStage(now, call);
		this.#drawActions(now, call);
		this.#drawPill(now);
		this.#extras?.draw(call, this.#isPadOpen);
		this.#shownLocale = this.#host.locale;
		this.#tell(now, call);
		/* What had the focus may be gone, or hidden, which Firefox leaves it for a
		 * moment; the status is always there. */
		const at = this.#dock.querySelector(":focus");
		if (hadFocus && this.#isOpen && !at?.getClientRects().length) focusOn(this.#on.status);
	}

	#drawStage(now: Stage, call: Call): void {
		const on = this.#on;
		const host = this.#host;
		const hasVoice = this.#hasVoice();

		setAttribute(this.#dock, "data-state", call.state);
		setAttribute(this.#dock, "data-tone", now.tone);
		setAttribute(this.#dock, "data-muted", call.muted);
		setAttribute(this.#dock, "data-pad", this.#isPadOpen && this.#extras !== null);
		look(on.orb, MARKS[now.tone] ?? HANDSET);
		setText(on.status, now.heading);
		setText(on.say, now.say);
		setText(on.time, now.time);
		on.time.hidden = !now.time;
		setText(on.voiceText, host.text(call.muted ? "mic.muted" : "mic.on"));
		this.#signal.show(call.quality.level, call.state === "in-call");
		this.#rating.show(call);
		const trouble = call.soundBlocked
			? host.text("sound.blocked")
			: call.notice
				? host.text(call.notice)
				: "";
		setText(on.weak, trouble);
		on.weak.hidden = !trouble;
		on.say.hidden = !now.say || !!trouble;
		on.voice.hidden = !hasVoice || call.state === "reconnecting" || call.holding || call.soundBlocked;
		on.sound.hidden = !call.soundBlocked;
		setText(on.sound, host.text("action.sound"));
	}

	#drawActions(now: Stage, call: Call): void {
		const on = this.#on;
		const host = this.#host;
		const isOver = !isBusy(call.state);

		const hasVoice = this.#hasVoice();
		const isTalk = call.state === "in-call";
		on.mute.hidden = on.pillMute.hidden = !hasVoice;
		on.hold.hidden = !hasVoice || !(isTalk || call.holding);
		label(on.hold, host.text(call.holding ? "action.unhold" : "action.hold"));
		setAttribute(on.hold, "data-on", call.holding);
		on.keys.hidden = !isTalk || host.option("keypad") === "off";
		const mute = host.text(call.muted ? "action.unmute" : "action.mute");
		label(on.mute, mute);
		setAttribute(on.pillMute, "aria-label", mute);
		setAttribute(on.mute, "data-on", call.muted);
		for (const button of [on.mute, on.pillMute]) look(button, call.muted ? MIC_OFF : MIC);
		label(
			on.keys,
			host.text(this.#isPadOpen ? "action.keypad_close" : "action.keypad"),
		);
		setAttribute(on.keys, "aria-expanded", String(this.#isPadOpen));
		label(
			on.end,
			host.text(now.end === "close" ? "panel.close" : `action.${now.end}`),
		);
		setAttribute(on.end, "data-kind", now.end);
		setAttribute(
			on.end,
			"part",
			now.end === "hang_up" ? "button button-danger hangup" : "button hangup",
		);
		/* Not disabled: that would throw the focus out of the panel. */
		setAttribute(on.end, "aria-disabled", String(call.state === "ending"));
		on.fold.hidden = !isOver && !this.#isCorner();
		setAttribute(on.fold, "aria-label", host.text(isOver ? "panel.close" : "panel.minimise"));
		look(on.fold, isOver ? CLOSE : MINIMISE);
		setText(
			on.supportId,
			call.supportId ? `${host.text("support.id")} ${call.supportId}` : "",
		);
		if (this.#shownState !== call.state || this.#isForeign())
			setText(on.copy, host.text("action.copy"));
		on.copy.hidden = !call.supportId || !navigator.clipboard;
		this.#drawOffers(now);
	}

	/* What is drawn is in another language than we speak now. */
	#isForeign(): boolean {
		return this.#shownLocale !== this.#host.locale;
	}

	/* Buttons of a call that is over: made anew only when it ended. */
	#drawOffers(now: Stage): void {
		const { offers } = this.#on;
		const call = this.#call;
		const isOver = now.end === "close";
		const key = isOver ? `${call?.state ?? ""} ${call?.reason ?? ""}` : "";

		if (offers.dataset["for"] === key && !this.#isForeign()) return;
		offers.dataset["for"] = key;
		offers.replaceChildren(...(call && isOver ? offersOf(now, this.#host, this.#wishes, call) : []));
	}

	#drawPill(now: Stage): void {
		const on = this.#on;
		const host = this.#host;

		setText(on.pillTime, now.time || now.heading);
		setAttribute(
			this.#pill,
			"aria-label",
			host.text("panel.label", { name: host.name }),
		);
		setText(on.pillWhat, `${host.text("panel.restore")} `);
		setAttribute(on.pillEnd, "aria-label", host.text("action.hang_up"));
	}

	/* Says each turn once; never the timer, never the meter. */
	#tell(now: Stage, call: Call): void {
		const host = this.#host;
		const reason = call.reason ?? "";

		if (call.state !== this.#shownState || reason !== this.#shownReason) {
			this.#shownState = call.state;
			this.#shownReason = reason;
			this.#isHalfTold = false;
			host.announce(
				call.state === "failed" ? "assertive" : "polite",
				`${now.heading} ${call.state === "reconnecting" ? "" : now.say}`.trim(),
			);
			if (call.state !== "failed") host.announce("assertive", "");
		} else if (call.muted !== this.#wasMuted) {
			host.announce(
				"polite",
				host.text(call.muted ? "mic.now_muted" : "mic.now_on"),
			);
		} else if (
			call.state === "reconnecting" &&
			!this.#isHalfTold &&
			(call.leftMs ?? 0) <= HALF_TIME_MS
		) {
			this.#isHalfTold = true;
			host.announce(
				"polite",
				host.text("state.reconnecting.half", {
					seconds: HALF_TIME_MS / 1000,
				}),
			);
		}
		this.#wasMuted = call.muted;
	}

	#isCorner(): boolean {
		const variant = this.#host.option("variant");
		return variant === "button" || variant === "floating";
	}

	/* The corner is drawn in the top layer, above whatever the page piles
	 * up and outside what it cuts off; without popover it is plain fixed. */
	#place(isShown: boolean): void {
		const dock = this.#dock;
		const panel = this.#panel;
		const pill = this.#pill;
		const isCorner = this.#isCorner();

		panel.hidden = !this.#isOpen && isCorner;
		pill.hidden = !isCorner || this.#isOpen;
		setAttribute(panel, "role", isCorner ? "dialog" : "group");
		setAttribute(
			dock,
			"data-place",
			isCorner ? "corner" : this.#host.option("variant"),
		);
		(isCorner && isShown ? addEventListener : removeEventListener)("focusin", this.#follow);
		const isTop = isCorner && dock.popover !== undefined && dock.isConnected;
		setAttribute(dock, "popover", isTop && "manual");
		dock.hidden = !isTop && !isShown;
		if (isTop && dock.matches(":popover-open") !== isShown) dock.togglePopover(isShown);
	}

	#tick(on: boolean): void {
		clearTimeout(this.#ticker);
		if (on) this.#ticker = setTimeout(() => this.refresh(), TICK_MS);
	}

	#launcher(): HTMLElement | null {
		return this.#host.root.querySelector<HTMLElement>("[part=launcher]:not([hidden])");
	}
}
