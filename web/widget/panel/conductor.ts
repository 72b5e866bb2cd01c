/* widget/panel/conductor.ts - joins one element, its panel and the call.
 * SPDX-License-Identifier: Apache-2.0 */
import { Api } from "../../core/api.js";
import { Call } from "../../core/call.js";
import type { CallRequest } from "../../core/call.js";
import type { CallState, Language, Reason } from "../../core/catalogue.js";
import { REASONS } from "../../core/catalogue.js";
import { isBusy, isLive } from "../../core/machine.js";
import { RingdownError } from "../../core/ports.js";
import type { Ports } from "../../core/ports.js";
import type {
	Availability,
	Conductor,
	DemoPart,
	Host,
	PageServices,
	InnerStart,
	RingdownCall,
	RingdownEvents,
} from "../types.js";
import { lookAfter } from "../care/care.js";
import { claim, letGo } from "./lock.js";
import { browserMedia, obstacle } from "./media.js";
import { PublicCall } from "./public-call.js";
import { learnMore } from "./sentence.js";
import { tokenSource } from "./token.js";
import { View } from "./view.js";

const OLD_PAGE_MS = 2500; /* the page before this one may still be closing */

let isChecked = false; /* preflight="full" is shown before the first call alone */

/* The page's one call, whoever started it. */
let live: { call: Call; face: PublicCall; owner: PanelConductor } | null = null;

function browserPorts(page: PageServices): Ports {
	return {
		fetch: (url, request) => fetch(url, request),
		clock: {
			now: () => performance.now(),
			after(ms, run) {
				const timer = setTimeout(run, ms);
				return () => clearTimeout(timer);
			},
		},
		chance: { random: () => Math.random(), uuid: () => crypto.randomUUID() },
		media: browserMedia(page),
		isOnline: () => navigator.onLine,
		warn: (message) => page.warn(message),
	};
}

/* Not unload: it would bar the page from the back/forward cache. */
addEventListener("pagehide", () => live?.call.abandon());
addEventListener("pageshow", ({ persisted }) => persisted && live?.owner.comeBack());

const callBy = (ports: Ports, origin: string, request: CallRequest): Call =>
	new Call(ports, new Api(origin, ports), request);

export const availability = (
	page: PageServices,
	origin: string,
	to: string,
): Promise<Availability> => new Api(origin, browserPorts(page)).availability(to);

export const currentCall = (): RingdownCall | null =>
	live && live.call.state !== "idle" ? live.face : null;

export class PanelConductor implements Conductor {
	readonly #host: Host;
	readonly #page: PageServices;
	readonly #view: View;
	#own: Call | null = null;
	#unobserve: () => void = () => undefined;
	#cared: Call | null = null;
	#known: Availability | null = null;
	#frame = ""; /* of the demo, held still */

