/* widget/demo/frames.test.ts - the storyboard's frames are all there, once each.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { CallState } from "../../core/catalogue.js";
import { FRAMES, frameOf } from "./frames.js";

const web = process.env["RINGDOWN_WEB"] ?? ".";
const { clientMoves } = JSON.parse(
	readFileSync(`${web}/../contracts/call-states.json`, "utf8"),
) as { clientMoves: Record<CallState, unknown> };

test("every state that a person can see has a frame", () => {
	for (const state of Object.keys(clientMoves))
		assert.ok(FRAMES.some((frame) => frame.state === state), state);
});

test("every place of the storyboard has one, from S0 to S17", () => {
	const places = new Set(FRAMES.map(({ at }) => at));

	for (let i = 0; i <= 17; i++) assert.ok(places.has(`S${i}`), `S${i}`);
	assert.equal(places.size, 18);
});

test("names are said once, and found; a state alone is a name too", () => {
	assert.equal(new Set(FRAMES.map(({ name }) => name)).size, FRAMES.length);
	for (const frame of FRAMES) assert.equal(frameOf(frame.name), frame);
	assert.equal(frameOf("failed")?.state, "failed");
	assert.equal(frameOf("nonsense"), undefined);
});
