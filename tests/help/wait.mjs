/* help/wait.mjs - how tests wait: for an event, never for a time.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";

/* The bound of a wait is for a machine that is busy with other things: where
 * it passes, something is at fault. */
export const WAIT_MS = 30_000;

const LOOK_MS = 20;

/* Asks until it is so, and gives what it was told then.  what: a sentence, or a function that makes it. */
export async function until(isSo, what = String(isSo), ms = WAIT_MS) {
	for (const end = Date.now() + ms; ;) {
		const value = await isSo();
		if (value) return value;
		assert.ok(Date.now() < end, `never: ${typeof what === "function" ? what() : what}`);
		await new Promise((done) => setTimeout(done, LOOK_MS));
	}
}

/* Measures again, up to so many times, what a neighbour's work on the same
 * machine can spoil: how fast something was, or whether the kernel had room
 * for each packet.  What is slow or lossy by itself is so every time. */
export async function measured(measure, { times = 4, pauseMs = 0 } = {}) {
	for (let i = 1; ; i++)
		try {
			return await measure();
		} catch (error) {
			if (i === times || error.code !== "ERR_ASSERTION") throw error;
			await new Promise((done) => setTimeout(done, pauseMs));
		}
}
