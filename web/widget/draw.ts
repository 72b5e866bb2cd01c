/* widget/draw.ts - makes elements and icons without any HTML text.
 * SPDX-License-Identifier: Apache-2.0 */

const SVG = "http://www.w3.org/2000/svg";

export type Attributes = Readonly<Record<string, string | boolean>>;

/* Pages have an Element.append() of their own, some of which take HTML. */
export function add(parent: Node, ...children: (Node | string)[]): void {
	const all = new DocumentFragment();

	all.append(...children);
	parent.appendChild(all);
}

export function make<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	attributes: Attributes = {},
	...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
	add(element, ...children);
	return element;
}

export function setAttribute(element: Element, name: string, value: string | boolean): void {
	if (value === false) element.removeAttribute(name);
	else if (element.getAttribute(name) !== (value === true ? "" : value))
		element.setAttribute(name, value === true ? "" : value);
}

/* Untouched text keeps a reader's place and a live region quiet. */
export function setText(element: Element, text: string): void {
	if (element.textContent !== text) element.textContent = text;
}

/* path: on 24 by 24; colour and size come from the style sheet. */
export function icon(path: string): SVGSVGElement {
	const shape = document.createElementNS(SVG, "path");
	const svg = document.createElementNS(SVG, "svg");

	for (const [name, value] of [
		["viewBox", "0 0 24 24"],
		["aria-hidden", "true"],
		["class", "icon"],
	] as const)
		svg.setAttribute(name, value);
	shape.setAttribute("d", path);
	svg.appendChild(shape);
	return svg;
}

/* The first word of a title. */
export const capital = (name: string, locale: string): string =>
	name.charAt(0).toLocaleUpperCase(locale) + name.slice(1);

export const HANDSET =
	"M4.5 5.7a2 2 0 0 1 2-2.2h3.2l1 4.7-2.3 1.2a12.5 12.5 0 0 0 6.2 6.2l1.2-2.3 4.7 1v3.2a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7Z";
