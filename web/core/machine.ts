/* core/machine.ts - the states of one call as the caller sees them, as a table.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No DOM, no clock, no network: feed() takes what happened and returns what
 * is to be done; the driver (call.ts) does it. What is not in the table is
 * refused and counted, it neither throws nor "works somehow". */
import { LIMITS_MS, REASONS } from "./catalogue.js";
import type { CallState, EndedBy, Reason } from "./catalogue.js";

/* What a call can be told. server_* is the server's word, media_* ours. */
export type EventName =
	| "pressed"
	| "token_given"
	| "microphone_given"
	| "call_made"
	| "server_connecting"
	| "server_ringing"
	| "server_in_call"
	| "server_held"
	| "server_reconnecting"
	| "server_ending"
	| "media_up"
	| "media_lost"
	| "hang_up"
	| "over"
	| "refused"
	| "limit_passed"
	| "dismissed";

export const EVENTS: readonly EventName[] = [
	"pressed", "token_given", "microphone_given", "call_made",
	"server_connecting", "server_ringing", "server_in_call", "server_held",
	"server_reconnecting", "server_ending", "media_up", "media_lost",
	"hang_up", "over", "refused", "limit_passed", "dismissed",
];

/* over and refused carry why; over also who. */
export interface Event {
	readonly on: EventName;
	readonly reason?: Reason;
	readonly by?: EndedBy;
}

/* What the driver is asked to do, in this order. */
export type Action =
	| "ask_token"
	| "ask_microphone"
	| "make_call"
	| "join_media"
	| "follow_events"
	| "end_call"
	| "leave" /* media and microphone */
	| "unfollow";

type FarSide = "connecting" | "ringing" | "in-call" | "held" | "reconnecting";
type Media = "joining" | "up" | "lost";

/* The two facts a live state is made of: the server's word and our media. */
export interface Facts {
	readonly far: FarSide;
	readonly media: Media;
	readonly made: boolean;
}

const NOTHING_YET: Facts = { far: "connecting", media: "joining", made: false };

/* "Answered" is shown only when the far side answered and our media is up;
 * lost media is shown whatever the far side does. */
const SHOWN: Readonly<Record<Media, Readonly<Record<FarSide, CallState>>>> = {
	joining: {
		connecting: "connecting", ringing: "connecting", "in-call": "connecting",
		held: "connecting", reconnecting: "connecting",
	},
	up: {
		connecting: "connecting", ringing: "ringing", "in-call": "in-call",
		held: "held", reconnecting: "reconnecting",
	},
	lost: {
		connecting: "reconnecting", ringing: "reconnecting", "in-call": "reconnecting",
		held: "reconnecting", reconnecting: "reconnecting",
	},
};

/* LIVE: look the state up in SHOWN.  OVER: the state that the reason has in
 * the catalogue. */
const LIVE = "LIVE";
const OVER = "OVER";

export interface Step {
	readonly in: CallState;
	readonly on: EventName;
	readonly becomes: CallState | typeof LIVE | typeof OVER;
	readonly facts?: Partial<Facts>;
	readonly does?: readonly Action[];
}

const NEWS: ReadonlyArray<readonly [EventName, Partial<Facts>]> = [
	["server_connecting", { far: "connecting" }],
	["server_ringing", { far: "ringing" }],
	["server_in_call", { far: "in-call" }],
	["server_held", { far: "held" }],
	["server_reconnecting", { far: "reconnecting" }],
	["media_up", { media: "up" }],
	/* Told only after media_up: media that never came cannot be lost. */
	["media_lost", { media: "lost" }],
];

/* A call that is being made or is on: every such state hears the same news. */
function live(state: CallState): Step[] {
	return [
		...NEWS.map(([on, facts]): Step => ({ in: state, on, becomes: LIVE, facts })),
		{ in: state, on: "server_ending", becomes: "ending" },
		{ in: state, on: "hang_up", becomes: "ending", does: ["end_call", "leave"] },
		{ in: state, on: "over", becomes: OVER, does: ["leave", "unfollow"] },
		{ in: state, on: "refused", becomes: "failed", does: ["end_call", "leave", "unfollow"] },
	];
}

