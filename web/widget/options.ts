/* widget/options.ts - the attributes, in one table.
 * SPDX-License-Identifier: Apache-2.0
 *
 * <ringdown-call> has them by their name, a div with "data-" before it; `to`
 * is data-ringdown there.  docs/widget.md is checked against this table. */

export interface Option {
	readonly name: string;
	readonly words?: readonly string[]; /* the only values there are, the default first */
	readonly isFixed?: true; /* the others take effect at once when they change */
}

export const OPTIONS: readonly Option[] = [
	{ name: "to" },
	{ name: "api", isFixed: true },
	{ name: "token-url" },
	{ name: "token" },
	{ name: "variant", words: ["button", "inline", "floating", "bar"] },
	{
		name: "position",
		words: ["bottom-end", "bottom-start", "top-end", "top-start"],
	},
	{ name: "size", words: ["md", "sm", "lg"] },
	{ name: "theme", words: ["auto", "light", "dark", "none"] },
	{ name: "trigger" },
	{ name: "label" },
	{ name: "lang" },
	{ name: "strings" },
	{ name: "keypad", words: ["auto", "off"] },
	{ name: "sounds", words: ["on", "off"] },
	{ name: "close-guard", words: ["on", "off"] },
	{ name: "display-name" },
	{ name: "nonce", isFixed: true },
	{ name: "debug", words: ["off", "on"] },
];

export const NAMES: readonly string[] = OPTIONS.map((option) => option.name);

const MOST_HINTS = 20;
const LONGEST_HINT = 200;

export const onDiv = (name: string): string => (name === "to" ? "data-ringdown" : `data-${name}`);

/* The value an attribute comes to: unknown words fall back, once warned. */
export function optionOf(element: Element, name: string, warn: (message: string) => void): string {
	const words = OPTIONS.find((one) => one.name === name)?.words;
	const given = element.getAttribute(name);

	if (!words) return given ?? "";
	const fallback = words[0] ?? "";
	if (given === null) return fallback;
	if (words.includes(given)) return given;
	if (words.includes("on") && (given === "" || given === "true")) return "on";
	if (words.includes("off") && given === "false") return "off";
	warn(`${name}="${given}" is unknown; it may be ${words.join(", ")}`);
	return fallback;
}

/* Unverified context as it stands now: hint-topic="refund" and its like. */
export function hintsOf(element: Element, prefix: string): Record<string, string> {
	const hints: Record<string, string> = {};

	for (const { name, value } of element.attributes) {
		const key = name.startsWith(prefix) ? name.slice(prefix.length) : "";
		if (key && Object.keys(hints).length < MOST_HINTS)
			hints[key] = value.slice(0, LONGEST_HINT);
	}
	return hints;
}
