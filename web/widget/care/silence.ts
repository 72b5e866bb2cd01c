/* widget/care/silence.ts - finds a call in which one side is not heard, and says what to try.
 * SPDX-License-Identifier: Apache-2.0
 *
 * feed() once a second what was measured; it answers with what is to be done
 * now.  No clock, no DOM.  That no packets come at all is found by the media
 * client itself, which starts over. */
import type { MediaStats } from "../../core/ports.js";

export type Remedy = "replay" | "recapture" | "restart";
export type Trouble = "no_audio_in" | "no_audio_out";

export interface Finding {
	readonly remedy?: Remedy;
	readonly trouble: Trouble | null; /* what the person is told */
}

const QUIET = 0.001; /* -60 dBFS */
const NOTHING = 0.0002; /* below the noise of any line */
const OUT_S = 6; /* after the call began, until the first sound */
const STUCK_S = 3; /* without a byte on the way out */
const IN_S = 8;
const WAIT_S = 3; /* for a remedy to help */

/* One direction: how long nothing was heard, and what is left to try. */
class Side {
	#silentS = 0;
	#dueS = 0;
	#left: Remedy[];
	#isFound = false;
	isTold = false;

	constructor(
		private readonly afterS: number,
		private readonly remedies: readonly Remedy[],
	) {
		this.#left = [...remedies];
	}

	heard(): void {
		this.#silentS = 0;
		this.#isFound = false;
		this.isTold = false;
	}

	silent(isWorse: boolean): Remedy | undefined {
		this.#silentS++;
		if (!this.#isFound && (isWorse || this.#silentS >= this.afterS)) {
			this.#isFound = true;
			this.#dueS = this.#silentS;
		}
		if (!this.#isFound || this.#silentS < this.#dueS) return undefined;
		this.#dueS += WAIT_S;
		/* The first remedy may be all that it takes. */
		this.isTold = this.#left.length < this.remedies.length;
		return this.#left.shift();
	}
}

export class Silence {
	readonly #out = new Side(OUT_S, ["recapture", "restart"]);
	readonly #in = new Side(IN_S, ["replay", "restart"]);
	#hasRestarted = false;
	#hasSpoken = false;
	#hasHeard = false;
	#bytesOut = -1;
	#stuckS = 0;

	/* Only while the call is on; isMuted: nothing is to be heard of us. */
	feed(stats: MediaStats, isMuted: boolean): Finding {
		const remedy = this.#hearOut(stats, isMuted) ?? this.#hearIn(stats);
		const trouble = this.#in.isTold
			? "no_audio_in"
			: this.#out.isTold && !isMuted
				? "no_audio_out"
				: null;

		/* Both directions go over the same connection: once is enough. */
		if (!remedy || (remedy === "restart" && this.#hasRestarted)) return { trouble };
		this.#hasRestarted ||= remedy === "restart";
		return { remedy, trouble };
	}

	#hearOut({ levelOut, bytesOut }: MediaStats, isMuted: boolean): Remedy | undefined {
		if (bytesOut !== undefined) {
			this.#stuckS = bytesOut === this.#bytesOut ? this.#stuckS + 1 : 0;
			this.#bytesOut = bytesOut;
		}
		const isStuck = this.#stuckS >= STUCK_S;
		const isQuiet = levelOut !== undefined && levelOut < QUIET && !isMuted;

		if (!isMuted && levelOut !== undefined && levelOut >= QUIET) this.#hasSpoken = true;
		if (isStuck || (isQuiet && !this.#hasSpoken)) return this.#out.silent(isStuck);
		/* Whoever is muted says nothing about the microphone. */
		if (!isMuted) this.#out.heard();
		return undefined;
	}

	/* A far side that was heard once may be silent as long as it likes. */
	#hearIn({ levelIn, packetsIn }: MediaStats): Remedy | undefined {
		if (levelIn === undefined || !packetsIn) return undefined;
		if (levelIn >= NOTHING) this.#hasHeard = true;
		if (!this.#hasHeard) return this.#in.silent(false);
		this.#in.heard();
		return undefined;
	}
}
