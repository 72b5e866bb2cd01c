/* e2e/help/looks.mjs - what a frame must keep however it is looked at: seen, in place, still, with a focus that shows.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each function gives sentences about what is wrong, or none. */

const LEAST_INK = 8; /* points; the minus sign has 14 by 1, with soft ends */

/* Runs in the page once, before the others. */
export function instruments() {
	const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
	const host = () => document.querySelector("ringdown-call");

	window.looks = {
		CONTROLS: "button, a[href], input, select, summary",
		tree: () => host().shadowRoot ?? host(),
		isSeen: (one) => one.checkVisibility({ checkVisibilityCSS: true }),
		nameOf: (one) =>
			one.getAttribute("aria-label") ??
			(one.innerText.trim() || one.labels?.[0]?.innerText || one.outerHTML.slice(0, 60)),
		rgba(colour) {
			paper.clearRect(0, 0, 1, 1);
			paper.fillStyle = colour;
			paper.fillRect(0, 0, 1, 1);
			return [...paper.getImageData(0, 0, 1, 1).data];
		},
		/* WCAG 2.2, relative luminance and contrast ratio. */
		contrast(one, other) {
			const light = ([r, g, b]) => {
				const [R, G, B] = [r, g, b].map((x) =>
					x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4,
				);
				return 0.2126 * R + 0.7152 * G + 0.0722 * B;
			};
			const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
			return (a + 0.05) / (b + 0.05);
		},
		/* What it stands on, through the shadow roots. */
		ground(one) {
			for (let at = one; at; at = at.parentElement ?? at.getRootNode().host) {
				const colour = this.rgba(getComputedStyle(at).backgroundColor);
				if (colour[3] === 255) return colour;
			}
			return this.rgba("Canvas");
		},
	};
}

/* Where the focus is: a ring of 2 px and 3:1, not cut off, nothing above it
 * (2.4.7, 2.4.11, 2.4.13). */
export const ringOf = (page) =>
	page.evaluate(() => {
		const { looks } = window;
		let at = document.activeElement;

		while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
		if (!at?.matches(looks.CONTROLS)) return [];
		const { outlineStyle, outlineColor, outlineWidth, outlineOffset } = getComputedStyle(at);
		const width = outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
		const ratio = looks.contrast(looks.rgba(outlineColor), looks.ground(at.parentElement));
		const out = width + parseFloat(outlineOffset);
		const box = at.getBoundingClientRect();
		const bad = [
			width < 2 && `a ring of ${width} px`,
			ratio < 3 && `a ring of ${ratio.toFixed(1)}:1`,
		];

		for (let up = at.parentElement; up; up = up.parentElement) {
			if (getComputedStyle(up).overflowX === "visible") continue;
			const { left, right } = up.getBoundingClientRect();
			bad.push((box.left - out < left || box.right + out > right) && "a ring that is cut off");
		}
		const top = at
			.getRootNode()
			.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
		bad.push(top !== at && !at.contains(top) && !top?.contains(at) && `${top?.className} above it`);
		return bad.filter(Boolean).map((one) => `${looks.nameOf(at)} has the focus and ${one}`);
	});

/* With prefers-reduced-motion nothing moves by itself, nor glides. */
export const movesOf = (page) =>
	page.evaluate(() => {
		const tree = window.looks.tree();
		const what = (one, pseudo) => `${one.className.baseVal ?? one.className}${pseudo ?? ""}`;
		const running = tree
			.getAnimations()
			.map(({ effect }) => `${what(effect.target, effect.pseudoElement)} moves`);
		const gliding = [...tree.querySelectorAll("*")]
			.flatMap((one) => [null, "::before", "::after"].map((pseudo) => [one, pseudo]))
			.filter(([one, pseudo]) => {
				const { content, transitionDuration } = getComputedStyle(one, pseudo);
				return (!pseudo || content !== "none") && /[1-9]/.test(transitionDuration);
			})
			.map(([one, pseudo]) => `${what(one, pseudo)} glides`);

		return [...new Set([...running, ...gliding])];
	});

/* Every word is inside what clips it and inside its button, and lies on no
 * other. */
export const cutsOf = (page) =>
	page.evaluate(() => {
		const { looks } = window;
		const walk = document.createTreeWalker(looks.tree(), NodeFilter.SHOW_TEXT);
		const words = [];
		const bad = [];

		while (walk.nextNode()) {
			const { currentNode: node } = walk;
			const at = node.parentElement;
			if (!node.data.trim() || !at || !looks.isSeen(at)) continue;
			if (at.closest("style, option, .unseen, [slot=live]")) continue;
			const range = new Range();
			range.selectNodeContents(node);
			for (const box of range.getClientRects()) words.push({ at, box, says: node.data.slice(0, 30) });
		}
		for (const { at, box, says } of words) {
			if (box.left < -1 || box.right > innerWidth + 1) bad.push(`"${says}" leaves the window`);
			for (let up = at; up; up = up.parentElement) {
				const { overflowX, overflowY } = getComputedStyle(up);
				const isButton = up.matches("button, .button");
				const edge = up.getBoundingClientRect();
				const isWide = box.left < edge.left - 1 || box.right > edge.right + 1;
				const isHigh = box.top < edge.top - 1 || box.bottom > edge.bottom + 1;
				/* What scrolls up and down cuts nothing off. */
				if (
					(isWide && (isButton || overflowX !== "visible")) ||
					(isHigh && (isButton || /hidden|clip/.test(overflowY)))
				)
					bad.push(`"${says}" leaves ${up.className}`);
			}
		}
		for (const [i, one] of words.entries())
			for (const other of words.slice(i + 1)) {
				const [a, b] = [one.box, other.box];
				const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
				const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
				/* Lines overlap a little where they are close. */
				if (one.at !== other.at && across > 1 && down > 4)
					bad.push(`"${one.says}" lies on "${other.says}"`);
			}
		return [...new Set(bad)];
	});

