/* widget/page.ts - what a page has once: the global, the divs, the parts.
 * SPDX-License-Identifier: Apache-2.0 */
import { defineElement } from "./element.js";
import { add, capital, HANDSET, icon, make, setAttribute, setText } from "./draw.js";
import { fill, find, primary, speechOf } from "./language.js";
import type { Speech } from "./language.js";
import { NAMES, onDiv } from "./options.js";
import type { ClassMap } from "./light.js";
import { PartLoader, put } from "./parts.js";
import { isWhole, WORDS } from "./words.js";
import type { Language } from "../core/catalogue.js";
import type {
	Availability,
	GlobalOptions,
	PageServices,
	Parts,
	RingdownCall,
	RingdownElement,
	RingdownStatic,
	Sound,
	StartOptions,
	Strings,
} from "./types.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_VERSION: string;

const TAG = "ringdown-call";

/* What page.ts and element.ts know of each other's elements. */
interface Mounted extends RingdownElement {
	refresh(): void;
	destroy(): void;
	press(): void;
	option(name: string): string;
}

export class Page implements PageServices {
	readonly version = RINGDOWN_VERSION;
	readonly api: string;
	global: GlobalOptions = {};
	sound: Sound | null = null;

	readonly parts: PartLoader;
	readonly #mounted = new Set<Mounted>();
	readonly #inners = new WeakMap<Element, Mounted>(); /* div -> its element */
	readonly #warned = new Set<string>();
	readonly #hours = new Map<string, Promise<Availability>>();
	readonly #observer: MutationObserver;

	constructor(script: string, nonce: string) {
		this.api = new URL(script).origin;
		/* What is here need not come again with every part. */
		put("shared", {
			add,
			capital,
			fill,
			find,
			HANDSET,
			icon,
			make,
			primary,
			setAttribute,
			setText,
		});
		this.parts = new PartLoader(new URL(".", script).href, nonce);
		this.#observer = new MutationObserver((changes) => this.#changed(changes));
	}

