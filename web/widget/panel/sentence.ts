/* widget/panel/sentence.ts - a sentence with its words, numbers and plurals.
 * SPDX-License-Identifier: Apache-2.0 */
import type { StringKey } from "../../core/catalogue.js";
import { fill, find } from "../language.js";
import type { Strings, Text, Words } from "../types.js";

/* The number among the words decides; there is at most one. */
function oneText(text: Text, words: Words, locale: string): string {
	if (typeof text === "string") return text;
	if ("length" in text) return text.join(" ");
	const count = Number(Object.values(words).find((word) => typeof word === "number") ?? 0);

	return text[new Intl.PluralRules(locale).select(count)] ?? text.other ?? "";
}

export function sentence(
	key: StringKey,
	from: readonly Strings[],
	locale: string,
	words: Words = {},
): string {
	/* What is put in keeps its own direction: a phone number in Arabic. */
	const [open, close] = find("dir", from) === "rtl" ? ["\u2068", "\u2069"] : ["", ""];
	const said = Object.entries(words).map(([name, word]) => [
		name,
		typeof word === "number"
			? new Intl.NumberFormat(locale).format(word)
			: `${open}${word}${close}`,
	]);

	return fill(oneText(find(key, from), words, locale), Object.fromEntries(said));
}

export function list(key: StringKey, from: readonly Strings[]): readonly string[] {
	const text = find(key, from);

	return typeof text === "string" ? [text] : "length" in text ? text : [];
}
