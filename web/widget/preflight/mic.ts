/* widget/preflight/mic.ts - does the microphone hear anything?
 * SPDX-License-Identifier: Apache-2.0 */
import type { Wait } from "./attempt.js";

const LISTEN_MS = 1500;
const SAMPLE_MS = 50;
const HEARD = 0.0005; /* any microphone that is on has more noise than that */
const WAKE_MS = 300;

/* The highest level until something was heard, 0 to 1; undefined where
 * nothing can be measured before the page was touched. */
export async function listen(
	stream: MediaStream,
	wait: Wait,
	tell: (level: number) => void = () => undefined,
): Promise<number | undefined> {
	const context = new AudioContext();

	try {
		await Promise.race([context.resume(), wait(WAKE_MS)]);
		if (context.state !== "running") return undefined;
		const analyser = new AnalyserNode(context);
		const samples = new Float32Array(analyser.fftSize);
		let level = 0;

		context.createMediaStreamSource(stream).connect(analyser);
		for (let ms = 0; ms < LISTEN_MS && level < HEARD; ms += SAMPLE_MS) {
			await wait(SAMPLE_MS);
			analyser.getFloatTimeDomainData(samples);
			level = Math.sqrt(samples.reduce((all, one) => all + one * one, 0) / samples.length);
			tell(level);
		}
		return level < HEARD ? 0 : Math.min(1, level);
	} finally {
		void context.close().catch(() => undefined);
	}
}
