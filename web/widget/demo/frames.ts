/* widget/demo/frames.ts - every frame of the storyboard, and how it comes about.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The one list: demo-state="NAME" shows a frame at once and holds it still;
 * the pages and pictures of the storyboard go through FRAMES.  Values only. */
import type { Availability, Peer, Queue, StateNews } from "../../core/api.js";
import type { CallState, Reason, StringKey } from "../../core/catalogue.js";
import { REASONS } from "../../core/catalogue.js";

/* As the server's stream of events has it. */
export interface News extends StateNews {
	readonly queue?: Queue;
	readonly peer?: Peer;
	readonly recorded?: boolean;
}

/* What the person has done in the panel by then. */
export type Deed =
	| ("mute" | "hold" | "pad" | "secure" | "fold" | "callback" | "move")
	| ("bad" | "offer" | "report"); /* of a call that is over */

export interface Frame {
	readonly name: string; /* the value of demo-state */
	readonly at: string; /* where the storyboard has it: S0 to S17 */
	readonly state: CallState; /* data-state of the element */
	readonly say: string; /* what is to be seen, in a few words */
	readonly reason?: Reason;
	/* How far it goes: what never comes holds it. */
	readonly waits?: "token" | "consent" | "microphone" | "media" | "end" | "resume";
	readonly news?: readonly News[]; /* of the server, in turn */
	readonly media?: "lost" | "sound_blocked";
	readonly does?: readonly Deed[];
	readonly known?: Partial<Availability>;
	readonly maxSeconds?: number;
	readonly notice?: StringKey; /* what another part says below the time */
	readonly level?: "good" | "fair" | "poor"; /* of the connection */
}

export const CONSENT = {
	version: "demo-1",
	text: "This call may be recorded, to train the people who answer.",
};
export const CALLBACK = {
	number: "+1 ••• ••• 0123",
	slots: [
		{ from: "2026-03-02T14:00:00Z", to: "2026-03-02T15:00:00Z" },
		{ from: "2026-03-02T16:00:00Z", to: "2026-03-02T17:00:00Z" },
	],
};
const PEER = { name: "Ana", codeWord: "maple" };
const TALKING: News = { state: "in-call", seconds: 252, peer: PEER, recorded: true };
const LATER = { open: false, opensAt: "2026-03-02T08:00:00Z", zone: "Europe/Madrid" };

const talk = (frame: Omit<Frame, "state"> & Partial<Pick<Frame, "state">>): Frame => ({
	state: "in-call",
	news: [TALKING],
	...frame,
});

/* A call that failed for a reason, or ended for one. */
function over(reason: Reason): Frame {
	const { state } = REASONS[reason];
	const isTalk = state === "ended" || ["network_lost", "server_lost"].includes(reason);
	const [name, at] =
		reason === "ended_by_caller"
			? ["ended", "S12"]
			: [`${state}:${reason}`, state === "ended" ? "S12" : "S13"];

	return {
		name,
		at: reason === "network_lost" ? "S14" : reason === "elsewhere" ? "S15" : at,
		state,
		reason,
		say: `the call ${state === "ended" ? "ended" : "failed"}: ${reason}`,
		known: reason === "closed" ? { ...LATER, callback: CALLBACK } : { callback: CALLBACK },
		...(isTalk && {
			news: [TALKING, { state: "ended", reason, by: "system", seconds: 391 }],
		}),
	};
}

/* Those that no call is over for: they are told during one, or to programs. */
const NEVER: readonly Reason[] = [
	"audio_blocked",
	"interrupted",
	"transfer_failed",
	"bad_request",
	"method_not_allowed",
	"wrong_state",
	"too_large",
	"unsupported_media_type",
];

