/* widget/hours.ts - what the button says while the line is closed.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched only then, with its sentence in every language. */
import { sentenceIn } from "./everywhere.js";
import { fill } from "./language.js";
import { put } from "./parts.js";

const WEEK_MS = 6.5 * 86_400_000; /* beyond, the name of a day says nothing */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LATE_MS = 1000;
const SPREAD_MS = 4000; /* not all callers at once */

function timeOf(at: number, locale: string): string {
	return new Intl.DateTimeFormat(locale, {
		...(at - Date.now() < WEEK_MS
			? { weekday: "short" }
			: { month: "short", day: "numeric" }),
		hour: "numeric",
		minute: "2-digit",
	}).format(at);
}

put("hours", {
	closed(known, again) {
		const at = Date.parse(known.opensAt ?? "");
		const ms = at - Date.now();

		if (ms > 0 && ms < LONGEST_TIMER_MS)
			setTimeout(again, ms + LATE_MS + SPREAD_MS * Math.random());
		return (locale, strings) => {
			const text = sentenceIn(locale, "launcher.closed", strings);

			return Number.isNaN(at)
				? (text.split(" \u00b7 ")[0] ?? "")
				: fill(text, { time: timeOf(at, locale) });
		};
	},
});
