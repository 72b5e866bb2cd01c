/* react/calls.ts - what the page's calls are like, for components to watch.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call belongs to the page.  An element whose component goes while its call
 * is on stays at the end of the page, unseen; so does one that was made
 * without a component.  The next component for the same destination shows it
 * again. */
import { TAG } from "../element/load.js";
import type {
	Availability,
	RingdownCall,
	RingdownElement,
	RingdownEvents,
	RingdownState,
} from "../widget/types.js";

export interface CallView {
	readonly state: RingdownState;
	readonly call: RingdownCall | null;
	readonly muted: boolean;
	/** Where the server knows it. */
	readonly queue: NonNullable<RingdownCall["queue"]> | null;
	readonly quality: RingdownCall["quality"]["level"];
	/** After refreshAvailability(). */
	readonly availability: Availability | null;
	/** Why the last call failed; null again when the next begins. */
	readonly error: RingdownEvents["ringdown:failed"] | null;
}

export const IDLE: CallView = {
	state: "idle",
	call: null,
	muted: false,
	queue: null,
	quality: "unknown",
	availability: null,
	error: null,
};

const WATCHED = ["ready", "state", "availability", "queue", "quality", "failed"];

const views = new Map<string, CallView>();
const watchers = new Set<() => void>();
const unseen = new Map<string, RingdownElement>();
const leaving = new Map<string, RingdownElement>();
const early = new WeakMap<Element, Event[]>();
const followed = new WeakSet<RingdownCall>();
let isListening = false;

/* Whatever an element says before its component can listen to it. */
export function takeEarly(element: Element): readonly Event[] {
	const events = early.get(element) ?? [];

	early.delete(element);
	return events;
}

export function listen(): void {
	if (isListening) return;
	isListening = true;
	for (const name of WATCHED) document.addEventListener(`ringdown:${name}`, heard, true);
}

export function watch(changed: () => void): () => void {
	listen();
	watchers.add(changed);
	return () => watchers.delete(changed);
}

export function viewOf(to: string): CallView {
	let view = views.get(to);

	if (!view) {
		const element = elementOf(to);
		view = element ? { ...IDLE, ...factsOf(element) } : IDLE;
		views.set(to, view);
	}
	return view;
}

export function change(to: string, news: Partial<CallView>): void {
	views.set(to, { ...viewOf(to), ...news });
	for (const changed of watchers) changed();
}

const OFF = ["idle", "closed", "ended", "failed", "callback", "callback-done"];

export const isOn = ({ state = "idle" }: RingdownElement): boolean => !OFF.includes(state);

/* The element that has the call, else one that is seen. */
export function elementOf(to: string): RingdownElement | undefined {
	const all = [...document.querySelectorAll<RingdownElement>(TAG)].filter(
		(one) => one.getAttribute("to") === to,
	);

	return all.find(isOn) ?? all.find((one) => one !== unseen.get(to)) ?? all[0];
}

export function hide(element: RingdownElement): void {
	unseen.set(element.getAttribute("to") ?? "", element);
	element.style.display = "none";
	document.body.append(element);
}

export const isUnseen = (element: RingdownElement): boolean =>
	unseen.get(element.getAttribute("to") ?? "") === element;

/* Its component may be going; if only for a moment, it is told to stay. */
export function leave(element: RingdownElement, isGoing: boolean): void {
	const to = element.getAttribute("to") ?? "";

	if (isGoing) leaving.set(to, element);
	else if (leaving.get(to) === element) leaving.delete(to);
}

/* The element of a call that is on and has no component: hidden already, or
 * gone with the component in whose place another one comes just now. */
export function guestOf(to: string): RingdownElement | null {
	const gone = leaving.get(to);
	const one = unseen.get(to) ?? (gone?.isConnected ? undefined : gone);

	return one && isOn(one) ? one : null;
}

export function show(element: RingdownElement, within: Element): void {
	unseen.delete(element.getAttribute("to") ?? "");
	leave(element, false);
	element.style.display = "";
	within.append(element);
}

/* An element is without these until the script defines it. */
const factsOf = ({ state = "idle", call = null }: RingdownElement): Partial<CallView> => ({
	state,
	call: state === "idle" ? null : call,
	muted: call?.muted ?? false,
	queue: call?.queue ?? null,
	quality: call?.quality.level ?? "unknown",
});

function heard(event: Event): void {
	const element = event.target as RingdownElement;
	const name = event.type.slice("ringdown:".length);
	const { detail } = event as CustomEvent;

	if (element.localName !== TAG) return;
	follow(element);
	if (name === "ready" || name === "failed")
		early.set(element, [...(early.get(element) ?? []), event]);
	change(element.getAttribute("to") ?? "", {
		...(name === "ready" ? {} : factsOf(element)),
		...(name === "availability" ? { availability: detail } : {}),
		...(name === "failed" ? { error: detail } : {}),
		...(name === "state" && isNew(detail) ? { error: null } : {}),
	});
}

/* Muted, held, renamed: what is no event of the element. */
function follow(element: RingdownElement): void {
	const { call } = element;

	if (!call || followed.has(call)) return;
	followed.add(call);
	call.addEventListener("change", () => change(call.to, factsOf(element)));
}

const isNew = ({ from, to }: RingdownEvents["ringdown:state"]): boolean =>
	["idle", "ended", "failed"].includes(from) && to !== "failed";