/* Text spacing as WCAG 2.2, 1.4.12 has it, for page and widget. */
export const space = (page, on) =>
	page.evaluate((isOn) => {
		const sheet = Object.assign(new CSSStyleSheet(), { isSpacing: true });

		sheet.replaceSync(`*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}
			p{margin-block-end:2em!important}`);
		/* The widget's parts adopt sheets of their own as they come. */
		for (const tree of [document, window.looks.tree()])
			tree.adoptedStyleSheets = [
				...tree.adoptedStyleSheets.filter((one) => !one.isSpacing),
				...(isOn ? [sheet] : []),
			];
	}, on);

/* In forced colours: each control's words, or its icon, have a colour of the
 * system's, 4.5:1 from what is behind, and can be seen in the picture. */
export async function unseenOf(page) {
	const controls = await page.evaluate(() => {
		const { looks } = window;
		const SYSTEM = `CanvasText LinkText VisitedText ActiveText ButtonText ButtonBorder FieldText
			HighlightText SelectedItemText GrayText`
			.split(/\s+/)
			.map((name) => looks.rgba(name).join());

		return [...looks.tree().querySelectorAll(looks.CONTROLS)].filter(looks.isSeen).map((one) => {
			const look = getComputedStyle(one);
			const { color, borderTopColor, borderTopWidth, borderTopStyle, appearance } = look;
			const hasBorder = borderTopStyle !== "none" && parseFloat(borderTopWidth) >= 1;
			const box = one.getBoundingClientRect();
			const round = Math.min(parseFloat(look.borderTopLeftRadius), box.height / 2);
			/* An empty field has nothing but its border. */
			const edge = hasBorder && !one.matches("input") ? parseFloat(borderTopWidth) + 0.3 * round : 0;
			const isNative = one.matches("input[type=radio], input[type=checkbox]") && appearance !== "none";
			const ofSystem = (colour, least, ground) =>
				SYSTEM.includes(looks.rgba(colour).join()) &&
				looks.contrast(looks.rgba(colour), ground) >= least;
			const inks = [...one.querySelectorAll("svg, span")].map((part) => getComputedStyle(part).color);

			return {
				name: looks.nameOf(one),
				/* Without the border, which is round at the corners. */
				box: { x: box.x + edge, y: box.y + edge, width: box.width - 2 * edge, height: box.height - 2 * edge },
				isKept:
					isNative ||
					(hasBorder && ofSystem(borderTopColor, 3, looks.ground(one.parentElement))) ||
					[color, ...inks].every((ink) => ofSystem(ink, 4.5, looks.ground(one))),
			};
		});
	});
	const picture = (await page.screenshot()).toString("base64");
	const inks = await page.evaluate(
		async ([base64, boxes]) => {
			const { looks } = window;
			const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
			const bitmap = await createImageBitmap(new Blob([bytes]));
			const paper = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", {
				willReadFrequently: true,
			});

			paper.drawImage(bitmap, 0, 0);
			return boxes.map(({ x, y, width, height }) => {
				const [left, top] = [Math.max(0, Math.ceil(x)), Math.max(0, Math.ceil(y))];
				const right = Math.min(bitmap.width, Math.floor(x + width));
				const bottom = Math.min(bitmap.height, Math.floor(y + height));
				/* Scrolled out of the window, or half: the keyboard brings it in. */
				if (right <= left || bottom <= top || y < -1 || y + height > bitmap.height + 1)
					return null;
				const { data } = paper.getImageData(left, top, right - left, bottom - top);
				const counts = new Map();
				for (let i = 0; i < data.length; i += 4) {
					const key = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
					counts.set(key, (counts.get(key) ?? 0) + 1);
				}
				const rgb = (key) => [key >> 16, (key >> 8) & 255, key & 255];
				const [[ground]] = [...counts].sort(([, a], [, b]) => b - a);
				return [...counts]
					.filter(([key]) => looks.contrast(rgb(key), rgb(ground)) >= 4.5)
					.reduce((sum, [, count]) => sum + count, 0);
			});
		},
		[picture, controls.map(({ box }) => box)],
	);

	return controls.flatMap(({ name, isKept }, i) => [
		...(isKept ? [] : [`${name} has neither words nor a border in colours of the system`]),
		...(inks[i] !== null && inks[i] < LEAST_INK ? [`${name} is not to be seen: ${inks[i]} points`] : []),
	]);
}
