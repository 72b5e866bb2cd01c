/* widget/care/sounds.ts - the short sounds at the turns of a call.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Made with WebAudio, so nothing is fetched; soft sines that sound like no
 * country's telephone.  Every one has its text beside it.  Ringing comes from
 * the server, or from the far side through it. */

interface Note {
	readonly hz: number;
	readonly atMs: number;
	readonly forMs: number;
}

export type SoundName = "connected" | "ended" | "lost";

const SOUNDS: Readonly<Record<SoundName, readonly Note[]>> = {
	connected: [
		{ hz: 523, atMs: 0, forMs: 110 },
		{ hz: 784, atMs: 100, forMs: 180 },
	],
	ended: [
		{ hz: 587, atMs: 0, forMs: 110 },
		{ hz: 392, atMs: 100, forMs: 200 },
	],
	lost: [
		{ hz: 392, atMs: 0, forMs: 140 },
		{ hz: 392, atMs: 220, forMs: 140 },
	],
};

const LOUD = 0.06;
const EDGE_S = 0.02; /* fade in and out: a bare start and stop click */

/* volume: 0 to 1. */
export function play(context: AudioContext | null, name: SoundName, volume: number): void {
	if (context?.state !== "running" || volume <= 0) return;
	for (const { hz, atMs, forMs } of SOUNDS[name]) {
		const from = context.currentTime + 0.02 + atMs / 1000;
		const to = from + forMs / 1000;
		const gain = new GainNode(context, { gain: 0 });
		const tone = new OscillatorNode(context, { type: "sine", frequency: hz });

		gain.gain.setValueAtTime(0, from);
		gain.gain.linearRampToValueAtTime(LOUD * volume, from + EDGE_S);
		gain.gain.setValueAtTime(LOUD * volume, to - EDGE_S);
		gain.gain.linearRampToValueAtTime(0, to);
		tone.connect(gain).connect(context.destination);
		tone.start(from);
		tone.stop(to);
	}
}
