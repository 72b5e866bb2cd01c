/* widget/extras/extras.ts - the frames that few calls need, fetched when one does.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Closed hours, consent, the line, the callback and its receipt, the move to
 * a phone, what is known of who answered; the keypad.
 * Parts: keypad, key, consent, queue, callback-form, field, error, code.
 * Slots: consent-text, closed.
 * It draws into one slot of the stage, anew only when the frame is another,
 * so that focus and half-typed numbers stay. */
import type { Call } from "../../core/call.js";
import type { StringKey } from "../../core/catalogue.js";
import { make, setAttribute, setText } from "../draw.js";
import type { Stage } from "../panel/stage.js";
import { clock } from "../panel/stage.js";
import { put } from "../parts.js";
import type { Availability, Extras, MoveTicket, PanelFace, Peer, Queue } from "../types.js";
import { callbackForm } from "./callback-form.js";
import { cancelCallback, deeds, receiptOf } from "./deeds.js";
import { EXTRAS_CSS } from "./extras.styles.js";
import { Keypad } from "./keypad.js";
import { whyNoMicrophone } from "./microphone.js";
import { minutesText, momentText, placeOf, slotText, waitOf, waitWords } from "./numbers.js";
import { qrOf } from "./qr.js";
import { STEPS_CSS, stepsKey } from "./steps.js";

const LAST_S = 60; /* before the server's limit, the caller is told */
const SAY_AGAIN_MS = 60_000; /* the line is announced no more often */
const REASK_MS = 60_000;
/* What a report can help to mend. */
const TECHNICAL = /^(mic_|unsupp|auth_(refu|time)|network_[bl]|server_|provider_|internal|bad_|not_f)/;


/* Until the server ends the call; null: it did not say. */
function secondsLeft(call: Call): number | null {
	const most = call.made?.more["maxSeconds"];

	return typeof most === "number" && call.seconds !== null
		? Math.max(0, most - call.seconds)
		: null;
}

class PanelExtras implements Extras {
	readonly pad: Keypad;
	readonly #face: PanelFace;
	readonly #code = make("p", { class: "strong", part: "code" });
	readonly #box = make("input", { type: "checkbox" });
	readonly #boxLabel = make("span");
	#key = "";
	#call: Call | null = null;
	#isForm = false; /* of somebody in line */
	#ticket: MoveTicket | null = null;
	#saidPlace: number | null = null;
	#saidMs = 0;
	#isLastSaid = false;
	#sheet: (() => HTMLElement[]) | null = null; /* the report that is shown */
	#isOffered = false; /* a report, by the demo */
	#isReported = false;
	#reask: ReturnType<typeof setTimeout> | undefined;

