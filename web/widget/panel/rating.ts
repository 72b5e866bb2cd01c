/* widget/panel/rating.ts - asks how it was, once a call that was answered is over.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: rating. */
import type { Call } from "../../core/call.js";
import type { StringKey } from "../../core/catalogue.js";
import { RingdownError } from "../../core/ports.js";
import { icon, make, setAttribute } from "../draw.js";
import type { Host } from "../types.js";
import { THUMB } from "./icons.js";

const MOST_TAGS = 8;

/* score: 1 to 5. */
export async function rate(call: Call, score: number, tags: readonly string[]): Promise<void> {
	if (!Number.isInteger(score) || score < 1 || score > 5)
		throw new RingdownError("bad_request", {
			detail: "a score is a whole number from 1 to 5",
		});
	call.rated = score;
	const rating = { score, tags: tags.slice(0, MOST_TAGS).map(String) };
	await call.act("rating", rating);
	call.say("rating", rating);
}

export class Rating {
	readonly element = make("div", { class: "rating", part: "rating", role: "group" });
	#shown = "";

	constructor(
		private readonly host: Host,
		private readonly changed: () => void,
	) {}

	/* Built anew only when it is another, so that the focus stays. */
	show(call: Call): void {
		const { host, element } = this;
		const isAsked =
			call.state === "ended" && call.seconds !== null && host.option("rating") !== "off";
		const key = isAsked ? `${call.id} ${host.locale} ${call.rated}` : "";

		element.hidden = !isAsked;
		if (key === this.#shown) return;
		this.#shown = key;
		element.replaceChildren(...(isAsked ? this.#build(call) : []));
	}

	#build(call: Call): HTMLElement[] {
		const { host } = this;
		const isRated = call.rated > 0;
		const text = host.text(isRated ? "rating.thanks" : "rating.ask");
		const says = make("p", {}, text);

		setAttribute(this.element, "aria-label", text);
		return isRated
			? [says]
			: [
					says,
					this.#thumb(call, "rating.good", 5),
					this.#thumb(call, "rating.bad", 1),
				];
	}

	#thumb(call: Call, key: StringKey, score: number): HTMLButtonElement {
		const { host } = this;
		const button = make(
			"button",
			{ type: "button", class: "button second", part: "button" },
			icon(THUMB),
			host.text(key),
		);

		button.addEventListener("click", () => {
			void rate(call, score, ["sound"]).catch(() => undefined);
			host.announce("polite", host.text("rating.thanks"));
			this.changed();
		});
		return button;
	}
}