export const FRAMES: readonly Frame[] = [
	{
		name: "idle",
		at: "S0",
		state: "idle",
		say: "the button, or the card of variant inline",
		known: { callback: CALLBACK },
	},
	{
		name: "closed",
		at: "S1",
		state: "closed",
		say: "nobody answers now; when somebody will",
		known: { ...LATER, callback: CALLBACK },
	},
	{ name: "signing-in", at: "S2", state: "signing-in", say: "the token is asked for", waits: "token" },
	{
		name: "consent",
		at: "S3",
		state: "consent",
		say: "may the call be recorded",
		waits: "consent",
		known: { consent: CONSENT },
	},
	{
		name: "permission",
		at: "S4",
		state: "permission",
		say: "the browser asks for the microphone",
		waits: "microphone",
	},
	{ name: "connecting", at: "S5", state: "connecting", say: "joining", waits: "media" },
	{ name: "ringing", at: "S6", state: "ringing", say: "the far side rings", news: [{ state: "ringing" }] },
	{
		name: "queued",
		at: "S7",
		state: "queued",
		say: "in line, with place and usual wait",
		news: [{ state: "queued", queue: { position: 3, waitSeconds: 290 } }],
		known: { callback: CALLBACK },
	},
	{
		name: "queued-unknown",
		at: "S7",
		state: "queued",
		say: "in line, nothing known of it",
		news: [{ state: "queued" }],
	},
	talk({ name: "in-call", at: "S8", say: "talking; who answered, and the code word", level: "good" }),
	talk({ name: "in-call-plain", at: "S8", say: "talking, nothing more known", news: [{ state: "in-call", seconds: 252 }] }),
	talk({ name: "muted", at: "S8", say: "the microphone is off", does: ["mute"] }),
	talk({
		name: "muted-speech",
		at: "S8",
		say: "speaking while muted",
		does: ["mute"],
		notice: "care.muted_speech",
	}),
	talk({ name: "fair", at: "S8", say: "a connection that is not at its best", level: "fair" }),
	talk({ name: "weak", at: "S8", say: "a weak connection", level: "poor", notice: "quality.weak" }),
	talk({ name: "sound-blocked", at: "S8", say: "the browser holds back the sound", media: "sound_blocked" }),
	talk({ name: "last-minute", at: "S8", say: "the time limit is near", maxSeconds: 300 }),
	talk({ name: "minimised", at: "S8", say: "the pill", does: ["fold"] }),
	talk({ name: "held", at: "S8", state: "held", say: "held by the far side", news: [TALKING, { state: "held" }] }),
	talk({ name: "holding", at: "S8", state: "held", say: "held by the caller", does: ["hold"] }),
	talk({
		name: "transferring",
		at: "S8",
		state: "transferring",
		say: "passed on to somebody else",
		news: [TALKING, { state: "transferring" }],
	}),
	talk({ name: "keypad", at: "S9", say: "twelve keys", does: ["pad"] }),
	talk({ name: "keypad-secure", at: "S9", say: "digits that are not shown", does: ["pad", "secure"] }),
	talk({
		name: "reconnecting",
		at: "S10",
		state: "reconnecting",
		say: "the connection was lost and may come back",
		media: "lost",
	}),
	{ name: "resuming", at: "S11", state: "resuming", say: "back after a reload", waits: "resume" },
	talk({ name: "ending", at: "S12", state: "ending", say: "hang-up was pressed", waits: "end" }),
	over("ended_by_caller"),
	over("ended_by_advisor"),
	over("ended_by_system"),
	over("limit_time"),
	over("moved"),
	{
		...over("ended_by_advisor"),
		name: "ended-report",
		say: "the sound was bad, on a site that takes reports",
		does: ["offer", "bad"],
	},
	...(Object.keys(REASONS) as Reason[])
		.filter((reason) => REASONS[reason].state === "failed" && !NEVER.includes(reason))
		.map(over),
	{
		...over("network_lost"),
		name: "failed-report",
		say: "the call failed, on a site that takes reports",
		does: ["offer"],
	},
	{
		...over("network_lost"),
		name: "report",
		say: "what a report holds, before it is sent",
		does: ["offer", "report"],
	},
	{
		name: "callback",
		at: "S16",
		state: "callback",
		say: "the form: when, and where",
		does: ["callback"],
		known: { callback: CALLBACK },
	},
	{
		name: "callback-typed",
		at: "S16",
		state: "callback",
		say: "the form where no number is known",
		does: ["callback"],
		known: { callback: {} },
	},
	{
		name: "queued-callback",
		at: "S16",
		state: "queued",
		say: "the form of somebody in line",
		news: [{ state: "queued", queue: { position: 3 } }],
		does: ["callback"],
		known: { callback: CALLBACK },
	},
	{
		name: "callback-done",
		at: "S16",
		state: "callback-done",
		say: "the receipt",
		known: { callback: CALLBACK },
	},
	talk({ name: "move", at: "S17", say: "the call to the caller's own phone", does: ["move"] }),
];

/* "failed" and "ended" alone are good names too. */
export const frameOf = (name: string): Frame | undefined =>
	FRAMES.find((frame) => frame.name === name) ??
	FRAMES.find((frame) => frame.state === name);
