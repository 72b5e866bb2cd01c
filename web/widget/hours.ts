/* widget/hours.ts - what the button says while the line is closed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched only then, with its sentence in every language. */
import type { Language, StringKey } from "../core/catalogue.js";
import { fill, primary } from "./language.js";
import { put } from "./parts.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_CLOSED: Readonly<Record<Language, string>>;

const KEY: StringKey = "launcher.closed";
const WEEK_MS = 6.5 * 86_400_000; /* beyond, the name of a day says nothing */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function timeOf(at: number, locale: string): string {
	return new Intl.DateTimeFormat(locale, {
		...(at - Date.now() < WEEK_MS
			? { weekday: "short" }
			: { month: "short", day: "numeric" }),
		hour: "numeric",
		minute: "2-digit",
	}).format(at);
}

const sentenceOf = (locale: string): string =>
	Object.entries(RINGDOWN_CLOSED).find(([lang]) => primary(lang) === primary(locale))?.[1] ??
	RINGDOWN_CLOSED.en;

put("hours", {
	closed(known, again) {
		const at = Date.parse(known.opensAt ?? "");
		const ms = at - Date.now();

		/* A little late, and not all callers at once. */
		if (ms > 0 && ms < LONGEST_TIMER_MS)
			setTimeout(again, ms + 1000 + 4000 * Math.random());
		return (locale, strings) => {
			const own = strings.find((one) => one[KEY])?.[KEY];
			const text = String(own ?? sentenceOf(locale));

			return Number.isNaN(at)
				? (text.split(" \u00b7 ")[0] ?? "")
				: fill(text, { time: timeOf(at, locale) });
		};
	},
});
