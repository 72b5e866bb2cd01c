/* widget/care/quality.ts - how a call sounds, from what is measured each second.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The E-model (ITU-T G.107) with what a browser knows: delay and loss.  No
 * clock, no DOM. */
import type { MediaStats } from "../../core/ports.js";
import type { Quality } from "../../core/call.js";

const LEVELS = ["poor", "fair", "good"] as const;
const GOOD = 2;

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

const rankOf = (mos: number): number => Number(mos >= FAIR_MOS) + Number(mos >= GOOD_MOS);

export class Ear {
	#last: MediaStats | null = null;
	#rank = GOOD; /* in LEVELS */
	#window: number[] = [];

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
		this.#weigh(rankOf(mos));
		return { level: LEVELS[this.#rank] ?? "unknown", mos, rttMs, lossPct, jitterMs };
	}

	/* Three bad seconds of five to fall, five good ones to rise: what shows
	 * a person the weather should not flicker with each gust. */
	#weigh(rank: number): void {
		this.#window = [...this.#window, rank].slice(-WINDOW);
		const worst = [...this.#window].sort();
		const [lowest = GOOD] = worst;
		const third = worst[ENOUGH_TO_FALL - 1] ?? GOOD;
		const next =
			third < this.#rank
				? third
				: worst.length === WINDOW && lowest > this.#rank
					? lowest
					: this.#rank;

		if (next === this.#rank) return;
		this.#rank = next;
		this.#window = [];
	}
}
