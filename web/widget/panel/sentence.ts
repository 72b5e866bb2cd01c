/* widget/panel/sentence.ts - a sentence with its words, numbers and plurals.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Language, StringKey } from "../../core/catalogue.js";
import { fill, find } from "../language.js";
import type { PageServices, Strings, Text, Words } from "../types.js";

const PATIENCE_MS = 2000;

/* The sentences that few calls need, by language, as they were fetched. */
const more = new Map<Text, Strings>();

const isKnown = (key: StringKey, from: readonly Strings[]): boolean => find(key, from) !== key;

/* Once one was needed, the others are needed in every language that follows. */
export const needsMore = (key: StringKey, text: string, lang: string): boolean =>
	(text === key || more.size > 0) && !more.has(lang);

/* Never fails, never waits for long: without them a call still goes on. */
export async function learnMore(page: PageServices, lang: Language): Promise<void> {
	const late = new Promise<Strings>((resolve) => setTimeout(resolve, PATIENCE_MS, {}));

	try {
		more.set(lang, await Promise.race([page.part(`more-${lang}`), late]));
	} catch {
		more.set(lang, {});
	}
}

/* What could not be fetched is said by what is always here. */
function look(key: StringKey, from: readonly Strings[]): Text {
	const all = [...from, more.get(find("lang", from)) ?? {}, more.get("en") ?? {}];

	if (more.size === 0 || isKnown(key, all)) return find(key, all);
	return find(
		key
			.replace(/^reason\.\w+/, "reason.internal")
			.replace(/^state\.[\w-]+/, "state.connecting") as StringKey,
		all,
	);
}

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

	return fill(oneText(look(key, from), words, locale), Object.fromEntries(said));
}

export function list(key: StringKey, from: readonly Strings[]): readonly string[] {
	const text = look(key, from);

	return typeof text === "string" ? [text] : "length" in text ? text : [];
}
