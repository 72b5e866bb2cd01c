/* core/machine.ts - the states of one call as the caller sees them, as a table.
 * SPDX-License-Identifier: Apache-2.0
 *
 * No DOM, no clock, no network: feed() takes what happened and returns what
 * is to be done; the driver (call.ts) does it. What is not in the table is
 * refused and counted, it neither throws nor "works somehow". */
import { LIMITS_MS, REASONS } from "./catalogue.js";
import type { CallState, EndedBy, Reason } from "./catalogue.js";

/* Where the far side is, in the server's words. */
const FAR_SIDES = [
	"connecting",
	"ringing",
	"queued",
	"in-call",
	"held",
	"transferring",
	"reconnecting",
] as const;
type FarSide = (typeof FAR_SIDES)[number];

const LIVE_STATES: readonly CallState[] = [...FAR_SIDES, "resuming"];

const OWN_EVENTS = [
	"pressed",
	"shut",
	"resume",
	"token_given",
	"consent_asked",
	"consent_given",
	"microphone_given",
	"call_made",
	"media_up",
	"media_lost",
	"hold_on",
	"hold_off",
	"hang_up",
	"over",
	"refused",
	"limit_passed",
	"callback_wanted",
	"callback_accepted",
	"dismissed",
] as const;

/* What a call can be told. server_* is the server's word, media_* ours. */
export type EventName = (typeof OWN_EVENTS)[number] | `server_${FarSide | "ending"}`;

