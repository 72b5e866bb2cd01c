/* widget/words.ts - the sentences: English built in, overrides over it.
 * SPDX-License-Identifier: Apache-2.0 */
import type { StringKey } from "../core/catalogue.js";
import type { Strings } from "./types.js";

export type Words = Readonly<Record<string, string | number>>;

/* Put in by tools/build.mjs: what is said before the panel is there. */
declare const RINGDOWN_WORDS: Strings;

let builtIn: Strings = RINGDOWN_WORDS;

/* The panel brings the rest. */
export function learn(strings: Strings): void {
	builtIn = strings;
}

function find(key: StringKey, over: readonly Strings[]): string | readonly string[] {
	for (const strings of over) {
		const value = strings[key];
		if (typeof value === "string" || Array.isArray(value)) return value;
	}
	return builtIn[key] ?? key;
}

export function sentence(key: StringKey, over: readonly Strings[], words: Words = {}): string {
	const value = find(key, over);
	const text = typeof value === "string" ? value : value.join(" ");

	return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
		Object.prototype.hasOwnProperty.call(words, name) ? String(words[name]) : whole,
	);
}

export function list(key: StringKey, over: readonly Strings[]): readonly string[] {
	const value = find(key, over);

	return typeof value === "string" ? [value] : value;
}
