/* widget/care/quality.ts - how a call sounds, from what is measured each second.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The E-model (ITU-T G.107) with what a browser knows: delay and loss.  No
 * clock, no DOM. */
import type { MediaStats } from "../../core/ports.js";
import type { Quality } from "../../core/call.js";

export type Level = "poor" | "fair" | "good";

const ORDER: readonly Level[] = ["poor", "fair", "good"];
const GOOD_MOS = 4;
const FAIR_MOS = 3.3;

const BEST = 93.2; /* G.107 with all at its default */
const CODEC_MS = 40; /* framing and playing out */
const LATE_MS = 177.3; /* from here on delay hurts talk more */
const ROBUST = 20; /* Opus with concealment: 20 % loss costs half */

const WINDOW = 5;
const ENOUGH_TO_FALL = 3;

export function mosOf(rttMs: number, jitterMs: number, lossPct: number): number {
	const delayMs = rttMs / 2 + 2 * jitterMs + CODEC_MS;
	const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - LATE_MS);
	const loss = (95 * lossPct) / (lossPct + ROBUST);
	const r = Math.max(0, BEST - delay - loss);

	return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

const levelOf = (mos: number): Level =>
	mos >= GOOD_MOS ? "good" : mos >= FAIR_MOS ? "fair" : "poor";

export class Ear {
	#last: MediaStats | null = null;
	#level: Level = "good";
	#window: Level[] = [];

	/* Once a second.  null: nothing could be told from this one. */
	hear(stats: MediaStats): Quality | null {
		const before = this.#last;
		const { packetsIn, rttMs = 0, jitterMs = 0 } = stats;

		this.#last = packetsIn === undefined ? null : stats;
		if (packetsIn === undefined || before?.packetsIn === undefined) return null;
		const came = packetsIn - before.packetsIn;
		const lost = Math.max(0, (stats.lostIn ?? 0) - (before.lostIn ?? 0));
		if (came < 0) return null; /* the media was made anew */
		const lossPct = came + lost > 0 ? (100 * lost) / (came + lost) : 100;
		const mos = mosOf(rttMs, jitterMs, lossPct);
		this.#weigh(levelOf(mos));
		return { level: this.#level, mos, rttMs, lossPct, jitterMs };
	}

	/* Three bad seconds of five to fall, five good ones to rise: what shows
	 * a person the weather should not flicker with each gust. */
	#weigh(level: Level): void {
		const rank = (one: Level): number => ORDER.indexOf(one);

		this.#window = [...this.#window, level].slice(-WINDOW);
		const worst = [...this.#window].sort((a, b) => rank(a) - rank(b));
		const third = worst[ENOUGH_TO_FALL - 1];
		const [lowest] = worst;

		if (third && rank(third) < rank(this.#level)) this.#become(third);
		else if (
			lowest &&
			worst.length === WINDOW &&
			rank(lowest) > rank(this.#level)
		)
			this.#become(lowest);
	}

	#become(level: Level): void {
		this.#level = level;
		this.#window = [];
	}
}
