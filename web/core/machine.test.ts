/* core/machine.test.ts - every state with every event, against contracts/.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { REASONS } from "./catalogue.js";
import type { CallState, Reason } from "./catalogue.js";
import { EVENTS, feed, isBusy, isLive, limitMs, START, STEPS } from "./machine.js";
import type { EventName, Facts, Place } from "./machine.js";

const contract = JSON.parse(
	readFileSync(`${process.env["RINGDOWN_WEB"] ?? "."}/../contracts/call-states.json`, "utf8"),
) as {
	clientMoves: Record<CallState, CallState[]>;
	states: { name: CallState; where: string[]; terminal: boolean; limitMs?: number }[];
};

const STATES = Object.keys(contract.clientMoves) as CallState[];
const FAR: Facts["far"][] = [
	"connecting",
	"ringing",
	"queued",
	"in-call",
	"held",
	"transferring",
	"reconnecting",
];
const MEDIA: Facts["media"][] = ["joining", "rejoining", "up", "lost"];
/* Media comes back only while a call is resumed. */
const factsIn = (state: CallState): readonly Facts[] =>
	FAR.flatMap((far) =>
		MEDIA.filter((media) => (media === "rejoining") === (state === "resuming")).flatMap(
			(media) =>
				[true, false].map((holding) => ({ far, media, made: true, holding })),
		),
	);

function run(from: Place, ...events: EventName[]): Place {
	return events.reduce((place, on) => feed(place, { on }).place, from);
}

const TALKING: EventName[] = [
	"pressed",
	"token_given",
	"microphone_given",
	"call_made",
	"media_up",
	"server_in-call",
];

test("every state and every event either is in the table or changes nothing", () => {
	let known = 0;
	let refused = 0;

	for (const state of STATES)
		for (const on of EVENTS)
			for (const facts of factsIn(state)) {
				const place: Place = { state, facts };
				const outcome = feed(place, { on, reason: "busy", by: "system" });
				if (!outcome.known) {
					refused++;
					assert.equal(outcome.place, place);
					assert.deepEqual(outcome.does, []);
					continue;
				}
				known++;
				const to = outcome.place.state;
				assert.ok(
					to === state || contract.clientMoves[state].includes(to),
					`${state} + ${on} became ${to}, which contracts/ does not allow`,
				);
			}
	assert.ok(known > 0 && refused > 0);
	const places = STATES.reduce((all, state) => all + factsIn(state).length, 0);
	assert.equal(known + refused, places * EVENTS.length);
});

test("every move that contracts/ allows can happen", () => {
	for (const [from, moves] of Object.entries(contract.clientMoves) as [
		CallState,
		CallState[],
	][])
		for (const wanted of moves) {
			const isReached = EVENTS.some((on) =>
				factsIn(from).some((facts) =>
					(["busy", "ended_by_caller"] as Reason[]).some(
						(reason) =>
							feed({ state: from, facts }, { on, reason }).place.state === wanted,
					),
				),
			);
			assert.ok(isReached, `nothing leads from ${from} to ${wanted}`);
		}
});

test("no state and event stand in the table twice", () => {
	const seen = new Set(STEPS.map((step) => `${step.in} ${step.on}`));
	assert.equal(seen.size, STEPS.length);
});

test("a call walks from press to talk to end", () => {
	const states = TALKING.map((_, i) => run(START, ...TALKING.slice(0, i + 1)).state);

	assert.deepEqual(states, [
		"signing-in",
		"permission",
		"connecting",
		"connecting",
		"connecting",
		"in-call",
	]);
	const ended = feed(run(START, ...TALKING), {
		on: "over",
		reason: "ended_by_advisor",
		by: "advisor",
	});
	assert.equal(ended.place.state, "ended");
	assert.equal(ended.place.by, "advisor");
	assert.deepEqual(ended.does, ["leave", "unfollow"]);
});

test("answered is shown only when the far side answered and our media is up", () => {
	const made = run(START, ...TALKING.slice(0, 4));

	assert.equal(run(made, "server_in-call").state, "connecting");
	assert.equal(run(made, "media_up").state, "connecting");
	assert.equal(run(made, "server_in-call", "media_up").state, "in-call");
	assert.equal(run(made, "media_up", "server_ringing").state, "ringing");
	assert.equal(run(made, "server_ringing").state, "connecting");
});

test("reconnecting goes back to what the server last said", () => {
	const talking = run(START, ...TALKING);

	assert.equal(run(talking, "media_lost").state, "reconnecting");
	assert.equal(run(talking, "media_lost", "media_up").state, "in-call");
	assert.equal(run(talking, "media_lost", "server_held").state, "reconnecting");
	assert.equal(run(talking, "media_lost", "server_held", "media_up").state, "held");
	assert.equal(run(talking, "server_reconnecting", "server_in-call").state, "in-call");
});

test("each reason ends a call as the catalogue says", () => {
	for (const reason of Object.keys(REASONS) as Reason[]) {
		const { place } = feed(run(START, ...TALKING), {
			on: "over",
			reason,
			by: "system",
		});
		assert.equal(place.state, REASONS[reason].state);
		assert.equal(place.reason, reason);
	}
});

