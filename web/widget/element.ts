/* widget/element.ts - <ringdown-call>: the button, and the door to the rest.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Attributes: options.ts.  Events: types.ts, RingdownEvents.  Slots: trigger.
 * Parts: launcher, launcher-icon, launcher-label; the panel adds its own.
 * Children without a slot are the fallback and show when the widget cannot
 * run. */
import { capital, HANDSET, icon, make, setAttribute, setText } from "./draw.js";
import { LAUNCHER_CSS } from "./launcher.styles.js";
import { ENGLISH, fill, find } from "./language.js";
import { NAMES, optionOf } from "./options.js";
import { isWhole } from "./words.js";
import { RingdownError } from "../core/ports.js";
import type { StringKey } from "../core/catalogue.js";
import type { CallState } from "../core/catalogue.js";
import type { Page } from "./page.js";
import type {
	Availability,
	Conductor,
	Host,
	PanelPart,
	Phone,
	RingdownCall,
	RingdownElement,
	StartOptions,
	Strings,
} from "./types.js";

/* What a browser must have before a button is worth showing. */
function whyNot(): "insecure" | "unsupported" | null {
	if (!globalThis.isSecureContext) return "insecure";
	if (typeof RTCPeerConnection === "undefined" || !navigator.mediaDevices?.getUserMedia)
		return "unsupported";
	return null;
}

const canDraw = (): boolean =>
	"adoptedStyleSheets" in Document.prototype && "replaceSync" in CSSStyleSheet.prototype;

/* card-support is said "card support". */
export const nameOf = (to: string): string => to.replace(/[-_]+/g, " ").trim();

