/* widget/light.ts - the widget in the page's own tree: shadow="none".
 * SPDX-License-Identifier: Apache-2.0
 *
 * Classes get a prefix that nobody else has, and those of the class map beside
 * it.  Our rules lie in a cascade layer, so that every rule of the page wins. */
export const MARK = "ringdown-";

export type ClassMap = Readonly<Record<string, string>>; /* part: its classes in this page */

/* Once; light-part.ts follows what changes. */
export function dress(root: Element, map: ClassMap): void {
	for (const one of [root, ...root.querySelectorAll("[class]")])
		one.setAttribute(
			"class",
			`${MARK + one.getAttribute("class")} ${map[one.getAttribute("part") ?? ""] ?? ""}`,
		);
}

export const lighten = (css: string): string =>
	`@layer ringdown{${css
		.replace(/\.(?=[a-z])/g, `.${MARK}`)
		.replace(/(:host|::slotted)\((.*?)\)|:host/g, (_, is: string, own = "") =>
			is === "::slotted" ? `ringdown-call>${own}` : `ringdown-call${own}`,
		)}}`;
