/* widget/care/muted.ts - the part that notices when somebody who is muted talks.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched when somebody is.  It listens only while the call is muted, to a copy of the microphone's track
 * that is connected to nothing else: what it hears leaves neither this page
 * nor this file. */
import { put } from "../parts.js";

const LOOK_MS = 100;
const LOUD = 0.02; /* RMS; quieter is the room */
const TALK_MS = 600;
const PAUSE_MS = 10_000; /* between two notices */

const rms = (samples: Float32Array): number =>
	Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);

class MutedSpeech {
	#stop: () => void = () => undefined;
	#isOn = false;

	constructor(
		private readonly context: AudioContext,
		private readonly spoke: () => void,
	) {}

	listen(track: MediaStreamTrack | undefined): void {
		if (this.#isOn || track?.readyState !== "live") return;
		this.#isOn = true;
		const copy = track.clone();
		const analyser = new AnalyserNode(this.context, { fftSize: 2048 });
		const samples = new Float32Array(analyser.fftSize);
		let talkMs = 0;
		let toldMs = -PAUSE_MS;

		copy.enabled = true;
		const source = this.context.createMediaStreamSource(new MediaStream([copy]));
		source.connect(analyser);
		const timer = setInterval(() => {
			analyser.getFloatTimeDomainData(samples);
			/* Speech has holes of its own. */
			talkMs = Math.max(0, talkMs + (rms(samples) > LOUD ? LOOK_MS : -LOOK_MS / 2));
			const nowMs = performance.now();
			if (talkMs < TALK_MS || nowMs - toldMs < PAUSE_MS) return;
			toldMs = nowMs;
			talkMs = 0;
			this.spoke();
		}, LOOK_MS);
		this.#stop = () => {
			clearInterval(timer);
			source.disconnect();
			copy.stop();
		};
	}

	stop(): void {
		if (!this.#isOn) return;
		this.#isOn = false;
		this.#stop();
	}
}

put("muted", { open: (context, spoke) => new MutedSpeech(context, spoke) });
