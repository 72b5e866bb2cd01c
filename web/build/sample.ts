/* build/sample.ts - the widget on a page of its own, in light or in dark.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A frame of this origin, so that what floats stays in it and the page's own
 * style does not reach it. */
import { make } from "../widget/draw.js";
import { onDiv, OPTIONS } from "../widget/options.js";
import { divOf } from "./snippet.js";

export interface Shown {
	readonly options: ReadonlyMap<string, string>;
	readonly style: ReadonlyMap<string, string>;
	readonly phone: string;
}

const FIXED = OPTIONS.filter(({ isFixed }) => isFixed).map(({ name }) => name);
/* What is not for the sample: it calls nobody, from nowhere else. */
const OMITTED = ["api", "token", "token-url", "trigger", "strings", "nonce"];

const lines = (n: number): string =>
	`<p class="line first"></p>${'<p class="line"></p>'.repeat(n)}`;

export class Sample {
	readonly element: HTMLElement;
	readonly #frame: HTMLIFrameElement;
	#key = "";
	#now: Shown = { options: new Map(), style: new Map(), phone: "" };

	constructor(
		private readonly theme: "light" | "dark",
		private readonly loader: string,
		private readonly css: string,
		private readonly drawn: () => void,
	) {
		this.#frame = make("iframe", {
			title: `The widget, ${theme}`,
			allow: "microphone; autoplay",
		});
		this.#frame.addEventListener("load", () => {
			this.#sync();
			this.#document?.addEventListener("ringdown:ready", this.drawn);
			this.drawn();
		});
		this.element = make(
			"figure",
			{},
			make("figcaption", {}, theme === "light" ? "Light" : "Dark"),
			this.#frame,
		);
	}

	show(next: Shown): void {
		const options = new Map([...next.options].filter(([name]) => !OMITTED.includes(name)));
		const key = JSON.stringify([
			FIXED.map((name) => options.get(name)),
			next.phone,
			options.has("to"),
		]);

		this.#now = { ...next, options };
		if (key === this.#key) {
			this.#sync();
			return;
		}
		this.#key = key;
		this.#frame.srcdoc = this.#page();
	}

	/* The colours of the button as they came to be: [ground, words]. */
	colours(): [string, string] | null {
		const widget = this.#document?.querySelector("ringdown-call");
		const launcher = (widget?.shadowRoot ?? widget)?.querySelector(".launcher");

		if (!launcher) return null;
		const { backgroundColor, color } = getComputedStyle(launcher);
		return [backgroundColor, color];
	}

	get #document(): Document | null {
		return this.#frame.contentDocument;
	}

	#page(): string {
		return `<!doctype html><html lang="en" class="sample" data-bs-theme="${this.theme}">
<title>Sample</title><link rel="stylesheet" href="${this.css}">
<body>${lines(4)}${divOf(this.#now)}${lines(5)}<script src="${this.loader}"></script></body></html>`;
	}

	/* Attributes that are live change in place, as they do on any page. */
	#sync(): void {
		const page = this.#document;
		const div = page?.querySelector("[data-ringdown]");
		if (!page || !div) return;
		const { options, style } = this.#now;

		for (const { name } of OPTIONS) {
			const value = options.get(name);
			if (value === undefined) div.removeAttribute(onDiv(name));
			else if (div.getAttribute(onDiv(name)) !== value)
				div.setAttribute(onDiv(name), value);
		}
		const { style: root } = page.documentElement;
		for (const name of [...root])
			if (name.startsWith("--ringdown-") && !style.has(name))
				root.removeProperty(name);
		for (const [name, value] of style) root.setProperty(name, value);
		requestAnimationFrame(this.drawn);
	}
}
