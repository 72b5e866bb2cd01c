/* widget/care/tabs.ts - tells the other tabs of the browser how the call goes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The lock "ringdown.call" says who has the call, also when a tab crashes; on
 * the channel "ringdown" the others hear how it goes and say what they want.
 * What comes from the channel is checked: every script of the origin may
 * write there. */
import type { Call } from "../../core/call.js";

export const CHANNEL = "ringdown";
export const VERSION = 1;

export type Wish = "ask" | "mute" | "show" | "hang_up";

export interface News {
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
