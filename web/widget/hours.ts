/* widget/hours.ts - what the button says while the line is closed, and "Call me" beside it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched only then, or where callback="always" meets a server that calls
 * back; with its sentences in every language.  Parts: launcher-callback. */
import { add, make, setText } from "./draw.js";
import { sentenceIn } from "./everywhere.js";
import { fill } from "./language.js";
import { put } from "./parts.js";
import type { HoursPart, InnerStart, RingdownElement } from "./types.js";

const WEEK_MS = 6.5 * 86_400_000; /* beyond, the name of a day says nothing */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LATE_MS = 1000;
const REASK_MS = 60_000; /* closed until nobody knows when */
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

const drawn = new WeakMap<Element, HTMLButtonElement>();

/* As the button is, in whichever tree and with whichever classes, but not as
 * loud; there while the button is. */
function callMe(element: RingdownElement, launcher: HTMLElement): HTMLButtonElement {
	const button = make("button", {
		type: "button",
		class: launcher.className.replace("btn-primary", "btn-outline-primary"),
		part: "launcher-callback",
	});

	for (const [name, value] of [
		["background", "none"],
		["color", "inherit"],
		["border-color", "currentColor"],
		["margin-top", "4px"],
	] as const)
		button.style.setProperty(name, value);
	button.addEventListener("click", () => {
		/* Told in the panel, and to the page. */
		element.start({ isCallback: true } as InnerStart).catch(() => undefined);
	});
	if (launcher.parentNode) add(launcher.parentNode, button);
	return button;
}

function offer(
	known: Parameters<HoursPart["closed"]>[0],
	element: Parameters<HoursPart["closed"]>[2],
	launcher: HTMLElement,
	text: string,
): void {
	const isOffered =
		known.callback &&
		element.option("callback") === "always" &&
		element.option("variant") === "inline";
	let button = drawn.get(launcher);

	if (isOffered && !button) {
		const fresh = callMe(element, launcher);
		const follow = (): void => {
			fresh.hidden = launcher.hidden || fresh.dataset["off"] === "";
		};
		new MutationObserver(follow).observe(launcher, { attributeFilter: ["hidden"] });
		drawn.set(launcher, (button = fresh));
	}
	if (!button) return;
	if (isOffered) delete button.dataset["off"];
	else button.dataset["off"] = "";
	button.hidden = launcher.hidden || !isOffered;
	setText(button, text);
}

/* One for each button, whoever asked last: the panel may have. */
const timers = new WeakMap<Element, ReturnType<typeof setTimeout>>();

put("hours", {
	closed(known, again, element, launcher) {
		const at = Date.parse(known.opensAt ?? "");
		const dueMs = at - Date.now();
		const waitMs = dueMs > 0 ? dueMs + LATE_MS : REASK_MS;

		clearTimeout(timers.get(element));
		if (!known.open && waitMs < LONGEST_TIMER_MS)
			timers.set(element, setTimeout(again, waitMs + SPREAD_MS * Math.random()));
		return (locale, strings) => {
			const text = sentenceIn(locale, "launcher.closed", strings);
			offer(known, element, launcher, sentenceIn(locale, "launcher.callback", strings));
			if (known.open) return "";

			return Number.isNaN(at)
				? (text.split(" \u00b7 ")[0] ?? "")
				: fill(text, { time: timeOf(at, locale) });
		};
	},
});
