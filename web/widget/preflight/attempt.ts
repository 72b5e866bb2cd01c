/* widget/preflight/attempt.ts - joins the test's room by one way, and measures it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The same frames as a call's (media/session.ts), each asked for once: a test
 * does not try again. */
import { RingdownError } from "../../core/ports.js";
import type { MediaStats } from "../../core/ports.js";
import { placementOf, preferOpus, QUERY, SUBPROTOCOL } from "../../media/client.js";
import { decode, encode } from "../../media/frames.js";
import type { ClientFrame, ServerFrame } from "../../media/frames.js";
import { measure } from "../../media/sound.js";
import { only } from "./ways.js";
import type { Way } from "./ways.js";

const SIGNALING_MS = 8000;
const SETTLE_MS = 3000; /* until packets arrive and a round trip is known */
const SAMPLE_MS = 100;

export type Wait = (ms: number) => Promise<void>; /* rejects when the test is called off */

/* Whatever comes first; the others are forgotten. */
function within<T>(ms: number, wait: Wait, promise: Promise<T>): Promise<T | null> {
	return Promise.race([promise, wait(ms).then(() => null)]);
}

export class Attempt {
	#socket: WebSocket | null = null;
	#peer: RTCPeerConnection | null = null;
	#heard: (frame: ServerFrame | null) => void = () => undefined;

	constructor(
		private readonly connection: unknown,
		private readonly way: Way,
		private readonly stream: MediaStream | null,
		private readonly wait: Wait,
	) {}

	/* null: nothing gets through by this way.  RingdownError: the signaling
	 * does not, and so no other way will. */
	async run(): Promise<MediaStats | null> {
		try {
			const answer = await within(SIGNALING_MS, this.wait, this.#signal());

			if (answer === null)
				throw new RingdownError("network_blocked", {
					retry: true,
					detail: "the signaling does not answer",
				});
			return await this.#media(answer);
		} finally {
			this.#heard = () => undefined;
			this.#socket?.close();
			this.#peer?.close();
		}
	}

	/* --- signaling: ends with the server's answer --- */

	async #signal(): Promise<string> {
		const { url, token, audioHost } = placementOf(this.connection);
		const [sessionId = 1] = crypto.getRandomValues(new Uint32Array(1));

		await this.#open(url, token);
		this.#send({ is: "ping", id: 1 });
		this.#send({ is: "join", sessionId });
		await this.#frame("index");
		const offer = await this.#offer();
		this.#send({ is: "subscribe", offer, audioHost, isMuted: this.stream === null });
		const answer = await this.#frame("answer");
		return answer.sdp;
	}

	#open(url: string, token: string): Promise<void> {
		const socket = new WebSocket(url + QUERY, [SUBPROTOCOL, token]);

		this.#socket = socket;
		socket.binaryType = "arraybuffer";
		socket.onmessage = ({ data }) => {
			const frame = data instanceof ArrayBuffer && decode(new Uint8Array(data));
			if (!frame) return;
			if (frame.is === "ping") this.#send({ is: "pong", id: frame.id });
			this.#heard(frame);
		};
		socket.onclose = () => this.#heard(null);
		return new Promise((resolve, reject) => {
			socket.onopen = () => resolve();
			socket.onerror = () =>
				reject(
					new RingdownError("network_blocked", {
						retry: true,
						detail: "no WebSocket gets through",
					}),
				);
		});
	}

	#send(frame: ClientFrame): void {
		if (this.#socket?.readyState === WebSocket.OPEN)
			this.#socket.send(encode(frame, Date.now()));
	}

	#frame<K extends ServerFrame["is"]>(is: K): Promise<ServerFrame & { is: K }> {
		return new Promise((resolve, reject) => {
			this.#heard = (frame) => {
				if (frame?.is === is) resolve(frame as ServerFrame & { is: K });
				else if (!frame || frame.is === "error")
					reject(
						new RingdownError("provider_down", {
							retry: true,
							detail: `no ${is} from the signaling`,
						}),
					);
			};
		});
	}

	async #offer(): Promise<string> {
		const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...this.way.rtc });
		const track = this.stream?.getAudioTracks()[0];

		this.#peer = peer;
		preferOpus(
			peer.addTransceiver(track ?? "audio", {
				direction: "sendrecv",
				...(this.stream && { streams: [this.stream] }),
			}),
		);
		await peer.setLocalDescription();
		return peer.localDescription?.sdp ?? "";
	}

	/* --- media --- */

	async #media(answer: string): Promise<MediaStats | null> {
		const peer = this.#peer;
		const sdp = only(answer, this.way);
		if (!peer || sdp === null) return null;

		await peer.setRemoteDescription({ type: "answer", sdp });
		const isUp = await within(this.way.patienceMs, this.wait, this.#connected(peer));
		return isUp ? this.#measured(peer) : null;
	}

	#connected(peer: RTCPeerConnection): Promise<boolean> {
		return new Promise((resolve) => {
			const look = (): void => {
				if (peer.connectionState === "connected") resolve(true);
				if (peer.connectionState === "failed") resolve(false);
			};
			peer.onconnectionstatechange = look;
			look();
		});
	}

	/* Connected is not enough: sound must arrive as well. */
	async #measured(peer: RTCPeerConnection): Promise<MediaStats | null> {
		const end = performance.now() + SETTLE_MS;
		let now = await measure(peer);

		while (performance.now() < end && !(now.packetsIn && now.rttMs !== undefined)) {
			await this.wait(SAMPLE_MS);
			now = await measure(peer);
		}
		return now.packetsIn ? now : null;
	}
}