export function defineElement(page: Page): CustomElementConstructor {
	const LauncherSheet = new Map<string, CSSStyleSheet>();
	const sheet = (css: string): CSSStyleSheet => {
		let made = LauncherSheet.get(css);
		if (!made) {
			made = new CSSStyleSheet();
			made.replaceSync(css);
			LauncherSheet.set(css, made);
		}
		return made;
	};

	class RingdownCallElement extends HTMLElement implements RingdownElement {
		static readonly observedAttributes = NAMES;

		#root: HTMLElement | null = null;
		#launcher: HTMLButtonElement | null = null;
		#conductor: Conductor | null = null;
		#coming: Promise<Conductor> | null = null;
		readonly #title = make("p", { class: "name" });
		readonly #more = make("p", { class: "more" });
		readonly #about = make("div", { class: "about" }, this.#title, this.#more);
		readonly #live = { polite: make("span"), assertive: make("span") };
		#speech = ENGLISH;
		#stopWatching: () => void = () => undefined;

		get state(): CallState {
			return this.#conductor?.state ?? "idle";
		}
		get call(): RingdownCall | null {
			return this.#conductor?.call ?? null;
		}

		connectedCallback(): void {
			if (!this.#root) this.#build();
			this.#stopWatching = page.watch(this);
			this.refresh();
		}

		disconnectedCallback(): void {
			this.#stopWatching();
			/* Moving the element in the page keeps call and panel; leaving
			 * the page for good only hides them. */
		}

		attributeChangedCallback(): void {
			this.refresh();
		}

		/* Call it from a user action. */
		async start(options: StartOptions = {}): Promise<RingdownCall> {
			page.unlockSound();
			this.#setBusy(true);
			try {
				const conductor = await this.#conduct();
				return await conductor.start({
					...options,
					hints: { ...page.hints(this), ...options.hints },
				});
			} catch (error) {
				if (!this.#conductor) this.#giveUp(error);
				throw error instanceof RingdownError
					? error
					: new RingdownError("internal");
			} finally {
				this.#setBusy(false);
			}
		}

		async hangUp(): Promise<void> {
			await this.#conductor?.hangUp();
		}
		open(): void {
			this.#conductor?.open();
		}
		close(): void {
			this.#conductor?.close();
		}

		async refreshAvailability(): Promise<Availability> {
			return (await this.#conduct()).availability();
		}

		/* Someone may press soon: fetch the panel now. */
		warm(): void {
			void this.#conduct().catch(() => undefined);
		}

		destroy(): void {
			this.#conductor?.destroy();
			this.#conductor = null;
			this.#coming = null;
		}

		refresh(): void {
			const root = this.#root;
			const launcher = this.#launcher;
			if (!root || !launcher || !this.isConnected) return;
			this.#settleSpeech();
			this.#drawLauncher();
			this.#conductor?.refresh();
			this.#hideLauncher();
		}

		#build(): void {
			const shadow = this.attachShadow({ mode: "open" });

			if (!canDraw() || (whyNot() && this.#hasFallback())) {
				shadow.append(make("slot"));
				this.#dispatch("ringdown:failed", {
					reason: whyNot() ?? "unsupported",
					retry: false,
					nextSteps: ["phone"],
				});
				page.showFallback(this, true);
				return;
			}
			shadow.adoptedStyleSheets = [sheet(LAUNCHER_CSS)];
			this.#buildLauncher();
			const trigger = make("slot", { name: "trigger" });
			const root = make("div", { class: "root" }, this.#about, trigger);
			if (this.#launcher) trigger.before(this.#launcher);
			trigger.addEventListener("click", () => this.press());
			trigger.addEventListener("slotchange", () => this.#hideLauncher());
			this.#root = root;
			shadow.append(root, make("slot", { name: "live" }));
			this.#buildLiveRegions();
			page.showFallback(this, false);
			this.#dispatch("ringdown:ready", { version: page.version });
		}

		#buildLauncher(): void {
			const launcher = make("button", {
				type: "button",
				class: "launcher",
				part: "launcher",
				"aria-expanded": "false",
			});
			const picture = icon(HANDSET);
			const warm = (): void => this.warm();

			picture.setAttribute("part", "launcher-icon");
			launcher.append(
				picture,
				make("span", { class: "label", part: "launcher-label" }),
			);
			launcher.addEventListener("click", () => this.press());
			for (const intent of ["pointerenter", "focus", "touchstart"])
				launcher.addEventListener(intent, warm, {
					passive: true,
					once: true,
				});
			this.#launcher = launcher;
		}

		/* Readers follow regions better that were there, empty, from the
		 * start, and outside a shadow tree. */
		#buildLiveRegions(): void {
			const { polite, assertive } = this.#live;

			setAttribute(polite, "role", "status");
			setAttribute(assertive, "role", "alert");
			for (const region of [polite, assertive]) {
				setAttribute(region, "slot", "live");
				this.append(region);
			}
		}

		press(): void {
			if (!this.#root) return;
			if (this.#conductor && this.state !== "idle") this.#conductor.open();
			else this.start().catch((error: unknown) => page.warn(String(error)));
		}

		#conduct(): Promise<Conductor> {
			/* A call in English is better than none. */
			const words = page.learn(this.#speech.lang).catch(page.warn);
			this.#coming ??= page.part("panel").then(async (panel) => {
				await page.learn("en");
				await words;
				this.#conductor = panel.conduct(this.#host(panel), page);
				this.refresh();
				return this.#conductor;
			});
			this.#coming.catch(() => {
				this.#coming = null;
			});
			return this.#coming;
		}

		#host(panel: PanelPart): Host {
			const element = this;
			const root = this.#root ?? make("div");

			return {
				element,
				root,
				get name() {
					return nameOf(optionOf(element, "to", page.warn));
				},
				get locale() {
					return element.#speech.locale;
				},
				option: (name) => optionOf(this, name, page.warn),
				text: (key, words) =>
					panel.sentence(key, this.#strings(), this.#speech.locale, words),
				steps: (key) => panel.list(key, this.#strings()),
				announce: (kind, said) => setText(this.#live[kind], said),
				phone: () => this.#phone(),
				showState: (state, isOpen) => this.#showState(state, isOpen),
				adopt: (css) => {
					const shadow = this.shadowRoot;
					if (
						shadow &&
						!shadow.adoptedStyleSheets.includes(sheet(css))
					)
						shadow.adoptedStyleSheets = [
							...shadow.adoptedStyleSheets,
							sheet(css),
						];
				},
				press: () => this.press(),
			};
		}

		#showState(state: CallState, isOpen: boolean): void {
			if (this.dataset["state"] !== state) {
				setAttribute(this, "data-state", state);
				this.#drawLauncher();
			}
			if (this.#root) setAttribute(this.#root, "data-open", isOpen);
			if (this.#launcher)
				setAttribute(this.#launcher, "aria-expanded", String(isOpen));
			this.#hideLauncher();
		}

		#drawLauncher(): void {
			const root = this.#root;
			const launcher = this.#launcher;
			if (!root || !launcher) return;
			const option = (name: string): string => optionOf(this, name, page.warn);
			const name = nameOf(option("to"));
			const { locale } = this.#speech;
			const live = this.#liveLabel();
			const label =
				live ||
				option("label") ||
				capital(this.#text("launcher.call", { name }), locale);
			const theme = page.themeOf(this, option("theme"));

			setAttribute(this, "data-variant", option("variant"));
			setAttribute(root, "data-variant", option("variant"));
			setAttribute(root, "data-position", option("position"));
			setAttribute(root, "data-size", option("size"));
			setAttribute(root, "data-theme", theme.name);
			setAttribute(root, "data-bs", theme.isBootstrap);
			for (const one of [root, this.#live.polite, this.#live.assertive]) {
				setAttribute(one, "lang", locale);
				setAttribute(one, "dir", this.#text("dir"));
			}
			/* The words change, the place in the page does not. */
			launcher.style.minWidth =
				live && launcher.offsetWidth > 0 ? `${launcher.offsetWidth}px` : "";
			setText(launcher.querySelector(".label") ?? launcher, label);
			setText(this.#title, capital(name, locale));
			setText(this.#more, this.#text("launcher.about"));
			/* The name contains what is visible, and where the call goes. */
			setAttribute(
				launcher,
				"aria-label",
				label.toLowerCase().includes(name.toLowerCase())
					? label
					: this.#text("launcher.named", { label, name }),
			);
		}

		/* During a call the button says so; pressing it shows the panel. */
		#liveLabel(): string {
			switch (this.state) {
				case "signing-in":
				case "permission":
				case "connecting":
				case "ringing":
					return this.#text("launcher.busy");
				case "in-call":
				case "held":
				case "reconnecting":
				case "ending":
					return this.#text("launcher.live");
				default:
					return "";
			}
		}

		/* Your own button takes the place of ours; a corner or a card shows
		 * either the button or the panel. */
		#hideLauncher(): void {
			const launcher = this.#launcher;
			const root = this.#root;
			if (!launcher || !root) return;
			const isOwn =
				optionOf(this, "trigger", page.warn) !== "" ||
				this.querySelector(":scope > [slot=trigger]") !== null;
			const isReplaced =
				root.dataset["variant"] !== "button" &&
				(root.hasAttribute("data-open") || this.state !== "idle");
			launcher.hidden = isOwn || isReplaced;
		}

		#setBusy(on: boolean): void {
			if (this.#launcher)
				setAttribute(this.#launcher, "aria-busy", on ? "true" : false);
		}

		/* The launcher's words are here in every language; the panel goes
		 * on in the one it has until the other has come. */
		#settleSpeech(): void {
			const wish = page.speech(this, optionOf(this, "lang", page.warn));

			if (!this.#conductor || isWhole(wish.lang)) {
				this.#speech = wish;
				return;
			}
			if (!isWhole(this.#speech.lang)) this.#speech = ENGLISH;
			page.learn(wish.lang).then(() => this.refresh(), page.warn);
		}

		#strings(): readonly Strings[] {
			return page.strings(optionOf(this, "strings", page.warn), this.#speech);
		}

		#text(key: StringKey, words = {}): string {
			return fill(find(key, this.#strings()), words);
		}

		#hasFallback(): boolean {
			const outer = page.outerOf(this) ?? this;
			return [...outer.childNodes].some(
				(node) => node !== this && (node.textContent ?? "").trim() !== "",
			);
		}

		#phone(): Phone | null {
			const outer = page.outerOf(this) ?? this;
			const link = outer.querySelector<HTMLAnchorElement>("a[href^='tel:']");

			const written = /\+?\d[\d ().-]{3,}\d/.exec(link?.textContent ?? "");

			return (
				link && {
					href: link.href,
					label: written?.[0] ?? link.href.slice(4),
				}
			);
		}

		/* The panel could not be fetched: the page's own link is the way. */
		#giveUp(error: unknown): void {
			const code = error instanceof RingdownError ? error.code : "internal";
			/* The panel would have brought the sentence in other languages. */
			setAttribute(this.#live.assertive, "lang", "en");
			setText(this.#live.assertive, this.#text("reason.server_unreachable.say"));
			page.showFallback(this, true);
			this.#dispatch("ringdown:failed", {
				reason: code,
				retry: true,
				nextSteps: ["retry", "phone"],
			});
		}

		#dispatch(type: string, detail: object): void {
			this.dispatchEvent(
				new CustomEvent(type, {
					bubbles: true,
					composed: true,
					detail: Object.freeze(detail),
				}),
			);
		}
	}
	return RingdownCallElement;
}
