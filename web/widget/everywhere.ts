/* widget/everywhere.ts - one sentence in every language, for a part that has only that.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Language, StringKey } from "../core/catalogue.js";
import { primary } from "./language.js";
import type { Strings } from "./types.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_SENTENCE: Readonly<Record<Language, string>>;

/* The site's own words for it go first. */
export function sentenceIn(locale: string, key: StringKey, strings: readonly Strings[]): string {
	const own = strings.find((one) => one[key])?.[key];
	const ours = Object.entries(RINGDOWN_SENTENCE).find(
		([lang]) => primary(lang) === primary(locale),
	);

	return String(own ?? ours?.[1] ?? RINGDOWN_SENTENCE.en);
}
