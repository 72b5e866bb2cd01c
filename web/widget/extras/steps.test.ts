/* widget/extras/steps.test.ts - each browser has its own steps.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsKey } from "./steps.js";

test("a blocked microphone comes with the steps of this browser", () => {
	assert.equal(
		stepsKey("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"),
		"steps.mic.chrome",
	);
	assert.equal(
		stepsKey("Mozilla/5.0 (X11; rv:140.0) Gecko Firefox/140.0"),
		"steps.mic.firefox",
	);
	assert.equal(stepsKey("(iPhone; CPU iPhone OS 17) Safari/604"), "steps.mic.ios");
	assert.equal(stepsKey("(Linux; Android 14) Chrome/140"), "steps.mic.android");
	assert.equal(stepsKey("(Macintosh) Version/17 Safari/605"), "steps.mic.safari");
	assert.equal(stepsKey("else"), "steps.mic.other");
});
