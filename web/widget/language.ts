/* widget/language.ts - which language is spoken, and short sentences in it.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Language, StringKey } from "../core/catalogue.js";
import type { Strings, Text } from "./types.js";

export interface Speech {
	readonly lang: Language; /* whose sentences */
	readonly locale: string; /* for Intl and the lang attribute: de-AT has de's sentences */
}

export const ENGLISH: Speech = { lang: "en", locale: "en" };

export const primary = (tag: string): string => (tag.split("-")[0] ?? "").toLowerCase();

function isTag(tag: string): boolean {
	try {
		return Intl.getCanonicalLocales(tag).length > 0;
	} catch {
		return false; /* "auto" is none either */
	}
}

/* The first of the tags that we speak, or that the site has sentences for.
 * Numbers are as the region writes them, unless its words are others. */
export function speechOf(
	tags: readonly string[],
	languages: readonly Language[],
	given: Readonly<Record<string, Strings>> = {},
): Speech {
	for (const tag of tags.filter(isTag)) {
		/* pt has pt-BR's sentences, zh-TW has zh-Hans's: one set to a language. */
		const lang = languages.find((one) => primary(one) === primary(tag));

		if (given[tag] ?? given[primary(tag)]) return { lang: lang ?? "en", locale: tag };
		if (lang) return { lang, locale: tag.startsWith(lang) ? tag : lang };
	}
	return ENGLISH;
}

/* The first that has it. */
export const find = (key: StringKey, from: readonly Strings[]): Text =>
	from.find((strings) => strings[key])?.[key] ?? key;

export const fill = (text: Text, words: Readonly<Record<string, string>>): string =>
	String(text).replace(/\{(\w+)\}/g, (whole, name: string) =>
		Object.hasOwn(words, name) ? (words[name] ?? "") : whole,
	);
