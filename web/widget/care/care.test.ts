/* widget/care/care.test.ts - what is concluded from figures: quality, and silence.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MediaStats } from "../../core/ports.js";
import { Ear, mosOf } from "./quality.js";
import { Silence } from "./silence.js";
import type { Finding } from "./silence.js";

test("the score falls with delay, with loss, and stays between 1 and 4.5", () => {
	assert.ok(mosOf(20, 2, 0) > 4.3);
	assert.ok(mosOf(20, 2, 0) < 4.5);
	assert.ok(mosOf(600, 20, 0) < mosOf(150, 20, 0));
	assert.ok(mosOf(20, 2, 3) > 3.8, "three percent is concealed well");
	assert.ok(mosOf(20, 2, 10) < 3.5);
	for (const loss of [0, 1, 10, 50, 100])
		for (const rtt of [0, 200, 2000, 60_000]) {
			const mos = mosOf(rtt, 0, loss);
			assert.ok(mos >= 1 && mos <= 4.5, `${mos}`);
		}
});

/* An ear, and seconds of 50 packets of which so many are lost. */
function ear(): (lost: number) => string | undefined {
	const one = new Ear();
	let packetsIn = 0;
	let lostIn = 0;

	one.hear({ packetsIn, lostIn });
	return (lost) => {
		packetsIn += 50 - lost;
		lostIn += lost;
		return one.hear({ packetsIn, lostIn, rttMs: 40, jitterMs: 3 })?.level;
	};
}

test("three bad seconds of five make it worse, five good ones better", () => {
	const second = ear();

	for (let i = 0; i < 3; i++) assert.equal(second(0), "good");
	assert.equal(second(20), "good");
	assert.equal(second(20), "good");
	assert.equal(second(20), "poor");
	for (let i = 0; i < 4; i++) assert.equal(second(0), "poor");
	assert.equal(second(0), "good");
	for (let i = 0; i < 12; i++) assert.equal(second(i % 3 === 0 ? 20 : 0), "good", "gusts");
});

test("the middle is a level of its own", () => {
	const second = ear();

	second(3);
	second(3);
	assert.equal(second(3), "fair");
	for (let i = 0; i < 3; i++) second(25);
	assert.equal(second(25), "poor");
});

test("what cannot be told is not told", () => {
	const one = new Ear();

	assert.equal(one.hear({}), null);
	assert.equal(one.hear({ packetsIn: 100 }), null, "the first is where it counts from");
	assert.equal(one.hear({ packetsIn: 10 }), null, "the media was made anew");
	assert.equal(one.hear({ packetsIn: 60, lostIn: 0 })?.level, "good");
});

const TALK: MediaStats = { levelIn: 0.2, levelOut: 0.2, packetsIn: 50, bytesOut: 1 };

/* Feeds so many seconds; what was done and said, in order. */
function listen(
	silence: Silence,
	seconds: number,
	stats: MediaStats,
	isMuted = false,
): { remedies: string[]; last: Finding } {
	const remedies: string[] = [];
	let last: Finding = { trouble: null };

	for (let i = 0; i < seconds; i++) {
		last = silence.feed(
			{ ...stats, ...(stats.bytesOut ? { bytesOut: Math.random() } : {}) },
			isMuted,
		);
		if (last.remedy) remedies.push(last.remedy);
	}
	return { remedies, last };
}

test("a far side that never sounds is repaired step by step, then told", () => {
	const silence = new Silence();
	const still = { ...TALK, levelIn: 0 };

	assert.deepEqual(listen(silence, 7, still), { remedies: [], last: { trouble: null } });
	assert.deepEqual(listen(silence, 1, still).remedies, ["replay"]);
	assert.equal(listen(silence, 2, still).last.trouble, null);
	const { remedies, last } = listen(silence, 1, still);
	assert.deepEqual(remedies, ["restart"]);
	assert.equal(last.trouble, "no_audio_in");
	assert.deepEqual(listen(silence, 20, still).remedies, [], "each is tried once");
	assert.equal(listen(silence, 1, TALK).last.trouble, null, "sound takes it back");
});

test("a far side that was heard may be silent as long as it likes", () => {
	const silence = new Silence();

	listen(silence, 2, TALK);
	assert.deepEqual(listen(silence, 60, { ...TALK, levelIn: 0 }), {
		remedies: [],
		last: { trouble: null },
	});
});

test("a microphone without a sound is opened again, and told", () => {
	const silence = new Silence();
	const still = { ...TALK, levelOut: 0 };

	assert.deepEqual(listen(silence, 6, still).remedies, ["recapture"]);
	const { remedies, last } = listen(silence, 3, still);
	assert.deepEqual(remedies, ["restart"]);
	assert.equal(last.trouble, "no_audio_out");
	assert.equal(listen(silence, 1, TALK).last.trouble, null);
	assert.deepEqual(listen(silence, 60, still).remedies, [], "who spoke may listen");
});

test("nothing sent for three seconds needs no patience", () => {
	const silence = new Silence();
	const feed = (): Finding => silence.feed({ ...TALK, bytesOut: 500 }, false);

	listen(silence, 2, TALK);
	for (let i = 0; i < 3; i++) assert.equal(feed().remedy, undefined);
	assert.equal(feed().remedy, "recapture");
});

test("who is muted is not told that nobody hears them", () => {
	const silence = new Silence();

	assert.deepEqual(listen(silence, 60, { ...TALK, levelOut: 0 }, true), {
		remedies: [],
		last: { trouble: null },
	});
});

test("both directions are silent: the connection is made anew once", () => {
	const { remedies, last } = listen(new Silence(), 30, { ...TALK, levelIn: 0, levelOut: 0 });

	assert.deepEqual(remedies.sort(), ["recapture", "replay", "restart"]);
	assert.equal(last.trouble, "no_audio_in");
});