	constructor(face: PanelFace) {
		this.#face = face;
		this.pad = new Keypad(face.host, (digit) =>
			this.#call ? this.#call.sendDigits(digit) : Promise.resolve(),
		);
		/* A box beside the digits: what is typed then is not shown. */
		this.pad.line.after(
			make("label", { class: "secure" }, this.#box, this.#boxLabel),
		);
		this.#box.addEventListener("change", () => {
			this.pad.isSecure = this.#box.checked;
		});
		face.body.appendChild(this.pad.element);
		face.host.adopt(STEPS_CSS + EXTRAS_CSS);
	}

	stage(call: Call, now: Stage): Stage {
		const { host } = this.#face;
		const text = (key: StringKey): string => host.text(key);

		if (call !== this.#call) this.#begin(call);
		if (call.state !== "queued") this.#isForm = false;
		if (this.#sheet) return { ...now, heading: text("report.offer"), say: "", time: "" };
		switch (call.state) {
			case "closed":
				return {
					...now,
					tone: "calm",
					say: this.#opening(call.known) ?? text("reason.closed.say"),
					offers: ["callback", "phone"],
					end: "close",
				};
			case "consent":
				return {
					...now,
					say: call.known?.consent?.text ?? now.say,
					end: "cancel",
				};
			case "queued":
				return this.#isForm
					? { ...now, tone: "calling", say: text("state.callback.say") }
					: { ...now, tone: "calling", ...this.#place(call) };
			case "transferring":
				return { ...now, tone: "live" };
			case "resuming":
				return { ...now, tone: "calling" };
			case "callback":
				return { ...now, end: "close" };
			case "callback-done":
				return { ...now, tone: "done", end: "close" };
			case "held":
				return call.holding ? { ...now, say: text("hold.mine") } : now;
			case "in-call":
				return { ...now, say: this.#warning(call) || this.#peer(call) || now.say };
			case "failed":
				return { ...now, say: this.#refusal(call) ?? now.say };
			default:
				return now;
		}
	}

	draw(call: Call, isPadOpen = !this.pad.element.hidden): void {
		const { slot } = this.#face;
		const kind = this.#sheet ? "report" : this.#kind(call);
		const mayReport = this.#mayReport(call);
		const key = [kind, call.state, this.#face.host.locale, this.#facts(call), mayReport].join(" ");

		this.#face.mark("form", kind === "form");
		this.#face.mark("move", kind === "move");
		this.#face.mark("report", kind === "report");
		if (key !== this.#key) {
			this.#key = key;
			slot.replaceChildren(...this.#build(kind, call), ...(mayReport ? this.#offer(call) : []));
		}
		this.pad.element.hidden = !isPadOpen;
		this.pad.name();
		this.#box.checked = this.pad.isSecure;
		setText(this.#boxLabel, this.#face.host.text("pad.secure"));
		this.#update(call);
		this.#tell(call);
		this.#watchHours(call);
	}

	act(call: Call, deed: string): void {
		if (deed === "mute") call.mute(true);
		else if (deed === "hold") void this.hold(call);
		else if (deed === "secure") this.pad.isSecure = true;
		else if (deed === "callback") this.#openForm(call);
		else if (deed === "move") void this.#move(call);
		else if (deed === "notice") call.touch();
		else if (deed === "bad")
			this.#face.body.querySelector<HTMLElement>("[part=rating] button:last-child")?.click();
		else if (deed === "offer") this.#isOffered = true;
		else if (deed === "report") void this.#report(call);
		else if (deed === "ask") void deeds.requestCallback(call, {});
		this.#face.refresh();
	}

	async hold(call: Call): Promise<void> {
		try {
			await deeds.hold(call, !call.holding);
		} catch {
			this.#face.host.announce("assertive", this.#face.host.text("warn.hold"));
		}
	}

	/* A new call begins with nothing of the one before. */
	#begin(call: Call): void {
		this.#call = call;
		this.#key = "";
		this.#isForm = false;
		this.#ticket = null;
		this.#saidPlace = null;
		this.#isLastSaid = false;
		this.#sheet = null;
		this.#isOffered = this.#isReported = false;
		this.pad.clear();
		this.#setSound(true);
	}

	/* What the server said besides the reason. */
	#refusal({ error, known, reason }: Call): string | null {
		const { host } = this.#face;

		if (reason === "closed") return this.#opening(known);
		if (reason !== "limit_rate" || error?.retryAfterMs === undefined) return null;
		const wait = waitWords(error.retryAfterMs, host.locale);
		return host.text("reason.limit_rate.wait", { wait });
	}

	#opening(known: Availability | null): string | null {
		const { host } = this.#face;
		const time = known?.opensAt && momentText(known.opensAt, known.zone, host.locale);

		return time ? host.text("state.closed.say", { time }) : null;
	}

	/* Both numbers, one, or the sentence for neither. */
	#place(call: Call): Pick<Stage, "say"> | object {
		const place = placeOf(this.#queue(call));

		return place === null ? {} : { say: this.#face.host.text("queue.place", { place }) };
	}

	/* queue="position" leaves out the wait, "wait" the place, "off" both. */
	#queue(call: Call): Queue {
		const { position, waitSeconds } = (call.told["queue"] ?? {}) as Queue;
		const wish = this.#face.host.option("queue");

		return {
			...(position && wish !== "wait" && wish !== "off" ? { position } : {}),
			...(waitSeconds && wish !== "position" && wish !== "off" ? { waitSeconds } : {}),
		};
	}

	#kind(call: Call): string {
		switch (call.state) {
			case "consent":
				return "consent";
			case "queued":
				return this.#isForm ? "form" : "queue";
			case "callback":
				return "form";
			case "callback-done":
				return "receipt";
			case "closed":
				return "closed";
			case "failed":
				if (call.reason === "mic_denied") return "steps";
				return call.reason === "elsewhere" && this.#isDemo() ? "tab" : "";
			case "in-call":
			case "held":
			case "transferring":
				return this.#ticket ? "move" : "talk";
			default:
				return "";
		}
	}

	/* What a frame is built of; other changes are written into it. */
	#facts(call: Call): string {
		switch (this.#kind(call)) {
			case "talk":
				return String(call.told["recorded"]);
			case "queue":
				return JSON.stringify([this.#queue(call), this.#isLoud()]);
			default:
				return "";
		}
	}

	#build(kind: string, call: Call): Element[] {
		switch (kind) {
			case "report":
				return this.#sheet?.() ?? [];
			case "consent":
				return this.#consent(call);
			case "queue":
				return this.#line(call);
			case "form":
				return [this.#form(call)];
			case "receipt":
				return this.#receipt(call);
			case "steps":
				return [
					make(
						"ol",
						{ class: "steps" },
						...this.#face.host
							.steps(stepsKey(navigator.userAgent))
							.map((step) => make("li", {}, step)),
					),
				];
			case "tab":
				return this.#tab();
			case "closed":
				return [make("slot", { name: "closed" })];
			case "move":
				return this.#moving();
			case "talk":
				return this.#talk(call);
			default:
				return [];
		}
	}

	/* Where the site takes reports, and something it can mend is wrong. */
	#mayReport({ state, reason, rated }: Call): boolean {
		return (
			!this.#sheet &&
			(this.#isOffered || !!this.#face.page.global.onDiagnostics) &&
			((state === "failed" && TECHNICAL.test(reason ?? "")) || (state === "ended" && rated > 0 && rated < 3))
		);
	}

	#offer(call: Call): HTMLElement[] {
		return [
			this.#isReported
				? make("p", {}, this.#face.host.text("report.thanks"))
				: this.#button("report.offer", () => void this.#report(call), "link quiet"),
		];
	}

	/* What is in it is shown before anything is sent. */
	async #report(call: Call): Promise<void> {
		const { host, page, body, slot } = this.#face;
		const focus = (): void => {
			if (!host.option("demo-state"))
				body.querySelector<HTMLElement>("[part=status]")?.focus();
		};

		try {
			const part = await page.part("diagnostics");
			const sheet = await part.open(call, this.#face, (isSent) => {
				this.#sheet = call.notice = null;
				this.#isReported = isSent;
				this.#face.refresh();
				if (isSent) host.announce("polite", host.text("report.thanks"));
				else slot.querySelector<HTMLElement>(".link, .ringdown-link")?.focus();
			});
			if (this.#mayReport(call)) this.#sheet = sheet;
		} catch {
			call.notice = "callback.failed";
			host.announce("assertive", host.text(call.notice));
		}
		this.#face.refresh();
		if (this.#sheet) focus();
	}

	#isDemo(): boolean {
		return this.#face.host.option("provider") === "demo";
	}

	/* The care of a call draws this where there is another tab. */
	#tab(): HTMLElement[] {
		const nothing = (): void => undefined;

		return [
			make("p", { class: "strong" }, clock(280, this.#face.host.locale)),
			make(
				"div",
				{ class: "pair" },
				this.#button("tab.show", nothing, "button primary"),
				this.#button("action.mute", nothing),
				this.#button("action.hang_up", nothing),
			),
		];
	}

	#button(key: StringKey, run: () => void, look = "button second"): HTMLButtonElement {
		const button = make(
			"button",
			{ type: "button", class: look, part: look.includes("primary") ? "button button-primary" : "button" },
			this.#face.host.text(key),
		);

		button.addEventListener("click", run);
		return button;
	}

	#consent(call: Call): HTMLElement[] {
		const answer = (accepted: boolean): void => {
			const version = call.known?.consent?.version ?? "";

			call.say("consent", { version, accepted });
			call.agree({
				version,
				accepted,
				language: this.#face.host.locale,
				at: new Date().toISOString(),
			});
		};

		return [
			make("slot", { name: "consent-text" }),
			make(
				"div",
				{ class: "pair", part: "consent" },
				this.#button("consent.accept", () => answer(true), "button primary"),
				this.#button("consent.decline", () => answer(false)),
			),
		];
	}

	#line(call: Call): HTMLElement[] {
		const { host } = this.#face;
		const wait = waitOf(this.#queue(call));
		const out: HTMLElement[] = [];

		if (wait)
			out.push(
				make(
					"p",
					{ part: "queue" },
					host.text(wait.isMore ? "queue.long" : "queue.wait", {
						time: minutesText(wait.minutes, host.locale),
					}),
				),
			);
		const tools = make("div", { class: "pair" });
		if (call.known?.callback && host.option("callback") !== "off")
			tools.appendChild(this.#button("queue.call", () => this.#openForm(call)));
		const sound = this.#button(
			this.#isLoud() ? "queue.sound_off" : "queue.sound_on",
			() => {
				this.#setSound(!this.#isLoud());
				this.#face.refresh();
				this.#face.slot.querySelector<HTMLElement>("[data-sound]")?.focus();
			},
		);
		setAttribute(sound, "data-sound", true);
		tools.appendChild(sound);
		return [...out, tools];
	}

	/* Music that nobody asked for can be turned off; the voice comes back
	 * with whoever answers. */
	#setSound(on: boolean): void {
		const audio = this.#face.page.sound?.audio;

		if (audio) audio.muted = !on;
	}

	#isLoud(): boolean {
		return this.#face.page.sound?.audio.muted !== true;
	}

	#openForm(call: Call): void {
		if (call.state === "queued") this.#isForm = true;
		else call.tell({ on: "callback_wanted" });
		this.#face.refresh();
	}

	/* From the line there is a way back into it. */
	#form(call: Call): HTMLElement {
		const form = callbackForm(this.#face.host, call, call.known?.callback ?? {});

		if (call.state === "queued")
			form.lastElementChild?.appendChild(
				this.#button("action.keypad_close", () => {
					this.#isForm = false;
					this.#face.refresh();
				}),
			);
		return form;
	}

	#receipt(call: Call): HTMLElement[] {
		const { host } = this.#face;
		const receipt = receiptOf(call);
		const out: HTMLElement[] = [];

		if (receipt?.when)
			out.push(make("p", {}, host.text("callback.at", { time: slotText(receipt.when, host.locale) })));
		if (receipt?.position)
			out.push(make("p", { class: "strong" }, host.text("callback.place", { place: receipt.position })));
		if (receipt?.reference)
			out.push(make("p", { class: "quiet" }, host.text("callback.reference", { id: receipt.reference })));
		if (receipt)
			out.push(
				this.#button("callback.cancel", () => {
					cancelCallback(call).catch(() =>
						host.announce("assertive", host.text("callback.failed")),
					);
				}),
			);
		return out;
	}

	/* "Ana, code word: maple"; to a muted caller there is more to say. */
	#peer(call: Call): string {
		const { host } = this.#face;
		const { name, codeWord } = (call.told["peer"] ?? {}) as Peer;

		if (call.muted) return "";
		return [name, codeWord && host.text("peer.code", { word: codeWord })]
			.filter(Boolean)
			.join(" \u00b7 ");
	}

	#talk(call: Call): HTMLElement[] {
		const out: HTMLElement[] = [];

		if (call.told["recorded"] === true)
			out.push(make("p", { class: "quiet rec" }, this.#face.host.text("peer.recorded")));
		if (call.made?.more["moveToPhone"] === true)
			out.push(this.#button("move.offer", () => void this.#move(call), "link"));
		return out.length > 0 ? [make("div", { class: "pair" }, ...out)] : [];
	}

	async #move(call: Call): Promise<void> {
		try {
			this.#ticket = await deeds.moveToPhone(call);
		} catch {
			this.#face.host.announce("assertive", this.#face.host.text("warn.hold"));
		}
		this.#face.refresh();
	}

	#moving(): Element[] {
		const { host } = this.#face;

		return [
			make(
				"div",
				{ class: "move" },
				qrOf(this.#ticket?.qr ?? ""),
				make(
					"div",
					{},
					make("p", {}, host.text("move.say")),
					this.#code,
					this.#button("action.keypad_close", () => {
						this.#ticket = null;
						this.#face.refresh();
					}),
				),
			),
		];
	}

	#update(call: Call): void {
		const { host } = this.#face;
		if (!this.#ticket) return;
		const left = Date.parse(this.#ticket.expiresAt) - Date.now();
		if (left <= 0) {
			this.#ticket = null;
			this.draw(call);
			return;
		}
		setText(
			this.#code,
			host.text("move.code", {
				code: this.#ticket.code,
				time: clock(Math.ceil(left / 1000), host.locale),
			}),
		);
	}

	#warning(call: Call): string {
		const { host } = this.#face;
		const left = secondsLeft(call);

		if (left === null || left > LAST_S) return "";
		return host.text("warn.last", { wait: waitWords(left * 1000, host.locale) });
	}

	/* Says what changed, but not every step of it. */
	#tell(call: Call): void {
		const { host } = this.#face;
		const left = secondsLeft(call);

		if (call.state === "queued") {
			const place = placeOf(this.#queue(call));
			const isOld = performance.now() - this.#saidMs > SAY_AGAIN_MS;
			if (place !== null && (place !== this.#saidPlace || isOld)) {
				if (this.#saidPlace !== null)
					host.announce("polite", host.text("queue.place", { place }));
				this.#saidPlace = place;
				this.#saidMs = performance.now();
			}
		}
		if (left !== null && left <= LAST_S && !this.#isLastSaid && call.state === "in-call") {
			this.#isLastSaid = true;
			host.announce("polite", this.#warning(call));
		}
		/* Whoever answers is to be heard. */
		if (call.state === "in-call" && !this.#isLoud()) this.#setSound(true);
	}

	/* Open again: the button is there by itself. */
	#watchHours(call: Call): void {
		if (call.state !== "closed") {
			clearTimeout(this.#reask);
			this.#reask = undefined;
			return;
		}
		const opensAt = call.known?.opensAt;
		const dueMs = opensAt ? Date.parse(opensAt) - Date.now() : REASK_MS;
		if (this.#reask !== undefined || !(dueMs < 86_400_000)) return;
		this.#reask = setTimeout(
			() => {
				this.#reask = undefined;
				this.#face
					.ask()
					.then((known) => known.open && call.state === "closed" && call.dismiss())
					.catch(() => undefined);
			},
			Math.max(REASK_MS, dueMs),
		);
	}
}

put("extras", { open: (face) => new PanelExtras(face), whyNoMicrophone, deeds });
