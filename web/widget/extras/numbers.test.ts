/* widget/extras/numbers.test.ts - places, waits, opening hours and phone numbers.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { minutesText, momentText, phoneOf, placeOf, slotText, waitOf, waitWords } from "./numbers.js";

test("a wait is rounded up to 1, 2, 5, 10, 15, 20 or 30 minutes, or more", () => {
	const minutes = (waitSeconds: number): string => {
		const wait = waitOf({ waitSeconds });
		return wait ? `${wait.minutes}${wait.isMore ? "+" : ""}` : "";
	};

	assert.deepEqual(
		[1, 60, 61, 120, 121, 300, 301, 600, 601, 900, 901, 1200, 1201, 1800, 1801, 9000].map(minutes),
		["1", "1", "2", "2", "5", "5", "10", "10", "15", "15", "20", "20", "30", "30", "30+", "30+"],
	);
});

test("what is not known is not said", () => {
	for (const waitSeconds of [undefined, 0, -5, Number.NaN, "5" as unknown as number])
		assert.equal(waitOf(waitSeconds === undefined ? {} : { waitSeconds }), null);
	for (const position of [undefined, 0, -1, Number.NaN, "3" as unknown as number])
		assert.equal(placeOf(position === undefined ? {} : { position }), null);
	assert.equal(placeOf({ position: 3 }), 3);
});

test("minutes are counted in the language", () => {
	assert.equal(minutesText(1, "en"), "1 minute");
	assert.equal(minutesText(5, "de"), "5 Minuten");
	assert.equal(minutesText(2, "pl"), "2 minuty");
	assert.equal(minutesText(5, "pl"), "5 minut");
});

/* Spaces, commas and a leading zero are the business of Intl's data. */
const plain = (text: string | null): string | undefined =>
	text
		?.replace(/\s/g, " ")
		.replaceAll(",", "")
		.replace(/\b0(?=\d:)/, "");
const at = (iso: string, now: string, own = "Europe/Madrid", zone = "Europe/Madrid"): string | undefined =>
	plain(momentText(iso, zone, "en-GB", { now: new Date(now), own }));

test("opening hours are right on both sides of a change of the clock", () => {
	/* Madrid's clocks go forward on 29 March 2026, back on 25 October 2026. */
	assert.equal(at("2026-03-27T08:00:00Z", "2026-03-26T20:00:00Z"), "Friday 9:00");
	assert.equal(at("2026-03-30T07:00:00Z", "2026-03-28T20:00:00Z"), "Monday 9:00");
	assert.equal(at("2026-10-23T07:00:00Z", "2026-10-22T20:00:00Z"), "Friday 9:00");
	assert.equal(at("2026-10-26T08:00:00Z", "2026-10-24T20:00:00Z"), "Monday 9:00");
});

test("hours are told in the clock of who reads them, with the zone where it differs", () => {
	/* New York changes three weeks before Madrid does. */
	assert.equal(
		at("2026-03-16T08:00:00Z", "2026-03-13T20:00:00Z", "America/New_York"),
		"Monday 4:00 GMT-4",
	);
	assert.equal(
		at("2026-04-06T07:00:00Z", "2026-04-03T20:00:00Z", "America/New_York"),
		"Monday 3:00 GMT-4",
	);
	assert.equal(at("2026-03-02T08:00:00Z", "2026-03-01T20:00:00Z", "Europe/Paris"), "Monday 9:00");
	assert.match(at("2026-03-02T08:00:00Z", "2026-03-01T20:00:00Z", "Europe/Madrid", "Mars/Base") ?? "", /^Monday 9:00 \S+/);
});

test("beyond a week the date is said as well, and nonsense says nothing", () => {
	assert.equal(at("2026-04-06T07:00:00Z", "2026-03-20T20:00:00Z"), "Monday 6 April at 9:00");
	assert.equal(momentText("soon", "UTC", "en"), null);
});

test("a stretch of time names its day once", () => {
	const slot = slotText({ from: "2026-03-02T14:00:00Z", to: "2026-03-02T15:00:00Z" }, "en");

	assert.equal(slot.match(/Mon/g)?.length, 1);
	assert.match(slot, /\u2013/);
});

test("a phone number is read as people write it, with its country", () => {
	assert.equal(phoneOf("+1 (555) 010-0123"), "+15550100123");
	assert.equal(phoneOf("0034 600.11/22 33"), "+34600112233");
	assert.equal(phoneOf("+49 (0)30 1234567"), "+49301234567");
	for (const wrong of ["", "555 0100", "+1", "+0 123 456 789", "+1 555 CALL", "+1234567890123456"])
		assert.equal(phoneOf(wrong), null, wrong);
});

test("a wait is said in the largest unit that fits, rounded up", () => {
	assert.equal(waitWords(400, "en"), "in 1 second");
	assert.equal(waitWords(59_000, "en"), "in 59 seconds");
	assert.equal(waitWords(61_000, "en"), "in 2 minutes");
	assert.equal(waitWords(3_601_000, "en"), "in 2 hours");
	assert.equal(waitWords(120_000, "de"), "in 2 Minuten");
	assert.equal(waitWords(60_000, "pl"), "za 1 minutę");
});
