/* widget/care/sounds.ts - the short sounds at the turns of a call.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Made with WebAudio, so nothing is fetched; soft sines that sound like no
 * country's telephone.  Every one has its text beside it.  Ringing comes from
 * the server, or from the far side through it. */

type Note = readonly [hz: number, atMs: number, forMs: number];

export type SoundName = "connected" | "ended" | "lost";

const SOUNDS: Readonly<Record<SoundName, readonly Note[]>> = {
	connected: [
		[523, 0, 110],
		[784, 100, 180],
	],
	ended: [
		[587, 0, 110],
		[392, 100, 200],
	],
	lost: [
		[392, 0, 140],
		[392, 220, 140],
	],
};

const LOUD = 0.06;
const EDGE_S = 0.02; /* fade in and out: a bare start and stop click */

/* volume: 0 to 1. */
export function play(context: AudioContext | null, name: SoundName, volume: number): void {
	if (context?.state !== "running" || volume <= 0) return;
	for (const [hz, atMs, forMs] of SOUNDS[name]) {
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
