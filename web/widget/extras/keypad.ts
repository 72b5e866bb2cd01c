/* widget/extras/keypad.ts - twelve keys and what was pressed.
 * SPDX-License-Identifier: Apache-2.0 */
import { make, setAttribute, setText } from "../draw.js";
import type { StringKey } from "../../core/catalogue.js";
import type { Host } from "../types.js";

const KEYS: ReadonlyArray<readonly [string, string]> = [
	["1", ""],
	["2", "ABC"],
	["3", "DEF"],
	["4", "GHI"],
	["5", "JKL"],
	["6", "MNO"],
	["7", "PQRS"],
	["8", "TUV"],
	["9", "WXYZ"],
	["*", ""],
	["0", "+"],
	["#", ""],
];

const SHOWN = 16; /* the latest digits that fit on the line */

export class Keypad {
	readonly element: HTMLElement;
	readonly line: HTMLElement;
	isSecure = false; /* what is pressed is not shown */
	readonly #named = new Map<HTMLElement, StringKey>();
	#typed = "";
	#sending: Promise<void> = Promise.resolve();

	constructor(
		private readonly host: Host,
		private readonly send: (digit: string) => Promise<void>,
	) {
		this.line = make("output", { class: "typed", "aria-live": "off" });
		const keys = KEYS.map(([digit, letters]) => this.#key(digit, letters));
		this.element = make(
			"div",
			{
				class: "keypad",
				part: "keypad",
				role: "group",
				tabindex: "-1",
				hidden: true,
			},
			make("div", { class: "line" }, this.line),
			make("div", { class: "keys", dir: "ltr" }, ...keys),
		);
		this.#named.set(this.element, "keypad.label");
	}

	/* In the language of now. */
	name(): void {
		for (const [element, key] of this.#named)
			setAttribute(element, "aria-label", this.host.text(key));
	}

	/* One after another: digits must arrive in the order they were pressed. */
	press(digit: string): void {
		this.#typed = (this.#typed + (this.isSecure ? "\u2022" : digit)).slice(-SHOWN);
		setText(this.line, this.#typed);
		this.#sending = this.#sending
			.then(() => this.send(digit))
			.catch(() =>
				this.host.announce("assertive", this.host.text("keypad.failed")),
			);
	}

	clear(): void {
		this.isSecure = false;
		this.#typed = "";
		setText(this.line, "");
	}

	#key(digit: string, letters: string): HTMLElement {
		/* The letters are drawn by the style sheet: the key is called "2". */
		const key = make(
			"button",
			{
				type: "button",
				class: "key",
				part: "key",
				"data-letters": letters || false,
			},
			make("span", { class: "digit" }, digit),
		);

		if (digit === "*") this.#named.set(key, "keypad.star");
		if (digit === "#") this.#named.set(key, "keypad.pound");
		key.addEventListener("click", () => this.press(digit));
		return key;
	}
}
