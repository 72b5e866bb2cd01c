/* build/contrast.test.ts - the ratios of WCAG 2.2.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, hexOf } from "./contrast.js";

test("black on white is 21, a colour on itself is 1", () => {
	assert.equal(contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)"), 21);
	assert.equal(contrast("rgb(18, 52, 86)", "rgba(18, 52, 86, 1)"), 1);
});

test("grey 119 on white just fails, grey 118 does not", () => {
	assert.ok((contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") ?? 0) < 4.5);
	assert.ok((contrast("rgb(118, 118, 118)", "rgb(255, 255, 255)") ?? 0) > 4.5);
});

test("what shines through, or is written otherwise, is unknown", () => {
	assert.equal(contrast("rgba(0, 0, 0, 0.5)", "rgb(255, 255, 255)"), null);
	assert.equal(contrast("color(srgb 1 0 0)", "rgb(255, 255, 255)"), null);
});

test("a colour is told as a picker wants it", () => {
	assert.equal(hexOf("rgb(15, 118, 110)"), "#0f766e");
	assert.equal(hexOf("transparent"), "");
});
