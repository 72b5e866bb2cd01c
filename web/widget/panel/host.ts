/* widget/panel/host.ts - the element as the panel sees it.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Door, Host, Phone } from "../types.js";
import { list, sentence } from "./sentence.js";

const MOST_HINTS = 20;
const LONGEST_HINT = 200;

/* The div around the element, or the element itself. */
const outerOf = (element: Element): Element => element.closest("[data-ringdown]") ?? element;

/* Unverified context as it stands now: hint-topic="refund" and its like. */
function hintsOf(element: Element): Record<string, string> {
	const hints: Record<string, string> = {};

	for (const one of new Set([element, outerOf(element)]))
		for (const { name, value } of one.attributes) {
			const key = /^(?:data-)?hint-(.+)/.exec(name)?.[1];
			if (key && Object.keys(hints).length < MOST_HINTS)
				hints[key] = value.slice(0, LONGEST_HINT);
		}
	return hints;
}

function phoneOf(element: Element): Phone | null {
	const link = outerOf(element).querySelector<HTMLAnchorElement>("a[href^='tel:']");
	const written = /\+?\d[\d ().-]{3,}\d/.exec(link?.textContent ?? "");

	return link && { href: link.href, label: written?.[0] ?? link.href.slice(4) };
}

export function hostOf(door: Door): Host {
	return Object.assign(Object.create(door) as Door, {
		text: (key, words) => sentence(key, door.strings(), door.locale, words),
		steps: (key) => list(key, door.strings()),
		phone: () => phoneOf(door.element),
		hints: () => hintsOf(door.element),
	} satisfies Omit<Host, keyof Door>);
}
