/* widget/care/teller.ts - the part that tells other tabs how the call of this one goes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched when the first of them asks. */
import type { Call } from "../../core/call.js";
import { put } from "../parts.js";
import { VERSION } from "./tabs.js";
import type { News, Wish } from "./tabs.js";

const isWish = (data: unknown): data is { is: Wish } =>
	typeof data === "object" &&
	data !== null &&
	(data as { v?: unknown }).v === VERSION &&
	["ask", "mute", "show", "hang_up"].includes(String((data as { is?: unknown }).is));

/* A tab cannot bring another to the front; it can make it easy to find. */
function callAttention(): void {
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

class Teller {
	#told = "";

	constructor(
		private readonly channel: BroadcastChannel,
		private readonly call: Call,
		private readonly show: () => void,
	) {
		channel.onmessage = ({ data }: MessageEvent<unknown>) => {
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

	#say(): void {
		const { muted, seconds } = this.call;
		const news: News = { v: VERSION, is: "call", seconds, isMuted: muted };

		this.channel.postMessage(news);
	}

	#obey(wish: Wish): void {
		if (wish === "ask") this.#say();
		else if (wish === "mute") this.call.mute(!this.call.muted);
		else if (wish === "hang_up") this.call.hangUp();
		else this.show();
	}
}

put("teller", {
	open: (channel, call, open) =>
		new Teller(channel, call, () => {
			open();
			callAttention();
		}),
});
