/* build/contrast.ts - whether words can be read on their ground (WCAG 2.2, 1.4.3).
 * SPDX-License-Identifier: Apache-2.0 */
export const ENOUGH = 4.5;

function channels(colour: string): number[] | null {
	const found = /^rgba?\(([\d.]+),? ([\d.]+),? ([\d.]+)(?:[,/ ]+([\d.]+))?\)$/.exec(colour);

	/* What shines through has no colour of its own. */
	if (!found || (found[4] !== undefined && Number(found[4]) < 1)) return null;
	return found.slice(1, 4).map(Number);
}

function luminance(colour: number[]): number {
	const [r = 0, g = 0, b = 0] = colour.map((value) => {
		const part = value / 255;
		return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	});

	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/* 1 to 21, of colours as getComputedStyle() tells them; null: unknown. */
export function contrast(one: string, other: string): number | null {
	const a = channels(one);
	const b = channels(other);
	if (!a || !b) return null;
	const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);

	return (light + 0.05) / (dark + 0.05);
}

/* #rrggbb, as a colour picker wants it; "" if the colour is unknown. */
export function hexOf(colour: string): string {
	const parts = channels(colour);

	return parts
		? `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`
		: "";
}
