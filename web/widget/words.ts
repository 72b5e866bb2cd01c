/* widget/words.ts - the sentences that are here: a few from the start, the rest when learned.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Language } from "../core/catalogue.js";
import type { Strings } from "./types.js";

/* Put in by tools/build.mjs: what is said before the panel is there. */
declare const RINGDOWN_WORDS: Record<Language, Strings>;

export const WORDS = RINGDOWN_WORDS;

/* Not only the few. */
export const isWhole = (lang: Language): boolean => "lang" in WORDS[lang];
