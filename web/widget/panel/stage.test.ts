/* widget/panel/stage.test.ts - what is said and offered in each state.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Strings } from "../types.js";
import { sentence } from "./sentence.js";
import { clock, stage } from "./stage.js";
import type { Scene, Tongue } from "./stage.js";
import type { CallState } from "../../core/catalogue.js";

const strings = JSON.parse(
	readFileSync(`${process.env["RINGDOWN_WEB"] ?? "."}/../contracts/strings/en.json`, "utf8"),
) as Strings;

const tongue: Tongue = {
	text: (key, words) => sentence(key, [strings], "en", words),
	locale: "en",
};

const scene = (state: CallState, more: Partial<Scene> = {}): Scene => ({
	state,
	reason: undefined,
	seconds: null,
	leftMs: null,
	muted: false,
	...more,
});

test("time reads as people write it", () => {
	assert.equal(clock(0, "en"), "0:00");
	assert.equal(clock(391, "en"), "6:31");
	assert.equal(clock(3600 + 62, "en"), "1:01:02");
	assert.equal(clock(391, "ar-EG"), "٦:٣١");
});

test("every state has a heading of its own", () => {
	const states: CallState[] = [
		"idle",
		"signing-in",
		"permission",
		"connecting",
		"ringing",
		"in-call",
		"held",
		"reconnecting",
		"ending",
	];
	const headings = states.map((state) => stage(scene(state), false, tongue).heading);

	assert.equal(new Set(headings).size, states.length);
	assert.ok(headings.every((heading) => heading && !heading.includes("undefined")));
});

test("hang up is there whenever there is a call, close only after it", () => {
	for (const state of ["ringing", "in-call", "held", "reconnecting"] as const)
		assert.equal(stage(scene(state), false, tongue).end, "hang_up");
	for (const state of ["signing-in", "permission", "connecting"] as const)
		assert.equal(stage(scene(state), false, tongue).end, "cancel");
	assert.equal(stage(scene("failed", { reason: "busy" }), false, tongue).end, "close");
});

test("a muted caller is told that nobody hears", () => {
	assert.equal(
		stage(scene("in-call", { muted: true }), false, tongue).say,
		"They can't hear you until you unmute.",
	);
});

