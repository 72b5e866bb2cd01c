/* widget/care/tabs.ts - one call for all tabs: the one that has it, and those that do not.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The lock "ringdown.call" says who has the call, also when a tab crashes; on
 * the channel "ringdown" the others hear how it goes and say what they want.
 * What comes from the channel is checked: every script of the origin may
 * write there. */
import type { Call } from "../../core/call.js";
import { add, make, setText } from "../draw.js";
import { LOCK } from "../panel/lock.js";
import type { Host } from "../types.js";

const CHANNEL = "ringdown";
const VERSION = 1;

type Wish = "ask" | "mute" | "show" | "hang_up";

interface News {
	readonly v: number;
	readonly is: "call";
	readonly seconds: number | null;
	readonly isMuted: boolean;
}

const isWish = (data: unknown): data is { is: Wish } =>
	typeof data === "object" &&
	data !== null &&
	(data as { v?: unknown }).v === VERSION &&
	["ask", "mute", "show", "hang_up"].includes(String((data as { is?: unknown }).is));

const isNews = (data: unknown): data is News =>
	typeof data === "object" &&
	data !== null &&
	(data as Partial<News>).v === VERSION &&
	(data as Partial<News>).is === "call" &&
	typeof (data as Partial<News>).isMuted === "boolean";

/* Of the tab that has the call. */
export class Teller {
	readonly #channel = new BroadcastChannel(CHANNEL);
	#told = "";

	constructor(
		private readonly call: Call,
		private readonly show: () => void,
	) {
		this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
			if (isWish(data)) this.#obey(data.is);
		};
		this.tell();
	}

	/* Time is told when asked; the others count on. */
	tell(): void {
		const { muted, seconds } = this.call;
		const now = `${muted} ${seconds === null}`;

		if (now === this.#told) return;
		this.#told = now;
		this.#say();
	}

	stop(): void {
		this.#channel.close();
	}

	#say(): void {
		const { muted, seconds } = this.call;
		const news: News = { v: VERSION, is: "call", seconds, isMuted: muted };

		this.#channel.postMessage(news);
	}

	#obey(wish: Wish): void {
		if (wish === "ask") this.#say();
		else if (wish === "mute") this.call.mute(!this.call.muted);
		else if (wish === "hang_up") this.call.hangUp();
		else this.show();
	}
}

/* A tab cannot bring another to the front; it can make it easy to find. */
export function callAttention(): void {
	const { title } = document;

	focus();
	if (document.visibilityState === "visible") return;
	const mark = `\u260e ${title}`;
	document.title = mark;
	document.addEventListener(
		"visibilitychange",
		() => {
			if (document.title === mark) document.title = title;
		},
		{ once: true },
	);
}

/* What a tab without the call shows of it, until it is over. */
export class Elsewhere {
	readonly element = make("div", { class: "elsewhere" });
	readonly #channel = new BroadcastChannel(CHANNEL);
	readonly time = make("p", { class: "time", part: "timer" });
	readonly #buttons: Readonly<Record<Exclude<Wish, "ask">, HTMLButtonElement>>;
	readonly #waiting = new AbortController();
	readonly #ticker = setInterval(() => this.#draw(), 500);
	#news: News | null = null;
	#heardMs = 0;

	constructor(
		private readonly host: Host,
		private readonly clock: (seconds: number, locale: string) => string,
		private readonly over: () => void,
	) {
		const button = (wish: Wish, part: string, look: string): HTMLButtonElement => {
			const made = make("button", { type: "button", class: `button ${look}`, part });
			made.addEventListener("click", () => this.#wish(wish));
			return made;
		};

		this.#buttons = {
			show: button("show", "button button-primary", "primary"),
			mute: button("mute", "button mute", "second"),
			hang_up: button("hang_up", "button button-danger hangup", "second danger"),
		};
		add(this.element, ...Object.values(this.#buttons));
		this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
			if (!isNews(data)) return;
			this.#news = data;
			this.#heardMs = performance.now();
			this.#draw();
		};
		this.#draw();
		/* The demo has no other tab. */
		if (host.option("provider") === "demo") return;
		this.#wish("ask");
		/* Given to us when the other tab has no call any more, or is gone. */
		navigator.locks
			.request(LOCK, { signal: this.#waiting.signal }, () => this.over())
			.catch(() => undefined);
	}

	stop(): void {
		this.#waiting.abort();
		clearInterval(this.#ticker);
		this.#channel.close();
		this.element.remove();
		this.time.remove();
	}

	#wish(is: Wish): void {
		this.#channel.postMessage({ v: VERSION, is });
	}

	#draw(): void {
		const { host } = this;
		const seconds = this.#news?.seconds;
		const more = Math.floor((performance.now() - this.#heardMs) / 1000);

		setText(
			this.time,
			typeof seconds === "number" ? this.clock(seconds + more, host.locale) : "",
		);
		setText(this.#buttons.show, host.text("tab.show"));
		setText(
			this.#buttons.mute,
			host.text(this.#news?.isMuted ? "action.unmute" : "action.mute"),
		);
		setText(this.#buttons.hang_up, host.text("action.hang_up"));
	}
}

export const ELSEWHERE_CSS = `
.elsewhere{display:grid;grid-template-columns:1fr 1fr;gap:9.6px}
.elsewhere .primary{grid-column:1/-1}
`;
