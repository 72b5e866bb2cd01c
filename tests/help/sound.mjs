/* help/sound.mjs - finds tones in what somebody heard, also while it is still being recorded.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sound is { samples, rate }.  A tone is looked for in short windows: on a
 * busy machine a frame now and then is late or missing, which breaks a tone
 * but leaves both sides of the break as clean as they were.  One window over
 * the whole would find that tone halved, or gone. */
import { open } from "node:fs/promises";
import { until } from "./wait.mjs";

const WINDOW_S = 0.04;
const CLEAN = 0.8; /* of the window's energy; G.711's own noise takes a few per mille */
const SILENT = 100 ** 2; /* mean square; 50 dB below full scale */
const HEAD_BYTES = 44; /* of a WAV file */

/* Share of the energy of samples that is at hz (Goertzel), 0 to 1. */
export function share(samples, hz, rate) {
	const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
	let [one, two, energy] = [0, 0, 0];
	for (const sample of samples) {
		[one, two] = [sample + turn * one - two, one];
		energy += sample * sample;
	}
	return energy ? (2 * (one * one + two * two - turn * one * two)) / (energy * samples.length) : 0;
}

/* How many seconds of it are a clean tone of hz, and how many are any sound at all. */
export function toneSeconds({ samples, rate }, hz) {
	const size = Math.round(rate * WINDOW_S);
	let [clean, loud] = [0, 0];
	for (let at = 0; at + size <= samples.length; at += size) {
		const part = samples.slice(at, at + size);
		if (part.reduce((sum, one) => sum + one * one, 0) / size < SILENT) continue;
		loud += WINDOW_S;
		if (share(part, hz, rate) > CLEAN) clean += WINDOW_S;
	}
	return { clean, loud };
}

/* What a WAV file has by now, from that second on; nothing if there is none yet.
 * Its length is the file's: the head tells it only at the end. */
export async function wavSound(path, from = 0) {
	const none = { samples: [], rate: 8000 };
	const file = await open(path).catch(() => undefined);
	if (!file) return none;
	try {
		const head = Buffer.alloc(HEAD_BYTES);
		if ((await file.read(head, 0, HEAD_BYTES, 0)).bytesRead < HEAD_BYTES) return none;
		const [channels, rate] = [head.readUInt16LE(22), head.readUInt32LE(24)];
		const at = HEAD_BYTES + Math.round(from * rate) * 2 * channels;
		const bytes = Buffer.alloc(Math.max(0, (await file.stat()).size - at));
		const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
		const samples = [];
		for (let i = 0; i + 1 < bytesRead; i += 2 * channels) samples.push(bytes.readInt16LE(i));
		return { samples, rate };
	} finally {
		await file.close();
	}
}

/* Until a recording has, in what comes from now on, so many seconds of the tone. */
export async function untilTone(path, hz, seconds, who) {
	const before = await wavSound(path);
	const from = before.samples.length / before.rate;
	let heard;
	await until(async () => {
		heard = toneSeconds(await wavSound(path, from), hz);
		return heard.clean >= seconds;
	}, () => `${seconds} s of ${hz} Hz heard by ${who}, but ${JSON.stringify(heard)}`);
	return heard;
}
