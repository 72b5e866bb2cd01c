/* media/sound.ts - what every media client does alike: to measure, to be heard, to change device.
 * SPDX-License-Identifier: Apache-2.0 */
import type { MediaNews, MediaStats, Microphone } from "../core/ports.js";

/* Of the one audio stream each way; what the browser does not say is left out. */
export async function measure(
	peer: RTCPeerConnection | null | undefined,
	input?: Input,
): Promise<MediaStats> {
	const all = await peer?.getStats().catch(() => null);
	const out: { -readonly [K in keyof MediaStats]: MediaStats[K] } = all ? { report: all } : {};
	let rttS: number | undefined;

	all?.forEach((stat) => {
		if (stat.type === "candidate-pair" && stat.nominated && stat.state === "succeeded")
			rttS ??= stat.currentRoundTripTime;
		if (stat.kind !== "audio") return;
		switch (stat.type) {
			case "inbound-rtp":
				out.bytesIn = stat.bytesReceived;
				out.packetsIn = stat.packetsReceived;
				out.lostIn = stat.packetsLost;
				out.jitterMs = stat.jitter * 1000;
				out.levelIn = stat.audioLevel;
				break;
			case "outbound-rtp":
				out.bytesOut = stat.bytesSent;
				break;
			case "remote-inbound-rtp":
				rttS = stat.roundTripTime ?? rttS;
				break;
			case "media-source":
				out.levelOut = stat.audioLevel ?? input?.level();
				break;
		}
	});
	if (rttS !== undefined) out.rttMs = rttS * 1000;
	const sent = (out.packetsIn ?? 0) + (out.lostIn ?? 0);
	if (sent > 0) out.lossPct = (100 * Math.max(0, out.lostIn ?? 0)) / sent;
	return out;
}

/* Browsers may want a gesture before anything sounds. */
export async function play(
	audio: HTMLAudioElement,
	tell: (news: MediaNews) => void,
): Promise<void> {
	try {
		if (audio.srcObject) await audio.play();
		tell({ is: "sound_blocked", blocked: false });
	} catch (error) {
		if (error instanceof DOMException && error.name === "NotAllowedError")
			tell({ is: "sound_blocked", blocked: true });
	}
}

/* Not in every browser; "default" is its own choice. */
export async function playOn(audio: HTMLAudioElement, id: string): Promise<void> {
	await audio.setSinkId?.(id === "default" ? "" : id);
}

export interface Captured extends Microphone {
	readonly stream: MediaStream;
}

/* The one microphone that is sent.  The stream stays the same, so whoever
 * turns the first microphone off at the end turns off whichever it is then. */
export class Input {
	#hasClosed = false;
	#heard: MediaStreamTrack | null = null;
	#context: AudioContext | null = null;
	#analyser: AnalyserNode | null = null;

	constructor(
		private readonly stream: MediaStream,
		/* The stream has another track, which is to be sent. */
		private readonly replaced: () => Promise<unknown> | undefined,
	) {
		this.#watch();
	}

	get track(): MediaStreamTrack | null {
		return this.stream.getAudioTracks()[0] ?? null;
	}

	/* Takes it over; who is muted stays muted.  The old one is stopped last:
	 * some systems let go of the new one with it otherwise. */
	async take(fresh: MediaStream): Promise<void> {
		const old = this.track;
		const [track] = fresh.getAudioTracks();

		if (!track || track === old) return;
		if (this.#hasClosed || !old) {
			track.stop();
			return;
		}
		track.enabled = old.enabled;
		this.stream.removeTrack(old);
		this.stream.addTrack(track);
		this.#watch();
		await this.replaced()?.catch(() => undefined);
		old.stop();
	}

	/* How loud it is now, 0 to 1: Firefox's statistics do not tell. */
	level(): number {
		const { track } = this;

		if (this.#hasClosed) return 0;
		const context = (this.#context ??= new AudioContext());
		if (!this.#analyser || this.#heard !== track) {
			this.#heard = track;
			this.#analyser = new AnalyserNode(context);
			context.createMediaStreamSource(this.stream).connect(this.#analyser);
		}
		const samples = new Float32Array(this.#analyser.fftSize);
		this.#analyser.getFloatTimeDomainData(samples);
		return Math.max(...samples);
	}

	close(): void {
		this.#hasClosed = true;
		void this.#context?.close();
		this.#context = null;
	}

	/* A track ends by itself when its device goes; our own stop() tells
	 * nobody. */
	#watch(): void {
		const { track } = this;

		if (!track) return;
		track.onended = async () => {
			if (this.#hasClosed || this.track !== track) return;
			const fresh = await navigator.mediaDevices
				.getUserMedia({ audio: track.getConstraints() })
				.catch(() => null);
			if (fresh && this.track === track) await this.take(fresh);
			else for (const spare of fresh?.getTracks() ?? []) spare.stop();
		};
	}
}
