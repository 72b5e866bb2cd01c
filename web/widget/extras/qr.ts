/* widget/extras/qr.ts - draws the squares that a server worked out.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One row of 0 and 1 to a line.  An image would need a place in the page's
 * policy; a path does not. */
const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; /* modules of white around it, ISO/IEC 18004 */

export function qrOf(rows: string): SVGSVGElement {
	const lines = rows.split("\n").filter((line) => /^[01]+$/.test(line));
	const size = lines.length + 2 * QUIET;
	const svg = document.createElementNS(SVG, "svg");
	const path = document.createElementNS(SVG, "path");

	svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
	svg.setAttribute("class", "qr");
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute(
		"d",
		lines
			.flatMap((line, y) =>
				[...line].map((one, x) =>
					one === "1" ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "",
				),
			)
			.join(""),
	);
	path.setAttribute("fill", "currentColor");
	svg.appendChild(path);
	return svg;
}