	constructor(host: Host, page: PageServices) {
		this.#host = host;
		this.#page = page;
		this.#view = new View(host, page, {
			retry: () => this.#again(),
			hold: (call) =>
				void page.part("extras").then(({ deeds }) => deeds.hold(call, !call.holding)),
			ask: () => this.availability(),
			callBack: () => {
				const offer = this.#own?.known ?? this.#known;
				return offer?.callback && this.#host.option("callback") !== "off"
					? () => this.#own?.tell({ on: "callback_wanted" })
					: null;
			},
			signIn: page.global.onAuthRequired
				? () => page.global.onAuthRequired?.({ to: host.option("to") })
				: null,
		});
		this.#learnHours();
	}

	get call(): RingdownCall | null {
		return this.#own && live?.call === this.#own ? live.face : null;
	}
	get state(): CallState {
		return this.#own?.state ?? "idle";
	}

	async start(options: InnerStart): Promise<RingdownCall> {
		if (live?.call.busy) {
			this.#emit("ringdown:busy", { to: this.#host.option("to") });
			live.owner.open();
			return live.face;
		}
		const { comeback, isCallback } = options;
		const hints = { ...this.#host.hints(), ...options.hints };
		if (this.#host.option("page-context") === "basic")
			(await this.#page.part("context")).tell(this.#host, hints);
		if (!comeback && !(await this.#mayCall(hints)))
			throw new RingdownError("ended_by_caller", {
				detail: "cancelled by the page",
			});
		const demo = await this.#demo("");
		const wish = comeback || demo || isCallback ? "off" : this.#host.option("preflight");
		if (wish === "full" && !isChecked) {
			const { check } = await this.#page.part("preflight");
			isChecked = await check(this.#host, this.#page);
			if (!isChecked) throw new RingdownError("ended_by_caller");
		}
		const isFree = demo !== null || (await claim(comeback ? OLD_PAGE_MS : 0));
		const why = isFree && wish === "auto" ? await obstacle(this.#page) : null;
		await this.#askAgain();
		const face = this.#place(options, hints, isFree ? why : "elsewhere", demo);
		if (!isFree) throw new RingdownError("elsewhere");
		return face;
	}

	get #isDemo(): boolean {
		return this.#host.option("provider") === "demo";
	}

	async hangUp(): Promise<void> {
		await this.call?.hangUp();
	}

	open(): void {
		this.#view.open();
	}
	close(): void {
		this.#view.close();
	}

	refresh(): void {
		this.#view.refresh();
		void this.#showFrame();
	}

	async availability(): Promise<Availability> {
		const to = this.#host.option("to");
		const known = await availability(this.#page, this.#origin(), to);

		this.#known = known;
		this.#emit("ringdown:availability", known);
		return known;
	}

	destroy(): void {
		this.#unobserve();
		this.#view.destroy();
	}

	/* A server that is not there, for provider="demo". */
	async #demo(state: string): Promise<ReturnType<DemoPart["open"]> | null> {
		if (!this.#isDemo) return null;
		return (await this.#page.part("demo")).open(this.#page, state);
	}

	/* A frame of the storyboard, without a call of the page. */
	async #showFrame(): Promise<void> {
		const state = this.#host.option("demo-state");

		if (state === this.#frame) return;
		this.#frame = state;
		if (!state && !this.call) {
			this.#unobserve();
			this.#own = null;
			this.#view.show(null);
		}
		const demo = await this.#demo(state || "idle");
		if (state !== this.#frame || !demo) return;
		if (state === "idle") this.#emit("ringdown:availability", demo.known);
		if (!this.#own?.busy) this.#own?.dismiss(); /* with what it had on show */
		const frame = callBy(demo.ports, "https://demo.invalid", {
			to: this.#host.option("to"),
			token: demo.token,
			known: demo.known,
		});
		this.#follow(frame);
		demo.begin(frame, (deed) => this.#view.act(frame, deed));
		this.#view.show(frame);
	}

	/* What the button has learned of the hours, which may hold more. */
	#learnHours(): void {
		if (this.#host.option("hours") !== "off" && !this.#isDemo)
			this.#page.hours(this.#origin(), this.#host.option("to")).then(
				(known) => {
					this.#known = known;
				},
				() => undefined,
			);
	}

	/* What was closed when the page came may be open by now. */
	async #askAgain(): Promise<void> {
		const isDue = this.#known
			? !this.#known.open
			: this.#host.option("consent") === "always";

		if (isDue) await this.availability().catch(() => undefined);
	}

	#request(options: InnerStart): CallRequest {
		const displayName = options.displayName ?? this.#host.option("display-name");

		return {
			to: this.#host.option("to"),
			token: tokenSource(this.#host, () => this.#page.global),
			known:
				this.#host.option("consent") === "always"
					? { open: true, zone: "", consent: { version: "" }, ...this.#known }
					: this.#known,
			...(displayName ? { displayName } : {}),
		};
	}

	#place(
		options: InnerStart,
		hints: Record<string, string>,
		why: Reason | null,
		demo: ReturnType<DemoPart["open"]> | null,
	): RingdownCall {
		/* The page may have started another while it was asked. */
		if (live?.call.busy) return live.face;
		const call = callBy(demo?.ports ?? browserPorts(this.#page), options.api ?? this.#origin(), {
			...this.#request(options),
			...demo,
			hints,
		});
		if (live) live.owner.#release();
		live = { call, face: new PublicCall(call, this.#page), owner: this };
		this.#follow(call);
		if (why === "elsewhere") this.#emit("ringdown:busy", { to: call.to });
		if (why) call.refuse(new RingdownError(why));
		else if (options.isCallback) call.tell({ on: "callback_wanted" });
		else if (demo) demo.begin(call, () => undefined);
		else if (options.comeback) call.resume(options.comeback);
		else if (call.known?.open === false) call.tell({ on: "shut" });
		else call.press();
		return live.face;
	}

	#follow(call: Call): void {
		this.#unobserve();
		this.#own = call;
		this.#unobserve = call.observe({
			changed: ({ from, to }) => this.#changed(call, from, to),
			touched: () => this.#touched(call),
			heard: (what, detail) =>
				this.#emit(`ringdown:${what}` as keyof RingdownEvents, detail as never),
		});
	}

	/* Browsers that have a live call in their back/forward cache close its
	 * sockets; the server parked it when the page went. */
	comeBack(): void {
		const call = this.#own;

		if (call && isLive(call.state))
			this.#page
				.part("comeback")
				.then((part) => part.again(call, () => claim(OLD_PAGE_MS)), this.#page.warn);
	}

	/* Another element has the page's call now. */
	#release(): void {
		if (live?.owner !== this || this.#own?.busy) return;
		this.#unobserve();
		this.#own = null;
		this.#view.show(null);
		this.#host.showState("idle", false);
	}

	#again(): void {
		void this.start({}).catch((error: unknown) => this.#page.warn(String(error)));
	}

	#origin(): string {
		return this.#host.option("api") || this.#page.api;
	}

	/* ringdown:beforecall may hold the call back, or change the hints. */
	async #mayCall(hints: Record<string, string>): Promise<boolean> {
		const waits: Promise<unknown>[] = [];
		const event = new CustomEvent("ringdown:beforecall", {
			bubbles: true,
			composed: true,
			cancelable: true,
			detail: {
				to: this.#host.option("to"),
				hints,
				waitUntil: (promise: Promise<unknown>) => {
					waits.push(promise);
				},
			},
		});

		if (!this.#host.element.dispatchEvent(event)) return false;
		return Promise.all(waits).then(
			() => true,
			() => false,
		);
	}

	#changed(call: Call, from: CallState, to: CallState): void {
		const { reason, id, supportId } = call;
		const demo = this.#isDemo;

		this.#view.show(call);
		this.#emit("ringdown:state", {
			from,
			to,
			...(reason ? { reason } : {}),
			...(id ? { callId: id } : {}),
		});
		if (to === "in-call" && !/^(rec|held|tra|res)/.test(from))
			this.#emit("ringdown:answered", { callId: id, supportId });
		if (to === "ended")
			this.#emit("ringdown:ended", {
				reason: reason ?? "ended_by_system",
				by: call.by ?? "system",
				seconds: call.seconds ?? 0,
			});
		if (reason === "elsewhere" && !demo)
			this.#page
				.part("elsewhere")
				.then((part) => part.show(call, this.#host), this.#page.warn);
		if (to === "failed" && reason)
			this.#emit("ringdown:failed", {
				reason,
				retry: REASONS[reason].retry,
				nextSteps: REASONS[reason].nextSteps,
			});
		if (demo) return;
		if (!isBusy(to)) letGo();
		else if (id) this.#look(call);
	}

	#touched(call: Call): void {
		this.#view.show(call);
		if (live?.call === call) live.face.dispatchEvent(new Event("change"));
	}

	#look(call: Call): void {
		if (this.#cared === call) return;
		this.#cared = call;
		lookAfter(call, {
			host: this.#host,
			page: this.#page,
			api: this.#origin(),
			emit: (type, detail) => this.#emit(type, detail),
			open: () => this.open(),
			learn: () => learnMore(this.#page, this.#host.text("lang") as Language),
		});
	}

	#emit<K extends keyof RingdownEvents>(type: K, detail: RingdownEvents[K]): void {
		const init = { detail: Object.freeze({ ...detail }) };

		if (this.#host.option("debug") === "on") console.debug(type, detail);
		this.#host.element.dispatchEvent(
			new CustomEvent(type, { ...init, bubbles: true, composed: true }),
		);
		if (live?.owner === this) live.face.dispatchEvent(new CustomEvent(type, init));
	}
}
