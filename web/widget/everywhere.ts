/* widget/everywhere.ts - the sentences that only one part has, in every language.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Language, StringKey } from "../core/catalogue.js";
import { primary } from "./language.js";
import type { Strings } from "./types.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_SENTENCES: Readonly<
	Partial<Record<StringKey, Readonly<Record<Language, string>>>>
>;

/* The site's own words for it go first. */
export function sentenceIn(locale: string, key: StringKey, strings: readonly Strings[]): string {
	const all = RINGDOWN_SENTENCES[key];
	const own = strings.find((one) => one[key])?.[key];
	const ours = Object.entries(all ?? {}).find(([lang]) => primary(lang) === primary(locale));

	return String(own ?? ours?.[1] ?? all?.en ?? key);
}