export const STEPS: readonly Step[] = [
	/* in               on                  becomes        and does */
	{ in: "idle", on: "pressed", becomes: "signing-in", does: ["ask_token"] },
	{ in: "ended", on: "pressed", becomes: "signing-in", facts: NOTHING_YET, does: ["ask_token"] },
	{ in: "failed", on: "pressed", becomes: "signing-in", facts: NOTHING_YET, does: ["ask_token"] },
	{ in: "idle", on: "refused", becomes: "failed" },
	{ in: "ended", on: "dismissed", becomes: "idle", facts: NOTHING_YET },
	{ in: "failed", on: "dismissed", becomes: "idle", facts: NOTHING_YET },

	{ in: "signing-in", on: "token_given", becomes: "permission", does: ["ask_microphone"] },
	{ in: "signing-in", on: "refused", becomes: "failed", does: ["leave"] },
	{ in: "signing-in", on: "limit_passed", becomes: "failed", does: ["leave"] },
	{ in: "signing-in", on: "hang_up", becomes: "idle", does: ["leave"] },

	{ in: "permission", on: "microphone_given", becomes: "connecting", does: ["make_call"] },
	{ in: "permission", on: "refused", becomes: "failed", does: ["leave"] },
	{ in: "permission", on: "hang_up", becomes: "idle", does: ["leave"] },

	{
		in: "connecting", on: "call_made", becomes: LIVE,
		facts: { made: true }, does: ["follow_events", "join_media"],
	},
	...live("connecting"),
	...live("ringing"),
	...live("in-call"),
	...live("held"),
	...live("reconnecting"),
	{ in: "connecting", on: "limit_passed", becomes: "failed", does: ["end_call", "leave", "unfollow"] },
	{ in: "reconnecting", on: "limit_passed", becomes: "failed", does: ["end_call", "leave", "unfollow"] },

	{ in: "ending", on: "over", becomes: OVER, does: ["leave", "unfollow"] },
	{ in: "ending", on: "refused", becomes: "ended", does: ["unfollow"] },
	{ in: "ending", on: "limit_passed", becomes: "ended", does: ["unfollow"] },
	/* A call that was being made while the person hung up must not stay. */
	{ in: "ending", on: "call_made", becomes: "ending", facts: { made: true }, does: ["follow_events", "end_call"] },
];

/* One call's place in the table. */
export interface Place {
	readonly state: CallState;
	readonly facts: Facts;
	readonly reason?: Reason;
	readonly by?: EndedBy;
}

export interface Outcome {
	readonly place: Place;
	readonly does: readonly Action[];
	readonly known: boolean; /* false: no such row, nothing changed */
}

export const START: Place = { state: "idle", facts: NOTHING_YET };

const ROWS = new Map(STEPS.map((step) => [`${step.in} ${step.on}`, step]));

/* Why a limit passed: what was being waited for did not come. */
function limitReason(place: Place): Reason {
	switch (place.state) {
	case "signing-in":
		return "auth_timeout";
	case "connecting":
		return place.facts.made ? "network_blocked" : "server_unreachable";
	case "ending":
		return "ended_by_caller";
	default:
		return "network_lost";
	}
}

function verdict(place: Place, event: Event): Pick<Place, "reason" | "by"> {
	if (event.on === "limit_passed")
		return {
			reason: limitReason(place),
			by: place.state === "ending" ? "caller" : "system",
		};
	if (place.state === "ending" && event.on === "refused")
		return { reason: "ended_by_caller", by: "caller" };
	if (event.on === "over" || event.on === "refused")
		return { reason: event.reason ?? "internal", by: event.by ?? "system" };
	return {};
}

function target(step: Step, facts: Facts, reason: Reason | undefined): CallState {
	if (step.becomes === LIVE)
		return SHOWN[facts.media][facts.far];
	if (step.becomes === OVER)
		return REASONS[reason ?? "internal"].state;
	return step.becomes;
}

export function feed(place: Place, event: Event): Outcome {
	const step = ROWS.get(`${place.state} ${event.on}`);

	if (!step)
		return { place, does: [], known: false };
	const facts = { ...place.facts, ...step.facts };
	const why = verdict(place, event);
	return {
		place: { state: target(step, facts, why.reason), facts, ...why },
		does: step.does ?? [],
		known: true,
	};
}

/* The time this place may last, with a key that says when it began anew:
 * news that leaves the key as it is does not lengthen the wait. */
export function limit(place: Place): { key: string; ms: number } | null {
	const { state, facts } = place;
	const ms = LIMITS_MS[state];

	if (ms === undefined)
		return null;
	/* The far side may take its time; only our own media is hurried. */
	if (state === "connecting" && facts.media !== "joining")
		return null;
	return { key: state, ms };
}

export const isLive = (state: CallState): boolean =>
	state === "connecting" || state === "ringing" || state === "in-call" ||
	state === "held" || state === "reconnecting";

export const isBusy = (state: CallState): boolean =>
	isLive(state) || state === "signing-in" || state === "permission" || state === "ending";
