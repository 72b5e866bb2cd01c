/* widget/preflight/check.ts - preflight="full": the check, shown before the call.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Stands where the panel of the call will stand, and looks like it.  When all
 * is well it goes on by itself; else it says what is wrong, and the person
 * decides. */
import { REASONS } from "../../core/catalogue.js";
import type { Language, Reason, StringKey } from "../../core/catalogue.js";
import { RingdownError } from "../../core/ports.js";
import { add, capital, HANDSET, icon, make, setAttribute, setText } from "../draw.js";
import type { Host, PageServices, PreflightReport } from "../types.js";
import { ALERT, CHECK, CLOSE } from "../panel/icons.js";
import { STEPS_CSS, stepsKey } from "../extras/steps.js";
import { tokenSource } from "../panel/token.js";
import { Preflight } from "./test.js";
import type { News } from "./test.js";

const SHOW_MS = 900; /* "all is well" can be read before it goes on */
const LOUD = 0.25; /* fills the meter */

type Choice = "go" | "again" | "close";

let count = 0;

export class Check {
	readonly #host: Host;
	readonly #page: PageServices;
	readonly #on = {
		orb: make("span", { class: "orb", "aria-hidden": "true" }),
		title: make("h2", { class: "title", part: "title", id: `ringdown-check-${++count}` }),
		close: make("button", { type: "button", class: "plain" }),
		status: make("p", { class: "status", part: "status", tabindex: "-1" }),
		say: make("p", { class: "say", part: "hint" }),
		steps: make("ol", { class: "steps" }),
		voice: make("p", { class: "voice", hidden: true }),
		meter: make("span", { class: "meter", part: "meter", "aria-hidden": "true" }),
		offers: make("div", { class: "offers" }),
		end: make("button", { type: "button", class: "button end", part: "button" }),
	};
	readonly #dock: HTMLElement;
	#choose: (choice: Choice) => void = () => undefined;
	#aborter = new AbortController();

	constructor(host: Host, page: PageServices) {
		this.#host = host;
		this.#page = page;
		this.#dock = this.#build();
	}

	/* true: go on with the call. */
	async run(): Promise<boolean> {
		await this.#learn();
		this.#show();
		try {
			for (;;) {
				const choice = await this.#once();
				if (choice !== "again") return choice === "go";
			}
		} finally {
			this.#aborter.abort();
			this.#dock.remove();
			this.#host.showState("idle", false);
			this.#host.root
				.querySelector<HTMLElement>("[part~=launcher]")
				?.focus({ preventScroll: true });
		}
	}

	/* The sentences of this part come with those that few calls need. */
	async #learn(): Promise<void> {
		const panel = await this.#page.part("panel");
		const lang = this.#host.text("lang") as Language;

		await Promise.all([panel.learn(this.#page, "en"), panel.learn(this.#page, lang)]);
	}

	async #once(): Promise<Choice> {
		const chosen = new Promise<Choice>((resolve) => {
			this.#choose = resolve;
		});

		this.#aborter = new AbortController();
		this.#draw("calling", "preflight.checking", this.#host.text("preflight.checking.say"));
		const report = await Promise.race([
			chosen,
			new Preflight(this.#page, {
				api: this.#host.option("api") || this.#page.api,
				to: this.#host.option("to"),
				token: tokenSource(this.#host, () => this.#page.global),
				mic: true,
				network: true,
				signal: this.#aborter.signal,
				tell: (news) => this.#news(news),
			})
				.run()
				.catch((error: unknown) => unclear(error)),
		]);

		this.#on.voice.hidden = true;
		if (typeof report === "string") {
			this.#aborter.abort();
			return report;
		}
		if (report.verdict === "ready") {
			this.#draw("done", "preflight.ready", this.#host.text("preflight.ready.say"));
			const read = new Promise<Choice>((resolve) => setTimeout(resolve, SHOW_MS, "go"));
			return Promise.race([chosen, read]);
		}
		this.#drawTrouble(report);
		return chosen;
	}

	#news(news: News): void {
		const { voice, meter } = this.#on;

		if (news.is === "level") {
			const height = Math.min(1, Math.sqrt(news.level / LOUD));
			for (const bar of meter.children)
				(bar as HTMLElement).style.transform = `scaleY(${Math.max(0.14, height)})`;
			return;
		}
		voice.hidden = news.is !== "mic";
		setText(
			this.#on.say,
			this.#host.text(news.is === "mic" ? "preflight.mic" : "preflight.network"),
		);
	}

	/* --- drawing --- */

	#draw(
		tone: "calling" | "done" | "trouble" | "failed",
		heading: StringKey,
		say: string,
		steps: readonly string[] = [],
	): void {
		const { orb, status, offers, end } = this.#on;

		const isOver = tone === "trouble" || tone === "failed";

		setAttribute(this.#dock, "data-tone", isOver ? "trouble" : tone);
		setAttribute(this.#dock, "data-state", tone === "failed" ? "failed" : "idle");
		orb.replaceChildren(icon(isOver ? ALERT : tone === "done" ? CHECK : HANDSET));
		setText(status, this.#host.text(heading));
		setText(this.#on.say, say);
		this.#on.steps.replaceChildren(...steps.map((step) => make("li", {}, step)));
		this.#on.steps.hidden = steps.length === 0;
		if (steps.length > 0) this.#host.adopt(STEPS_CSS);
		offers.replaceChildren();
		setText(end, this.#host.text(isOver ? "panel.close" : "action.cancel"));
		this.#host.announce(
			isOver ? "assertive" : "polite",
			`${status.textContent ?? ""} ${say}`,
		);
	}

	#drawTrouble(report: PreflightReport): void {
		const host = this.#host;
		const { verdict } = report;
		const [reason] = report.reasons;
		const mayGo = verdict === "degraded" || verdict === "unclear";

		if (mayGo || !reason)
			this.#draw(
				"trouble",
				`preflight.${verdict === "degraded" ? "degraded" : "unclear"}`,
				host.text(whyKey(report)),
			);
		else
			this.#draw(
				"failed",
				`reason.${reason}`,
				host.text(`reason.${reason}.say`),
				reason === "mic_denied" ? host.steps(stepsKey(navigator.userAgent)) : [],
			);
		const buttons = mayGo ? [this.#button("preflight.go", "go")] : [];
		if (mayGo || !reason || REASONS[reason].retry)
			buttons.push(this.#button("action.retry", "again"));
		const phone = host.phone();
		if (!mayGo && phone) buttons.push(this.#phone(phone.href, phone.label));
		buttons[0]?.classList.replace("second", "primary");
		buttons[0]?.setAttribute("part", "button button-primary");
		this.#on.offers.replaceChildren(...buttons);
		this.#on.status.focus({ preventScroll: true });
	}

	#button(key: StringKey, choice: Choice): HTMLElement {
		const button = make(
			"button",
			{ type: "button", class: "button second", part: "button" },
			this.#host.text(key),
		);

		button.addEventListener("click", () => this.#choose(choice));
		return button;
	}

	#phone(href: string, label: string): HTMLElement {
		const text = this.#host.text("action.phone", { number: label });

		return make("a", { href, class: "button second", part: "button" }, text);
	}

	#build(): HTMLElement {
		const on = this.#on;
		const host = this.#host;
		const close = (): void => this.#choose("close");

		setText(on.title, capital(host.name, host.locale));
		add(on.close, icon(CLOSE));
		setAttribute(on.close, "aria-label", host.text("panel.close"));
		add(on.meter, ...Array.from({ length: 5 }, () => make("i")));
		add(on.voice, on.meter);
		on.close.addEventListener("click", close);
		on.end.addEventListener("click", close);
		const dock = make(
			"div",
			{ class: "dock", hidden: true },
			make(
				"section",
				{
					class: "panel",
					part: "panel",
					role: "dialog",
					"aria-labelledby": on.title.id,
				},
				make(
					"header",
					{ class: "header", part: "header" },
					make("span", { class: "mark", "aria-hidden": "true" }, icon(HANDSET)),
					on.title,
					on.close,
				),
				make(
					"div",
					{ class: "body", part: "body" },
					make(
						"div",
						{ class: "stage" },
						on.orb,
						on.status,
						on.say,
						on.steps,
						on.voice,
					),
				),
				make("div", { class: "actions", part: "actions" }, on.offers, on.end),
			),
		);
		dock.addEventListener("keydown", (event) => {
			if (event.key !== "Escape") return;
			event.stopPropagation();
			close();
		});
		return dock;
	}

	/* Where the panel of a call is (panel/view.ts). */
	#show(): void {
		const dock = this.#dock;
		const variant = this.#host.option("variant");
		const isCorner = variant === "button" || variant === "floating";

		setAttribute(dock, "data-place", isCorner ? "corner" : "inline");
		add(this.#host.root, dock);
		dock.hidden = false;
		if (isCorner && dock.popover !== undefined) {
			setAttribute(dock, "popover", "manual");
			dock.showPopover();
		}
		this.#host.showState("idle", true);
		this.#on.status.focus({ preventScroll: true });
	}
}

/* What of it a person should know. */
function whyKey({ verdict, reasons, path }: PreflightReport): StringKey {
	if (reasons[0]) return `reason.${reasons[0]}.say`;
	if (verdict === "degraded" && path && path !== "direct") return "preflight.detour";
	return verdict === "degraded" ? "preflight.weak" : "preflight.unclear.say";
}

function unclear(error: unknown): PreflightReport {
	const reason: Reason = error instanceof RingdownError ? error.code : "internal";

	return { verdict: "unclear", reasons: [reason] };
}