	/* Defines the element and takes care of every div, now and later. */
	begin(): void {
		customElements.define(TAG, defineElement(this));
		const run = (): void => {
			this.#upgradeIn(document);
			this.#observer.observe(document.documentElement, {
				childList: true,
				subtree: true,
				attributes: true,
				attributeFilter: [
					"data-bs-theme",
					"lang",
					"dir",
					...NAMES.map(onDiv),
				],
			});
			/* A call was on when this page was loaded anew.  Storage may
			 * have to be waited for: the button is not. */
			setTimeout(() => {
				try {
					if (sessionStorage["ringdown.resume"])
						this.part("panel").then((panel) => panel.resume(this), this.warn);
				} catch {
					/* A page that may not store anything. */
				}
			});
		};
		if (document.readyState === "loading")
			document.addEventListener("DOMContentLoaded", run, { once: true });
		else run();
		document.addEventListener("click", (event) => this.#clicked(event));
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
			this.#refresh(),
		);
	}

	part<K extends keyof Parts>(name: K): Promise<Parts[K]> {
		return this.parts.load(name);
	}

	/* What the site's maker should see at once. */
	warnOnce = (message: string): void => {
		if (this.#warned.has(message)) return;
		this.#warned.add(message);
		console.warn(`ringdown: ${message}`);
	};

	/* What only helps to find a fault. */
	warn = (message: unknown): void => {
		if ([...this.#mounted].some((one) => one.option("debug") === "on"))
			this.warnOnce(String(message));
	};

	watch(element: Element): () => void {
		this.#mounted.add(element as Mounted);
		return () => this.#mounted.delete(element as Mounted);
	}

	/* The fallback is the div's own children.  A shadow root that leaves
	 * them out hides them without touching them. */
	showFallback(element: Element, on: boolean): void {
		const shadow = element.closest("[data-ringdown]")?.shadowRoot;

		shadow?.querySelector("slot:not([name])")?.remove();
		if (on) shadow?.appendChild(make("slot"));
	}

	/* The attribute, the nearest lang around it, the browser's wishes. */
	speech(element: Element, wish: string): Speech {
		const around =
			element.parentElement?.closest<HTMLElement>("[lang]") ??
			document.documentElement;

		return speechOf(
			[wish, around.lang, ...navigator.languages],
			Object.keys(WORDS) as Language[],
			this.global.strings,
		);
	}

	/* English comes with the panel. */
	async learn(lang: Language): Promise<void> {
		if (isWhole(lang)) return;
		WORDS[lang] = {
			...WORDS[lang],
			...(lang === "en"
				? (await this.part("panel")).words
				: await this.part(`words-${lang}`)),
		};
	}

	/* Where a sentence is looked for, the first that has it; a language
	 * that lacks one sentence lacks only that. */
	strings(id: string, speech: Speech): readonly Strings[] {
		const given = this.global.strings ?? {};
		const { locale, lang } = speech;

		return [
			this.#json(id),
			...[locale, primary(locale), lang].map((tag) => given[tag]),
			WORDS[lang],
			given["en"],
			WORDS.en,
		].filter((strings) => strings !== undefined);
	}

	/* A launcher is dressed before anything may be fetched; the rest of
	 * Bootstrap's names is in the part "light". */
	classMap(id: string): ClassMap {
		return id === "bootstrap" ? { launcher: "btn btn-primary", "launcher-icon": "me-2" } : this.#json(id);
	}

	/* Asked once, whatever number of buttons is on the page. */
	hours(api: string, to: string): Promise<Availability> {
		const url = `${api}/v1/destinations/${encodeURIComponent(to)}`;
		let known = this.#hours.get(url);

		if (!known) {
			known = fetch(url, { credentials: "omit" }).then((answer) =>
				answer.ok ? answer.json() : Promise.reject(new Error(url)),
			);
			this.#hours.set(url, known);
		}
		return known;
	}

	forgetHours(): void {
		this.#hours.clear();
	}

	themeOf(element: Element, wish: string): { name: string; isBootstrap: boolean } {
		const isBootstrap =
			wish === "auto" &&
			getComputedStyle(element).getPropertyValue("--bs-primary") !== "";
		const marked = element.closest("[data-bs-theme]")?.getAttribute("data-bs-theme");
		const isDark = marked
			? marked === "dark"
			: !isBootstrap && matchMedia("(prefers-color-scheme: dark)").matches;

		return { name: wish !== "auto" ? wish : isDark ? "dark" : "light", isBootstrap };
	}

	/* Must run inside the gesture, before anything is awaited. */
	unlockSound(): void {
		if (this.sound) {
			void this.sound.context?.resume().catch(() => undefined);
			return;
		}
		const audio = make("audio", { autoplay: true, playsinline: true });
		let context: AudioContext | null = null;

		try {
			/* A call that comes back after a reload has no gesture. */
			if (navigator.userActivation?.hasBeenActive !== false) {
				context = new AudioContext();
				void context.resume().catch(() => undefined);
				audio.srcObject = context.createMediaStreamDestination().stream;
				void audio.play().catch(() => undefined);
			}
		} catch {
			/* Calls go on without our own short sounds. */
		}
		this.sound = { audio, context };
	}

	face(): RingdownStatic {
		const page = this;

		return {
			version: this.version,
			get current(): RingdownCall | null {
				return page.#current;
			},
			configure: (options) => {
				this.global = { ...this.global, ...options };
				this.#refresh();
			},
			mount: (element, options = {}) => this.#mount(element, options),
			availability: async (to) =>
				(await this.part("panel")).availability(this, this.api, to),
			start: (to, options) => this.#start(to, options),
			test: async (options) => (await this.part("preflight")).test(this, options),
			destroy: () => this.#destroy(),
		};
	}

	get #current(): RingdownCall | null {
		return this.parts.now("panel")?.current() ?? null;
	}

	#start(to: string, options?: StartOptions): Promise<RingdownCall> {
		let element = [...this.#mounted].find((one) => one.getAttribute("to") === to);

		if (!element) {
			element = make(TAG as "div", { to, variant: "floating" }) as Element as Mounted;
			document.body.appendChild(element);
		}
		return element.start(options);
	}

	async #destroy(): Promise<void> {
		const all = [...this.#mounted];

		this.#observer.disconnect();
		await Promise.all(all.map((one) => one.hangUp()));
		for (const one of all) {
			this.showFallback(one, true);
			one.destroy();
			one.remove();
		}
	}

	#mount(outer: Element, options: Readonly<Record<string, string>>): RingdownElement {
		for (const [name, value] of Object.entries(options))
			outer.setAttribute(outer.localName === TAG ? name : onDiv(name), value);
		if (outer.localName === TAG) return outer as RingdownElement;
		return this.#upgrade(outer as HTMLElement);
	}

	#upgrade(outer: HTMLElement): Mounted {
		const old = this.#inners.get(outer);
		if (old) return old;
		const inner = document.createElement(TAG) as Mounted;

		this.#inners.set(outer, inner);
		this.#copy(outer, inner);
		inner.slot = "ringdown";
		try {
			outer
				.attachShadow({ mode: "open" })
				.appendChild(make("slot", { name: "ringdown" }));
		} catch {
			/* It has a shadow tree already; the fallback stays beside us. */
			this.warn("the fallback stays");
		}
		outer.appendChild(inner);
		for (const child of [...outer.children]) this.#adoptSlotted(child, outer);
		return inner;
	}

	/* slot="trigger", "logo" and their like belong to the element. */
	#adoptSlotted(child: Element, outer: Node | null): void {
		const inner = outer && this.#inners.get(outer as Element);

		if (inner && child.slot && child !== inner) inner.appendChild(child);
	}

	#copy(outer: Element, inner: Element): void {
		for (const name of NAMES) {
			const value = outer.getAttribute(onDiv(name));
			setAttribute(inner, name, value ?? false);
		}
	}

	#upgradeIn(root: ParentNode): void {
		for (const outer of root.querySelectorAll<HTMLElement>("[data-ringdown]"))
			this.#upgrade(outer);
	}

	#changed(changes: readonly MutationRecord[]): void {
		let isThemed = false;

		for (const { type, target, addedNodes } of changes) {
			if (type === "attributes") {
				const inner = this.#inners.get(target as Element);
				if (inner) this.#copy(target as Element, inner);
				else isThemed = true;
			}
			for (const node of addedNodes) {
				if (!(node instanceof HTMLElement)) continue;
				this.#adoptSlotted(node, node.parentNode);
				if (node.hasAttribute("data-ringdown")) this.#upgrade(node);
				this.#upgradeIn(node);
			}
		}
		if (isThemed) {
			this.#upgradeIn(document);
			this.#refresh();
		}
	}

	/* Launchers of the page's own, also those that come later. */
	#clicked(event: MouseEvent): void {
		const target = event.target;

		if (!(target instanceof Element)) return;
		for (const one of this.#mounted) {
			const selector = one.getAttribute("trigger");
			try {
				if (selector && target.closest(selector)) one.press();
			} catch {
				this.warnOnce(`${selector} is no selector`);
			}
		}
	}

	/* What a site gives as <script type="application/json" id="...">. */
	#json(id: string): Readonly<Record<string, string>> {
		const text = id ? document.getElementById(id)?.textContent : "";

		try {
			if (text) return JSON.parse(text) as Readonly<Record<string, string>>;
		} catch {
			this.warnOnce(`#${id} is not JSON`);
		}
		return {};
	}

	#refresh(): void {
		for (const one of this.#mounted) one.refresh();
	}
}
