/* widget/care/elsewhere.ts - the part that shows a call that another tab has.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched when a press finds the lock taken; tabs.ts is the other end. */
import type { Call } from "../../core/call.js";
import { add, make, setText } from "../draw.js";
import { LOCK } from "../panel/lock.js";
import { clock } from "../panel/stage.js";
import { put } from "../parts.js";
import type { Host } from "../types.js";
import { CHANNEL, VERSION } from "./tabs.js";
import type { News, Wish } from "./tabs.js";

const isNews = (data: unknown): data is News =>
	typeof data === "object" &&
	data !== null &&
	(data as Partial<News>).v === VERSION &&
	(data as Partial<News>).is === "call" &&
	typeof (data as Partial<News>).isMuted === "boolean";

/* What a tab without the call shows of it, until it is over. */
class Elsewhere {
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
			typeof seconds === "number" ? clock(seconds + more, host.locale) : "",
		);
		setText(this.#buttons.show, host.text("tab.show"));
		setText(
			this.#buttons.mute,
			host.text(this.#news?.isMuted ? "action.unmute" : "action.mute"),
		);
		setText(this.#buttons.hang_up, host.text("action.hang_up"));
	}
}

const ELSEWHERE_CSS = `
.elsewhere{display:grid;grid-template-columns:1fr 1fr;gap:9.6px}
.elsewhere .primary{grid-column:1/-1}
`;

put("elsewhere", {
	show(call: Call, host: Host): void {
		if (call.state !== "failed") return;
		const shown = new Elsewhere(host, () => call.dismiss());
		const stop = call.observe({
			changed() {
				stop();
				shown.stop();
			},
		});

		host.adopt(ELSEWHERE_CSS);
		host.root.querySelector(".stage, .ringdown-stage")?.appendChild(shown.time);
		host.root.querySelector("[part~=actions]")?.prepend(shown.element);
	},
});
