/* widget/frame.ts - the widget as a page of its own, to be put into a frame.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Its address says what the attributes would; whoever is called by name or
 * proves who calls does not stand in addresses, so the token comes from the
 * page around, by message.  Only that page is spoken with. */
import { add } from "./draw.js";
import { NAMES, NOT_IN_FRAME } from "./options.js";
import type { RingdownElement, RingdownEvents } from "./types.js";

const VERSION = 1;
const CSS = `html{background:transparent}body{margin:0}`;

interface Message {
	readonly ringdown: typeof VERSION;
	readonly type: string;
	readonly id?: number;
	readonly token?: unknown;
}

/* The page around us: named by the browser, not by the address. */
function originAround(): string | null {
	try {
		return location.ancestorOrigins?.[0] ?? new URL(document.referrer).origin;
	} catch {
		return null; /* it keeps its name to itself: nothing is told to it */
	}
}

const around = parent === window ? null : originAround();

function tell(message: Record<string, unknown>): void {
	if (around) parent.postMessage({ ringdown: VERSION, ...message }, around);
}

function draw(): RingdownElement {
	const asked = new URLSearchParams(location.search);
	const element = document.createElement("ringdown-call") as RingdownElement;
	const sheet = new CSSStyleSheet();

	sheet.replaceSync(CSS);
	document.adoptedStyleSheets = [sheet];
	element.setAttribute("variant", "inline");
	for (const [name, value] of asked)
		if (NAMES.includes(name) && !NOT_IN_FRAME.test(name)) element.setAttribute(name, value);
	document.title = asked.get("to") ?? document.title;
	add(document.body, element);
	return element;
}

/* Answers come in any order; each belongs to one question. */
const waiting = new Map<number, (token: string) => void>();
let questions = 0;

addEventListener("message", ({ source, origin, data }: MessageEvent<Partial<Message> | null>) => {
	if (source !== parent || origin !== around || data?.ringdown !== VERSION) return;
	if (data.type !== "token" || typeof data.token !== "string") return;
	waiting.get(data.id ?? 0)?.(data.token);
	waiting.delete(data.id ?? 0);
});

if (around && new URLSearchParams(location.search).get("auth") !== "anonymous")
	window.Ringdown.configure({
		getToken: ({ to, reason }) =>
			new Promise((resolve) => {
				waiting.set(++questions, resolve);
				tell({ type: "token", id: questions, to, reason });
			}),
	});

const EVENTS: readonly (keyof RingdownEvents)[] = [
	"ringdown:ready",
	"ringdown:availability",
	"ringdown:state",
	"ringdown:answered",
	"ringdown:ended",
	"ringdown:failed",
	"ringdown:quality",
];

for (const name of EVENTS)
	addEventListener(name, (event) =>
		tell({ type: "event", name, detail: (event as CustomEvent<unknown>).detail }),
	);

const element = draw();

new ResizeObserver(() =>
	tell({ type: "size", height: Math.ceil(element.getBoundingClientRect().height) }),
).observe(element);
