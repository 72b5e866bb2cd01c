/* widget/aside.ts - the panel gives way to what has the focus in the page beneath it (WCAG 2.4.11).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched when the focus moves about the page while a panel lies over it.
 * Nothing is moved that hides nothing, so that nobody's pointer misses. */
import { put } from "./parts.js";
import type { RingdownEvents } from "./types.js";

const GAP = 6; /* the ring around what has the focus */

interface Corner {
	readonly isTop: boolean;
	readonly isStart: boolean;
}

/* In whichever tree: a component's host may be as large as the page. */
function focused(): Element | null {
	let one = document.activeElement;

	while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
	return one === document.body ? null : one;
}

function isOver(panel: Element, beneath: Element): boolean {
	const a = panel.getBoundingClientRect();
	const b = beneath.getBoundingClientRect();

	return (
		a.left < b.right + GAP &&
		b.left < a.right + GAP &&
		a.top < b.bottom + GAP &&
		b.top < a.bottom + GAP
	);
}

/* Where the style sheet has it. */
function layHome(dock: HTMLElement): void {
	for (const { style } of [dock, dock.firstElementChild as HTMLElement])
		for (const name of ["inset-block", "inset-inline", "border-radius", "border-width", "padding-top"])
			style.removeProperty(name);
}

/* Above what the style sheet says, !important included. */
function lay(dock: HTMLElement, { isTop, isStart }: Corner, isSheet: boolean): void {
	const edge = isTop ? "top" : "bottom";
	const y = isSheet ? "0px" : `calc(var(--_y) + env(safe-area-inset-${edge},0px))`;
	const set = (name: string, value: string): void => {
		dock.style.setProperty(name, value, "important");
	};

	set("inset-block", isTop ? `${y} auto` : `auto ${y}`);
	if (!isSheet) {
		set("inset-inline", isStart ? "var(--_x) auto" : "auto var(--_x)");
		return;
	}
	/* Round is what does not touch the window's edge. */
	const { style } = dock.firstElementChild as HTMLElement;
	const radius = "calc(var(--_radius) + 8px)";
	style.borderRadius = `0 0 ${radius} ${radius}`;
	style.borderWidth = "0 0 1px";
	style.paddingTop = "env(safe-area-inset-top,0px)";
}

/* A sheet, as wide as the window, is below, and has one edge to go to. */
function corners({ isTop, isStart }: Corner, isSheet: boolean): Corner[] {
	if (isSheet) return [{ isTop: true, isStart }];
	return [
		{ isTop, isStart: !isStart },
		{ isTop: !isTop, isStart },
		{ isTop: !isTop, isStart: !isStart },
	];
}

/* The page's own way, as far as it goes: out from under a sheet. */
function scrollOut(dock: HTMLElement, beneath: Element, isTop: boolean): void {
	const a = dock.getBoundingClientRect();
	const b = beneath.getBoundingClientRect();

	window.scrollBy({
		top: isTop ? b.top - a.bottom - GAP : b.bottom - a.top + GAP,
		behavior: "instant",
	});
}

function giveWay(dock: HTMLElement, beneath: Element, home: Corner): void {
	const isSheet = dock.offsetWidth >= document.documentElement.clientWidth;
	const clears = (isTop: boolean): boolean => {
		if (isSheet && isOver(dock, beneath)) scrollOut(dock, beneath, isTop);
		return !isOver(dock, beneath);
	};

	layHome(dock);
	if (clears(false)) return;
	for (const corner of corners(home, isSheet)) {
		lay(dock, corner, isSheet);
		if (clears(corner.isTop)) return;
	}
	layHome(dock); /* larger than what is free anywhere */
}

/* The next one opens where the site wants it. */
function closed({ currentTarget, newState }: ToggleEvent): void {
	if (newState === "closed") layHome(currentTarget as HTMLElement);
}

put("aside", {
	look(dock, host) {
		/* The browser scrolls to what gets the focus after it has told. */
		requestAnimationFrame(() => {
			const beneath = focused();

			if (!dock.isConnected || !beneath || host.element.contains(beneath)) return;
			if (!isOver(dock, beneath)) return;
			const { width, height } = dock.getBoundingClientRect();
			const event = new CustomEvent<RingdownEvents["ringdown:covered"]>(
				"ringdown:covered",
				{
					bubbles: true,
					composed: true,
					cancelable: true,
					detail: Object.freeze({ width, height }),
				},
			);
			if (!host.element.dispatchEvent(event)) return;
			const position = host.option("position");
			giveWay(dock, beneath, {
				isTop: position.startsWith("top"),
				isStart: position.endsWith("start"),
			});
			dock.addEventListener("toggle", closed as EventListener);
		});
	},
});
