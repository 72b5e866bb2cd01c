/* widget/element.ts - <ringdown-call>: the button, and the door to the rest.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Attributes: options.ts.  Events: types.ts, RingdownEvents.  Slots: trigger;
 * the panel has logo, consent-text, closed and footer.
 * Parts: launcher, launcher-icon, launcher-label, badge; the panel adds its
 * own.  Children without a slot are the fallback and show when the widget
 * cannot run. */
import { add, capital, HANDSET, icon, make, setAttribute, setText } from "./draw.js";
import { LAUNCHER_CSS } from "./launcher.styles.js";
import { ENGLISH, fill, find } from "./language.js";
import { dress, lighten } from "./light.js";
import type { ClassMap } from "./light.js";
import { NAMES, OPTIONS, valueOf } from "./options.js";
import { failure } from "./parts.js";
import { isWhole } from "./words.js";
import type { RingdownError } from "../core/ports.js";
import type { StringKey } from "../core/catalogue.js";
import type { CallState } from "../core/catalogue.js";
import type { Page } from "./page.js";
import type {
	Availability,
	Conductor,
	Door,
	PanelPart,
	RingdownCall,
	RingdownElement,
	StartOptions,
	Strings,
} from "./types.js";

const CAN_DRAW = "adoptedStyleSheets" in document;

/* What a browser must have before a button is worth showing. */
function whyNot(): "insecure" | "unsupported" | "" {
	if (!isSecureContext) return "insecure";
	return "RTCPeerConnection" in globalThis && "mediaDevices" in navigator && CAN_DRAW
		? ""
		: "unsupported";
}

/* card-support is said "card support". */
export const nameOf = (to: string): string => to.replace(/[-_]+/g, " ").trim();

const sheets = new Map<string, CSSStyleSheet>();

function sheet(css: string): CSSStyleSheet {
	let made = sheets.get(css);

	if (!made) {
		made = new CSSStyleSheet();
		made.replaceSync(css);
		sheets.set(css, made);
	}
	return made;
}

