/* widget/panel/signal.ts - how good the connection is, in bars and in a word.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: quality. */
import type { Quality } from "../../core/call.js";
import { add, make, setAttribute, setText } from "../draw.js";
import type { Host } from "../types.js";

export class Signal {
	readonly element = make("p", { class: "signal", part: "quality", role: "img" });
	readonly #word = make("span", { "aria-hidden": "true" });

	constructor(private readonly host: Host) {
		add(this.element, make("b", {}, make("i"), make("i"), make("i")), this.#word);
	}

	show(level: Quality["level"], isOn: boolean): void {
		const { host, element } = this;

		element.hidden = !isOn || level === "unknown";
		if (level === "unknown") return;
		const word = host.text(`quality.${level}`);
		setAttribute(element, "data-level", level);
		setAttribute(element, "aria-label", host.text("quality.connection", { level: word }));
		setText(this.#word, word);
	}
}