test("a call ends once", () => {
	const ended = feed(run(START, ...TALKING), {
		on: "over",
		reason: "busy",
		by: "system",
	}).place;

	for (const on of EVENTS.filter((name) => !["pressed", "dismissed", "callback_wanted"].includes(name)))
		assert.equal(feed(ended, { on, reason: "internal" }).known, false, on);
});

test("a new press begins with nothing left over", () => {
	const ended = feed(run(START, ...TALKING), {
		on: "over",
		reason: "busy",
		by: "system",
	}).place;
	const again = run(ended, "pressed");

	assert.deepEqual(again, { state: "signing-in", facts: START.facts });
});

test("hang-up leaves the sound at once and waits for the server's word", () => {
	const outcome = feed(run(START, ...TALKING), { on: "hang_up" });

	assert.equal(outcome.place.state, "ending");
	assert.deepEqual(outcome.does, ["end_call", "leave"]);
	const late = feed(outcome.place, { on: "limit_passed" }).place;
	assert.equal(late.state, "ended");
	assert.equal(late.reason, "ended_by_caller");
	assert.equal(late.by, "caller");
});

test("cancelling before there is a call leaves no trace", () => {
	assert.equal(run(START, "pressed", "hang_up").state, "idle");
	assert.equal(run(START, "pressed", "token_given", "hang_up").state, "idle");
});

test("a call that is made after the person hung up is ended", () => {
	const ending = run(START, "pressed", "token_given", "microphone_given", "hang_up");

	assert.deepEqual(feed(ending, { on: "call_made" }).does, ["follow_events", "end_call"]);
});

test("limits are those of contracts/, and the far side is never hurried", () => {
	for (const { name, where, limitMs: most } of contract.states) {
		if (!where.includes("client")) continue;
		const place: Place = {
			state: name,
			facts: { ...START.facts, made: true },
		};
		assert.equal(limitMs(place), most, name);
	}
	const waiting = run(START, ...TALKING.slice(0, 5));
	assert.equal(waiting.state, "connecting");
	assert.equal(limitMs(waiting), undefined);
});

test("each limit that passes has its own reason", () => {
	const reason = (place: Place): Reason | undefined =>
		feed(place, { on: "limit_passed" }).place.reason;

	assert.equal(reason(run(START, "pressed")), "auth_timeout");
	assert.equal(reason(run(START, ...TALKING.slice(0, 3))), "server_unreachable");
	assert.equal(reason(run(START, ...TALKING.slice(0, 4))), "network_blocked");
	assert.equal(reason(run(START, ...TALKING, "media_lost")), "network_lost");
});

test("busy and live are the states their names say", () => {
	assert.deepEqual(STATES.filter(isLive), [
		"connecting",
		"ringing",
		"queued",
		"in-call",
		"held",
		"transferring",
		"reconnecting",
		"resuming",
	]);
	assert.deepEqual(
		STATES.filter((state) => !isBusy(state)),
		["idle", "closed", "ended", "failed", "callback", "callback-done"],
	);
});

test("a line of waiting callers is shown as the server tells it", () => {
	const waiting = run(START, ...TALKING.slice(0, 5), "server_queued");

	assert.equal(waiting.state, "queued");
	assert.equal(run(waiting, "server_ringing").state, "ringing");
	assert.equal(run(waiting, "server_in-call").state, "in-call");
	const called = feed(waiting, { on: "callback_accepted" });
	assert.equal(called.place.state, "callback-done");
	assert.deepEqual(called.does, ["end_call", "leave", "unfollow"]);
});

test("our own hold lasts through what the far side does", () => {
	const holding = run(START, ...TALKING, "hold_on");

	assert.equal(holding.state, "held");
	assert.equal(run(holding, "server_in-call").state, "held");
	assert.equal(run(holding, "media_lost").state, "reconnecting");
	assert.equal(run(holding, "media_lost", "media_up").state, "held");
	assert.equal(run(holding, "server_held", "hold_off").state, "held");
	assert.equal(run(holding, "hold_off").state, "in-call");
	assert.equal(run(START, ...TALKING, "server_transferring").state, "transferring");
});

test("a call of a page loaded anew is shown as coming back until it is back", () => {
	const begun = feed(START, { on: "resume" });

	assert.equal(begun.place.state, "resuming");
	assert.deepEqual(begun.does, ["resume_call"]);
	const made = feed(begun.place, { on: "call_made" });
	assert.deepEqual(made.does, ["follow_events", "join_media"]);
	assert.equal(run(made.place, "server_in-call").state, "resuming");
	assert.equal(run(made.place, "server_in-call", "media_up").state, "in-call");
	const late = feed(begun.place, { on: "limit_passed" }).place;
	assert.deepEqual([late.state, late.reason], ["failed", "network_lost"]);
});

test("consent stands between sign-in and microphone, and takes its time", () => {
	const asked = run(START, "pressed", "consent_asked");

	assert.equal(asked.state, "consent");
	assert.equal(limitMs(asked), undefined);
	assert.deepEqual(feed(asked, { on: "consent_given" }).does, ["ask_microphone"]);
	assert.equal(run(asked, "hang_up").state, "idle");
});

test("closed hours lead to a request, a call or away", () => {
	const closed = run(START, "shut");

	assert.equal(closed.state, "closed");
	assert.equal(run(closed, "pressed").state, "signing-in");
	assert.equal(run(closed, "dismissed").state, "idle");
	assert.equal(run(closed, "callback_wanted", "callback_accepted").state, "callback-done");
});
