/* widget/options.ts - the attributes, in one table.
 * SPDX-License-Identifier: Apache-2.0
 *
 * <ringdown-call> has them by their name, a div with "data-" before it; `to`
 * is data-ringdown there.  What each is for stands in options.about.ts. */

export interface Option {
	readonly name: string;
	readonly words: readonly string[] | undefined; /* the only values there are, the default first */
	readonly isFixed: boolean; /* read once; the others take effect at once when they change */
}

type Row = readonly [name: string, words?: string | undefined, isFixed?: 1];

/* "0-1" stands for every number from 0 to 1. */
const ROWS: readonly Row[] = [
	["to"],
	["api", , 1],
	["token-url"],
	["token"],
	["auth", "required anonymous", 1],
	["variant", "button inline floating bar"],
	["position", "bottom-end bottom-start top-end top-start"],
	["size", "md sm lg"],
	["theme", "auto light dark none"],
	["shadow", "open none", 1],
	["class-map", , 1],
	["trigger"],
	["label"],
	["lang"],
	["strings"],
	["hours", "show hide-closed off"],
	["queue", "auto position wait off"],
	["callback", "auto always off"],
	["consent", "auto always", 1],
	["keypad", "auto always off"],
	["rating", "on off"],
	["devices", "auto off"],
	["sounds", "on off 0-1"],
	["resume", "on off", 1],
	["close-guard", "on off"],
	["preflight", "auto full off"],
	["page-context", "off basic", 1],
	["display-name"],
	["provider", "auto demo", 1],
	["demo-state"],
	["nonce", , 1],
	["debug", "off on"],
];

export const OPTIONS: readonly Option[] = ROWS.map(([name, words, isFixed]) => ({
	name,
	words: words?.split(" "),
	isFixed: !!isFixed,
}));

export const NAMES: readonly string[] = OPTIONS.map((option) => option.name);

export const onDiv = (name: string): string => (name === "to" ? "data-ringdown" : `data-${name}`);

/* The value that is given comes to: unknown words fall back, and warn once. */
export function valueOf(
	{ name, words }: Option,
	given: string | null,
	warn: (message: string) => void,
): string {
	const first = words?.[0];

	if (!first) return given ?? "";
	if (given === null || words.includes(given)) return given ?? first;
	/* A boolean: there is true, and "false" is false. */
	if (/^(true)?$/.test(given)) return words.includes("on") ? "on" : first;
	if (given === "false" && words.includes("off")) return "off";
	if (words.includes("0-1") && Number(given) >= 0 && Number(given) <= 1) return given;
	warn(`${name}="${given}" is not one of: ${words.join(", ")}`);
	return first;
}

/* No business of whoever wrote the address of a frame. */
export const NOT_IN_FRAME =
	/^(api|token|token-url|trigger|shadow|class-map|strings|nonce|display-name|page-context)$/;
