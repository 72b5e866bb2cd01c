/* widget/extras/numbers.ts - places, waits and times as people say them.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Queue } from "../../core/api.js";

const WAITS_MIN = [1, 2, 5, 10, 15, 20, 30] as const;
const LONGEST_MIN = 30;

/* A guess is rounded up to a step, and never counted down. */
export function waitOf({ waitSeconds }: Queue): { minutes: number; isMore: boolean } | null {
	if (typeof waitSeconds !== "number" || !(waitSeconds > 0)) return null;
	const minutes = waitSeconds / 60;

	return {
		minutes: WAITS_MIN.find((step) => minutes <= step) ?? LONGEST_MIN,
		isMore: minutes > LONGEST_MIN,
	};
}

/* Nothing where nothing is known. */
export const placeOf = ({ position }: Queue): number | null =>
	typeof position === "number" && position >= 1 ? Math.round(position) : null;

export const minutesText = (minutes: number, locale: string): string =>
	new Intl.NumberFormat(locale, {
		style: "unit",
		unit: "minute",
		unitDisplay: "long",
	}).format(minutes);

const same = (a: string, b: string, at: Date): boolean => {
	const written = (timeZone: string): string =>
		at.toLocaleString("en", { timeZone, dateStyle: "short", timeStyle: "short" });

	return written(a) === written(b);
};

/* "Monday 8:00": in the clock of whoever reads it, with its zone named where
 * the business keeps another.  Beyond a week the day alone says too little. */
export function momentText(
	iso: string,
	zone: string,
	locale: string,
	{ now = new Date(), own = new Intl.DateTimeFormat().resolvedOptions().timeZone } = {},
): string | null {
	const at = new Date(iso);

	if (Number.isNaN(at.getTime())) return null;
	const isFar = at.getTime() - now.getTime() > 6 * 86_400_000;
	const options: Intl.DateTimeFormatOptions = {
		timeZone: own,
		weekday: "long",
		hour: "numeric",
		minute: "2-digit",
		...(isFar ? { day: "numeric", month: "long" } : {}),
	};
	try {
		if (!same(zone, own, at)) options.timeZoneName = "short";
	} catch {
		options.timeZoneName = "short"; /* a zone that this browser does not know */
	}
	return new Intl.DateTimeFormat(locale, options).format(at);
}

/* "14:00 – 15:00", today or with its day. */
export function slotText({ from, to }: { from: string; to: string }, locale: string): string {
	const format = new Intl.DateTimeFormat(locale, {
		weekday: "short",
		hour: "numeric",
		minute: "2-digit",
	});

	return format.formatRange(new Date(from), new Date(to));
}

/* A number as people write it: +49 (0)30 12 34-56.  null: it is none. */
export function phoneOf(typed: string): string | null {
	const bare = typed.replace(/\(0\)/g, "").replace(/[\s().\/-]/g, "").replace(/^00/, "+");

	return /^\+[1-9]\d{6,14}$/.test(bare) ? bare : null;
}

/* "in 2 minutes": the language puts the right case behind its "in". */
export function waitWords(ms: number, locale: string): string {
	const seconds = Math.ceil(ms / 1000);
	const [count, unit]: [number, Intl.RelativeTimeFormatUnit] =
		seconds < 60
			? [Math.max(1, seconds), "second"]
			: seconds < 3600
				? [Math.ceil(seconds / 60), "minute"]
				: [Math.ceil(seconds / 3600), "hour"];

	return new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(count, unit);
}
