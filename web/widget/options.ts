/* widget/options.ts - the attributes, in one table.
 * SPDX-License-Identifier: Apache-2.0
 *
 * <ringdown-call> has them by their name, a div with "data-" before it; `to`
 * is data-ringdown there.  docs/widget.md is checked against this table. */

export interface Option {
	readonly name: string;
	readonly fallback: string;
	readonly words?: readonly string[]; /* the only values there are */
	readonly isLive: boolean; /* a change later takes effect at once */
}

export const OPTIONS: readonly Option[] = [
	{ name: "to", fallback: "", isLive: true },
	{ name: "api", fallback: "", isLive: false },
	{ name: "token-url", fallback: "", isLive: true },
	{ name: "token", fallback: "", isLive: true },
	{
		name: "variant",
		fallback: "button",
		words: ["button", "inline", "floating", "bar"],
		isLive: true,
	},
	{
		name: "position",
		fallback: "bottom-end",
		words: ["bottom-end", "bottom-start", "top-end", "top-start"],
		isLive: true,
	},
	{ name: "size", fallback: "md", words: ["sm", "md", "lg"], isLive: true },
	{ name: "theme", fallback: "auto", words: ["auto", "light", "dark", "none"], isLive: true },
	{ name: "trigger", fallback: "", isLive: true },
	{ name: "label", fallback: "", isLive: true },
	{ name: "strings", fallback: "", isLive: true },
	{ name: "keypad", fallback: "auto", words: ["auto", "off"], isLive: true },
	{ name: "sounds", fallback: "on", words: ["on", "off"], isLive: true },
	{ name: "close-guard", fallback: "on", words: ["on", "off"], isLive: true },
	{ name: "display-name", fallback: "", isLive: true },
	{ name: "nonce", fallback: "", isLive: false },
	{ name: "debug", fallback: "off", words: ["on", "off"], isLive: true },
];

export const NAMES: readonly string[] = OPTIONS.map((option) => option.name);

const MOST_HINTS = 20;
const LONGEST_HINT = 200;

export const onDiv = (name: string): string => (name === "to" ? "data-ringdown" : `data-${name}`);

/* The value an attribute comes to: unknown words fall back, once warned. */
export function optionOf(element: Element, name: string, warn: (message: string) => void): string {
	const option = OPTIONS.find((one) => one.name === name);
	const given = element.getAttribute(name);

	if (!option || given === null) return option?.fallback ?? "";
	const { words } = option;
	if (!words || words.includes(given)) return given;
	if (words.includes("on") && (given === "" || given === "true")) return "on";
	if (words.includes("off") && given === "false") return "off";
	warn(`${name}="${given}" is unknown; it may be ${words.join(", ")}`);
	return option.fallback;
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