export function defineElement(page: Page): CustomElementConstructor {
	class RingdownCallElement extends HTMLElement implements RingdownElement {
		static readonly observedAttributes = NAMES;

		#root: HTMLElement | null = null;
		#isLight = false;
		#classes: ClassMap = {};
		readonly #fixed: Record<string, string | null> = {};
		#panel: PanelPart | null = null;
		#conductor: Conductor | null = null;
		#coming: Promise<Conductor> | null = null;
		readonly #title = make("p", { class: "name" });
		readonly #about = make("div", { class: "about" }, this.#title);
		readonly #label = make("span", { class: "label", part: "launcher-label" });
		readonly #badge = make("span", { class: "badge", part: "badge" });
		readonly #launcher = make("button", {
			type: "button",
			class: "launcher",
			part: "launcher",
			"aria-expanded": "false",
		});
		readonly #live = { polite: make("span"), assertive: make("span") };
		#states: CustomStateSet | undefined;
		#speech = ENGLISH;
		#closed: ((locale: string, strings: readonly Strings[]) => string) | null = null;
		#known: Availability | null = null;
		#askedHours = "";
		#isNear = false;
		#shown: CallState = "idle";
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
			setAttribute(this.#launcher, "aria-busy", "true");
			try {
				return await (await this.#conduct()).start(options);
			} catch (error) {
				if (!this.#conductor) this.#giveUp();
				throw (error as RingdownError).code ? error : failure("internal");
			} finally {
				setAttribute(this.#launcher, "aria-busy", false);
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

		destroy(): void {
			this.#conductor?.destroy();
			this.#conductor = null;
			this.#coming = null;
		}

		refresh(): void {
			if (!this.#root || !this.isConnected) return;
			this.#settleSpeech();
			this.#askHours();
			this.#tellHours();
			this.#drawLauncher();
			this.#conductor?.refresh();
			if (this.option("demo-state")) void this.#conduct();
		}

		/* What an attribute comes to. */
		option(name: string): string {
			const option = OPTIONS.find((one) => one.name === name);
			const given = this.getAttribute(name);

			return option
				? valueOf(option, this.#fixed[name] ?? given, page.warnOnce)
				: "";
		}

		#build(): void {
			const shadow = this.attachShadow({ mode: "open" });

			const outer = this.closest("[data-ringdown]") ?? this;
			/* With nothing to fall back to, the panel says what is wrong. */
			if (whyNot() && (outer.textContent?.trim() || !CAN_DRAW)) {
				shadow.appendChild(make("slot"));
				this.#fail(whyNot(), false);
				return;
			}
			for (const { name, isFixed } of OPTIONS)
				if (isFixed) this.#fixed[name] = this.getAttribute(name) ?? "";
			page.parts.nonce ||= this.nonce || this.option("nonce");
			const trigger = make("slot", { name: "trigger" });
			const root = make("div", { class: "root" }, this.#about, this.#launcher);
			this.#root = root;
			this.#buildLauncher();
			trigger.addEventListener("click", () => this.press());
			trigger.addEventListener("slotchange", () => this.#hideLauncher());
			add(shadow, trigger, make("slot", { name: "live" }));
			this.#isLight = this.option("shadow") === "none";
			if (this.#isLight) {
				/* The shadow tree is left only to hide the fallback. */
				root.slot = "ringdown";
				shadow.appendChild(make("slot", { name: "ringdown" }));
				this.appendChild(root);
				this.#classes = page.classMap(this.option("class-map"));
				dress(root, this.#classes);
			} else shadow.prepend(root);
			this.#adopt(LAUNCHER_CSS);
			this.#buildLiveRegions();
			this.#watchHours();
			page.showFallback(this, false);
			this.#dispatch("ringdown:ready", { version: page.version });
		}

		#buildLauncher(): void {
			const launcher = this.#launcher;
			const picture = icon(HANDSET);

			picture.setAttribute("part", "launcher-icon");
			add(
				launcher,
				picture,
				make("span", { class: "words" }, this.#label, this.#badge),
			);
			launcher.addEventListener("click", () => this.press());
			/* Someone may press soon: fetch the panel now. */
			for (const intent of ["pointerenter", "focus", "touchstart"])
				launcher.addEventListener(
					intent,
					() => void this.#conduct().catch(() => undefined),
					{ passive: true, once: true },
				);
		}

		/* Readers follow regions better that were there, empty, from the
		 * start, and outside a shadow tree. */
		#buildLiveRegions(): void {
			const { polite, assertive } = this.#live;

			setAttribute(polite, "role", "status");
			setAttribute(assertive, "role", "alert");
			polite.slot = assertive.slot = "live";
			add(this, polite, assertive);
		}

		press(): void {
			if (!this.#root) return;
			if (this.#conductor && this.state !== "idle") this.#conductor.open();
			else this.start().catch((error: unknown) => page.warn(String(error)));
		}

		#conduct(): Promise<Conductor> {
			/* A call in English is better than none. */
			const words = page.learn(this.#speech.lang).catch(page.warn);
			const light = this.#isLight ? page.part("light") : null;
			this.#coming ??= page.part("panel").then(async (panel) => {
				await page.learn("en");
				await words;
				if (this.#root)
					(await light)?.keep(this.#root, this, this.#classes);
				this.#panel = panel;
				this.#conductor = panel.conduct(this.#door(), page);
				this.refresh();
				return this.#conductor;
			});
			this.#coming.catch(() => {
				this.#coming = null;
			});
			return this.#coming;
		}

		#door(): Door {
			const element = this;

			return {
				element,
				root: this.#root ?? this,
				get name() {
					return nameOf(element.option("to"));
				},
				get locale() {
					return element.#speech.locale;
				},
				option: (name) => this.option(name),
				strings: () => this.#strings(),
				announce: (kind, said) => setText(this.#live[kind], said),
				showState: (state, isOpen) => this.#showState(state, isOpen),
				adopt: (css) => this.#adopt(css),
				press: () => this.press(),
			};
		}

		#adopt(css: string): void {
			const tree = (this.#isLight ? this.getRootNode() : this.shadowRoot) as ShadowRoot;
			const made = sheet(this.#isLight ? lighten(css) : css);

			if (!tree.adoptedStyleSheets.includes(made))
				tree.adoptedStyleSheets = [...tree.adoptedStyleSheets, made];
		}

		#showState(state: CallState, isOpen: boolean): void {
			if (this.#shown !== state) {
				this.#shown = state;
				this.#drawLauncher();
			}
			if (this.#root) setAttribute(this.#root, "data-open", isOpen);
			setAttribute(this.#launcher, "aria-expanded", String(isOpen));
			this.#hideLauncher();
		}

		#drawLauncher(): void {
			const root = this.#root;
			const launcher = this.#launcher;
			if (!root) return;
			const state = this.#shown;
			const name = nameOf(this.option("to"));
			const { locale } = this.#speech;
			/* During a call the button says so. */
			const key = this.#panel?.launcherKey(state);
			const label =
				(key && this.#text(key)) ||
				this.option("label") ||
				capital(this.#text("launcher.call", { name }), locale);
			const theme = page.themeOf(this, this.option("theme"));
			const badge = (!key && this.#closed?.(locale, this.#strings())) || "";

			if (this.dataset["state"] !== state) {
				setAttribute(this, "data-state", state);
				try {
					this.#states ??= this.attachInternals().states;
					this.#states.clear();
					this.#states.add(state);
				} catch {
					/* :state() is an extra; some know only names like --this. */
				}
			}
			setAttribute(this, "data-variant", this.option("variant"));
			for (const one of ["variant", "position", "size"])
				setAttribute(root, `data-${one}`, this.option(one));
			setAttribute(root, "data-theme", theme.name);
			setAttribute(root, "data-bs", theme.isBootstrap);
			setAttribute(root, "hidden", !!badge && this.option("hours") === "hide-closed");
			for (const one of [root, this.#live.polite, this.#live.assertive]) {
				setAttribute(one, "lang", locale);
				setAttribute(one, "dir", this.#text("dir"));
			}
			/* The words change, the place in the page does not. */
			launcher.style.minWidth =
				key && launcher.offsetWidth > 0 ? `${launcher.offsetWidth}px` : "";
			setText(this.#label, label);
			setText(this.#badge, badge);
			setText(this.#title, capital(name, locale));
			/* The name contains what is visible, and where the call goes. */
			setAttribute(
				launcher,
				"aria-label",
				`${
					label.toLowerCase().includes(name.toLowerCase())
						? label
						: this.#text("launcher.named", { label, name })
				} ${badge}`.trim(),
			);
			this.#hideLauncher();
		}

		/* Your own button takes the place of ours; a corner or a card shows
		 * either the button or the panel. */
		#hideLauncher(): void {
			const root = this.#root;
			const isOwn =
				this.option("trigger") !== "" ||
				this.querySelector(":scope > [slot=trigger]") !== null;
			const isReplaced =
				this.option("variant") !== "button" &&
				(root?.hasAttribute("data-open") || this.#shown !== "idle");
			this.#launcher.hidden = isOwn || isReplaced;
		}

		#watchHours(): void {
			const near = new IntersectionObserver(
				(seen) => {
					if (!seen.some((one) => one.isIntersecting)) return;
					near.disconnect();
					this.#isNear = true;
					this.refresh();
				},
				{ rootMargin: "300px" },
			);

			near.observe(this.#launcher);
			near.observe(this);
			/* Also what the panel or the page has asked for. */
			this.addEventListener("ringdown:availability", (event) => {
				this.#known = (event as CustomEvent<Availability>).detail;
				this.#closed = null;
				this.refresh();
			});
		}

		/* Most buttons have nothing to say of it. */
		#tellHours(): void {
			const known = this.#known;

			if (!known || this.#closed || this.option("hours") === "off") return;
			if (known.open && !(known.callback && this.option("callback") === "always"))
				return;
			page.part("hours").then((hours) => {
				this.#closed ??= hours.closed(
					known,
					() => {
						page.forgetHours();
						this.#askedHours = "";
						this.refresh();
					},
					this,
					this.#launcher,
				);
				this.#drawLauncher();
			}, page.warn);
		}

		/* Once for each destination, when the button comes near the view. */
		#askHours(): void {
			const to = this.option("to");

			if (this.option("hours") === "off" || this.option("provider") === "demo") {
				this.#closed = null;
				this.#askedHours = "";
			} else if (this.#isNear && to && this.#askedHours !== to) {
				this.#askedHours = to;
				page.hours(this.option("api") || page.api, to).then(
					(known) =>
						this.#askedHours === to &&
						this.#dispatch("ringdown:availability", known),
					page.warn,
				);
			}
		}

		/* The launcher's words are here in every language; the panel goes
		 * on in the one it has until the other has come. */
		#settleSpeech(): void {
			const wish = page.speech(this, this.option("lang"));

			if (!this.#conductor || isWhole(wish.lang)) {
				this.#speech = wish;
				return;
			}
			if (!isWhole(this.#speech.lang)) this.#speech = ENGLISH;
			page.learn(wish.lang).then(() => this.refresh(), page.warn);
		}

		#strings(): readonly Strings[] {
			return page.strings(this.option("strings"), this.#speech);
		}

		#text(key: StringKey, words = {}): string {
			return fill(find(key, this.#strings()), words);
		}

		/* The panel could not be fetched: the page's own link is the way. */
		#giveUp(): void {
			/* The panel would have brought the sentence in other languages. */
			setAttribute(this.#live.assertive, "lang", "en");
			setText(this.#live.assertive, this.#text("reason.server_unreachable.say"));
			this.#fail("server_unreachable", true);
		}

		#fail(reason: string, retry: boolean): void {
			page.showFallback(this, true);
			this.#dispatch("ringdown:failed", {
				reason,
				retry,
				nextSteps: retry ? ["retry", "phone"] : ["phone"],
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