export const EVENTS: readonly EventName[] = [
	...OWN_EVENTS,
	...FAR_SIDES.map((far) => `server_${far}` as const),
	"server_ending",
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
	| "resume_call"
	| "make_call"
	| "join_media"
	| "follow_events"
	| "end_call"
	| "leave" /* media and microphone */
	| "unfollow";

type Media = "joining" | "rejoining" | "up" | "lost";

/* What a live state is made of: the server's word, our media, our own hold. */
export interface Facts {
	readonly far: FarSide;
	readonly media: Media; /* rejoining: of a call that another page began */
	readonly made: boolean;
	readonly holding: boolean;
}

const NOTHING_YET: Facts = {
	far: "connecting",
	media: "joining",
	made: false,
	holding: false,
};

/* "Answered" is shown only when the far side answered and our media is up;
 * media that is not is shown whatever the far side does. */
const SHOWN: Readonly<Partial<Record<Media, CallState>>> = {
	joining: "connecting",
	rejoining: "resuming",
	lost: "reconnecting",
};

/* LIVE: the far side's state, or the one in SHOWN.  OVER: the one that the
 * reason has in the catalogue. */
const LIVE = "LIVE";
const OVER = "OVER";

type Becomes = CallState | typeof LIVE | typeof OVER;

export interface Step {
	readonly in: CallState;
	readonly on: EventName;
	readonly becomes: Becomes;
	readonly does: readonly Action[];
	readonly facts: Partial<Facts>;
}

type Row = readonly [
	state: CallState,
	on: EventName,
	becomes: Becomes,
	does?: readonly Action[],
	facts?: Partial<Facts>,
];

/* A call that is being made or is on: every such state hears the same news.
 * media_lost is told only after media_up: what never came cannot be lost. */
const live = (state: CallState): Row[] => [
	...FAR_SIDES.map((far): Row => [state, `server_${far}`, LIVE, [], { far }]),
	[state, "server_ending", "ending"],
	[state, "media_up", LIVE, [], { media: "up" }],
	[state, "media_lost", LIVE, [], { media: "lost" }],
	[state, "hold_on", LIVE, [], { holding: true }],
	[state, "hold_off", LIVE, [], { holding: false }],
	/* A page that lay in the back/forward cache has dead sockets. */
	[state, "resume", "resuming", ["leave", "unfollow", "resume_call"], { media: "rejoining", made: false }],
	[state, "hang_up", "ending", ["end_call", "leave"]],
	[state, "over", OVER, ["leave", "unfollow"]],
	[state, "refused", "failed", ["end_call", "leave", "unfollow"]],
	[state, "limit_passed", "failed", ["end_call", "leave", "unfollow"]],
];

/* No call: it may be begun, or put away. */
const rest = (state: CallState): Row[] => [
	[state, "pressed", "signing-in", ["ask_token"], NOTHING_YET],
	[state, "dismissed", "idle", [], NOTHING_YET],
];

const over = (state: CallState): Row[] => [
	...rest(state),
	[state, "callback_wanted", "callback", [], NOTHING_YET],
];

const MADE: Partial<Facts> = { made: true };

const ROWS: readonly Row[] = [
	/* in, on, becomes, and does; the facts it changes */
	["idle", "pressed", "signing-in", ["ask_token"]],
	["idle", "refused", "failed"],
	["idle", "shut", "closed"],
	["idle", "resume", "resuming", ["resume_call"], { media: "rejoining" }],
	["idle", "callback_wanted", "callback"],
	...over("closed"),
	...over("ended"),
	...over("failed"),
	...rest("callback"),
	...rest("callback-done"),
	["callback", "callback_accepted", "callback-done"],

	["signing-in", "token_given", "permission", ["ask_microphone"]],
	["signing-in", "consent_asked", "consent"],
	["signing-in", "refused", "failed", ["leave"]],
	["signing-in", "limit_passed", "failed", ["leave"]],
	["signing-in", "hang_up", "idle", ["leave"]],

	/* Nothing hurries a person who reads. */
	["consent", "consent_given", "permission", ["ask_microphone"]],
	["consent", "callback_wanted", "callback"],
	["consent", "refused", "failed", ["leave"]],
	["consent", "hang_up", "idle", ["leave"]],

	["permission", "microphone_given", "connecting", ["make_call"]],
	["permission", "refused", "failed", ["leave"]],
	["permission", "hang_up", "idle", ["leave"]],

	["connecting", "call_made", LIVE, ["follow_events", "join_media"], MADE],
	/* Whoever is called back need not hold the line. */
	["queued", "callback_accepted", "callback-done", ["end_call", "leave", "unfollow"]],
	["resuming", "call_made", LIVE, ["follow_events", "join_media"], MADE],
	/* The call is ours again, and the browser asks for the microphone: nobody
	 * is hurried there. */
	["resuming", "token_given", "permission"],
	["permission", "call_made", "resuming", ["follow_events", "join_media"], MADE],
	...LIVE_STATES.flatMap(live),

	["ending", "over", OVER, ["leave", "unfollow"]],
	["ending", "refused", "ended", ["unfollow"]],
	["ending", "limit_passed", "ended", ["unfollow"]],
	/* A call that was being made while the person hung up must not stay. */
	["ending", "call_made", "ending", ["follow_events", "end_call"], MADE],
];

export const STEPS: readonly Step[] = ROWS.map(([state, on, becomes, does, facts]) => ({
	in: state,
	on,
	becomes,
	does: does ?? [],
	facts: facts ?? {},
}));

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

const FOUND = new Map(STEPS.map((step) => [`${step.in} ${step.on}`, step]));

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
	if (step.becomes === LIVE) {
		const shown = SHOWN[facts.media] ?? facts.far;
		return shown === "in-call" && facts.holding ? "held" : shown;
	}
	if (step.becomes === OVER) return REASONS[reason ?? "internal"].state;
	return step.becomes;
}

export function feed(place: Place, event: Event): Outcome {
	const step = FOUND.get(`${place.state} ${event.on}`);

	if (!step) return { place, does: [], known: false };
	const facts = { ...place.facts, ...step.facts };
	const why = verdict(place, event);
	return {
		place: { state: target(step, facts, why.reason), facts, ...why },
		does: step.does,
		known: true,
	};
}

/* How long this place may last, from when its state began: news that leaves
 * the state as it is does not lengthen the wait. */
export function limitMs({ state, facts }: Place): number | undefined {
	/* The far side may take its time; only our own media is hurried. */
	if (state === "connecting" && facts.media !== "joining") return undefined;
	return LIMITS_MS[state];
}

export const isLive = (state: CallState): boolean => LIVE_STATES.includes(state);

export const isBusy = (state: CallState): boolean =>
	isLive(state) || /^(sign|cons|perm|ending)/.test(state);
