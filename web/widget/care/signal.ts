/* widget/care/signal.ts - how good the connection is, in bars and in a word.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: quality. */
import type { Quality } from "../../core/call.js";
import { make, setAttribute, setText } from "../draw.js";
import type { Host } from "../types.js";

export const SIGNAL_CSS = `
.dock .signal{display:flex;align-items:center;gap:.35rem;color:var(--_muted);font-size:.8125em;white-space:nowrap}
.signal i{width:3px;height:.35rem;border-radius:1px;background:currentColor}
.signal i:nth-child(2){height:.6rem}
.signal i:nth-child(3){height:.85rem}
.signal b{display:flex;align-items:end;gap:2px}
.signal[data-level=fair] i:nth-child(3),.signal[data-level=poor] i:nth-child(n+2){opacity:.3}
.dock .signal[data-level=poor]{color:var(--_warn)}
`;

export class Signal {
	readonly element = make("p", { class: "signal", part: "quality", role: "img", hidden: true });
	readonly #word = make("span", { "aria-hidden": "true" });

	constructor(private readonly host: Host) {
		this.element.append(
			make("b", { "aria-hidden": "true" }, make("i"), make("i"), make("i")),
			this.#word,
		);
	}

	show({ level }: Quality): void {
		const { host, element } = this;

		element.hidden = level === "unknown";
		if (level === "unknown") return;
		const word = host.text(`care.${level}`);
		setAttribute(element, "data-level", level);
		setAttribute(element, "aria-label", host.text("care.connection", { level: word }));
		setText(this.#word, word);
	}
}
