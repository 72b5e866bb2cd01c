/* media/client.ts - a call's socket and media, driven by the session.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Does what session.ts asks for and tells it what happened; decides nothing
 * by itself. */
import { RingdownError } from "../core/ports.js";
import type { MediaNews, MediaSession, MediaStats, Microphone } from "../core/ports.js";
import { decode, encode } from "./frames.js";
import { Session } from "./session.js";
import type { Action, Happening } from "./session.js";
import { Input, measure, play, playOn } from "./sound.js";
import type { Captured } from "./sound.js";

export const SUBPROTOCOL = "_aws_wt_session";
export const QUERY = "?X-Chime-Control-Protocol-Version=3";
const TOKEN = /^[\w.+-]{2,4096}$/; /* what may be a subprotocol */
const BITRATE = 32_000;
const REPORT_MS = 1000;

/* Redundancy is not spoken by the server, comfort noise by nobody. */
const UNUSED = /\/(red|cn)$/i;

interface Placement {
	readonly url: string;
	readonly audioHost: string;
	readonly token: string;
}

type Json = Readonly<Record<string, unknown>>;

function member(from: unknown, name: string): unknown {
	return typeof from === "object" && from !== null ? (from as Json)[name] : undefined;
}

/* What the server gave as ConnectionData; refused here if no attempt at it
 * could ever succeed. */
export function placementOf(connection: unknown): Placement {
	const media = member(member(connection, "Meeting"), "MediaPlacement");
	const url = member(media, "SignalingUrl");
	const audioHost = member(media, "AudioHostUrl");
	const token = member(member(connection, "Attendee"), "JoinToken");

	if (
		typeof url !== "string" ||
		!/^wss?:\/\/[^?#]+$/.test(url) ||
		typeof token !== "string" ||
		!TOKEN.test(token)
	)
		throw new RingdownError("internal", { detail: "no SignalingUrl, or no JoinToken" });
	return { url, audioHost: typeof audioHost === "string" ? audioHost : "", token };
}

export function preferOpus(transceiver: RTCRtpTransceiver): void {
	const codecs = RTCRtpReceiver.getCapabilities?.("audio")?.codecs ?? [];
	const isOpus = ({ mimeType }: { mimeType: string }): boolean =>
		mimeType.toLowerCase() === "audio/opus";

	/* Older Firefox cannot, and has opus first anyway. */
	transceiver.setCodecPreferences?.([
		...codecs.filter(isOpus),
		...codecs.filter((codec) => !isOpus(codec) && !UNUSED.test(codec.mimeType)),
	]);
}

/* Servers that the browser refuses are gone without: most calls need none. */
function connection(servers: readonly RTCIceServer[]): RTCPeerConnection {
	try {
		return new RTCPeerConnection({
			bundlePolicy: "max-bundle",
			iceServers: [...servers],
		});
	} catch {
		return new RTCPeerConnection({ bundlePolicy: "max-bundle" });
	}
}

class Client implements MediaSession {
	readonly #session: Session;
	readonly #input: Input;
	readonly #left: Promise<void>;
	#hasLeft: () => void = () => undefined;
	#isOver = false;
	#socket: WebSocket | null = null;
	#peer: RTCPeerConnection | null = null;
	#last: MediaStats = {};
	#timer: ReturnType<typeof setTimeout> | undefined;
	#reports: ReturnType<typeof setInterval> | undefined;
	readonly #hurry = (): void => {
		if (document.visibilityState === "visible") this.#feed({ on: "hurry" });
	};

	constructor(
		private readonly placement: Placement,
		private readonly stream: MediaStream,
		private readonly audio: HTMLAudioElement,
		private readonly tell: (news: MediaNews) => void,
		private readonly servers: readonly RTCIceServer[],
	) {
		const [sessionId = 1] = crypto.getRandomValues(new Uint32Array(1));

		this.#left = new Promise((resolve) => {
			this.#hasLeft = resolve;
		});
		this.#session = new Session(
			{ sessionId, audioHost: placement.audioHost, random: Math.random },
			performance.now(),
		);
		addEventListener("online", this.#hurry);
		document.addEventListener("visibilitychange", this.#hurry);
		this.#input = new Input(stream, () =>
			this.#peer?.getSenders()[0]?.replaceTrack(this.#input.track),
		);
	}

	start(): void {
		this.#pump();
	}

	/* The track is silent at once; the others are told. */
	mute(on: boolean): void {
		for (const track of this.stream.getAudioTracks()) track.enabled = !on;
		this.#feed({ on: "mute", isMuted: on });
	}

	async level(): Promise<number> {
		return (await this.stats()).levelOut ?? 0;
	}

	/* Of media that is being closed a browser tells nothing more: of that
	 * which was, or never got through, it is the last report. */
	stats(): Promise<MediaStats> {
		return this.#session.state === "running"
			? measure(this.#peer, this.#input)
			: Promise.resolve(this.#last);
	}

	playSound(): Promise<void> {
		return play(this.audio, this.tell);
	}

	setInput(microphone: Microphone): Promise<void> {
		return this.#input.take((microphone as Captured).stream);
	}

	setOutput(id: string): Promise<void> {
		return playOn(this.audio, id);
	}

	repair(): void {
		this.#feed({ on: "media_failed" });
	}

	leave(): Promise<void> {
		if (!this.#isOver) this.audio.muted = true;
		this.#input.close();
		this.#feed({ on: "leave" });
		return this.#left;
	}

	/* --- driving the session --- */

	#feed(happening: Happening): void {
		this.#session.feed(happening, performance.now());
		this.#pump();
	}

	#pump(): void {
		for (let act = this.#session.poll(); act; act = this.#session.poll()) this.#act(act);
		clearTimeout(this.#timer);
		if (this.#session.state === "over") {
			this.#end();
			return;
		}
		this.#timer = setTimeout(
			() => this.#feed({ on: "time" }),
			Math.max(0, this.#session.dueMs - performance.now()),
		);
	}

	#act(action: Action): void {
		switch (action.do) {
			case "open":
				this.#open();
				break;
			case "close":
				this.#close();
				break;
			case "send":
				if (this.#socket?.readyState === WebSocket.OPEN)
					this.#socket.send(encode(action.frame, Date.now()));
				break;
			case "offer":
				void this.#offer();
				break;
			case "answer":
				void this.#answer(action.sdp);
				break;
			case "drop":
				this.#drop();
				break;
			case "tell":
				this.tell(action.news);
				break;
		}
	}

	#end(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#input.close();
		removeEventListener("online", this.#hurry);
		document.removeEventListener("visibilitychange", this.#hurry);
		this.audio.srcObject = null;
		this.audio.muted = false;
		this.#hasLeft();
	}

	/* --- the socket --- */

	#open(): void {
		const socket = new WebSocket(this.placement.url + QUERY, [
			SUBPROTOCOL,
			this.placement.token,
		]);
		const heard = (happening: Happening): void => {
			if (this.#socket === socket) this.#feed(happening);
		};

		this.#socket = socket;
		socket.binaryType = "arraybuffer";
		socket.onopen = () => heard({ on: "opened" });
		socket.onclose = ({ code }) => heard({ on: "closed", code });
		socket.onmessage = ({ data }) => {
			const frame = data instanceof ArrayBuffer && decode(new Uint8Array(data));
			if (frame) heard({ on: "frame", frame });
		};
	}

	#close(): void {
		const socket = this.#socket;

		this.#socket = null;
		socket?.close();
	}

	/* --- the media --- */

	/* The offer goes out without waiting for candidates: the server learns
	 * where the browser is from its first check (RFC 8445 7.3.1.3). */
	async #offer(): Promise<void> {
		this.#drop();
		const peer = connection(this.servers);

		this.#peer = peer;
		peer.onconnectionstatechange = () => this.#connected(peer);
		peer.ontrack = ({ track }) => this.#hear(peer, track);
		this.#reports = setInterval(() => void this.#report(peer), REPORT_MS);
		await this.#negotiate(peer, async () => {
			const transceiver = peer.addTransceiver(
				this.#input.track ?? "audio",
				{
					direction: "sendrecv",
					streams: [this.stream],
					sendEncodings: [{ maxBitrate: BITRATE }],
				},
			);
			preferOpus(transceiver);
			await peer.setLocalDescription();
			const sdp = peer.localDescription?.sdp ?? "";
			if (this.#peer === peer) this.#feed({ on: "offer", sdp });
		});
	}

	async #answer(sdp: string): Promise<void> {
		const peer = this.#peer;

		if (peer)
			await this.#negotiate(peer, () =>
				peer.setRemoteDescription({ type: "answer", sdp }),
			);
	}

	/* A description that the browser refuses is media that failed. */
	async #negotiate(peer: RTCPeerConnection, run: () => Promise<void>): Promise<void> {
		try {
			await run();
		} catch {
			if (this.#peer === peer) this.#feed({ on: "media_failed" });
		}
	}

	/* "connected" is ICE and DTLS together. */
	#connected(peer: RTCPeerConnection): void {
		if (this.#peer !== peer) return;
		if (peer.connectionState === "failed") this.#feed({ on: "media_failed" });
		if (peer.connectionState === "connected") this.#feed({ on: "media_up" });
	}

	#hear(peer: RTCPeerConnection, track: MediaStreamTrack): void {
		if (this.#peer !== peer) return;
		this.audio.srcObject = new MediaStream([track]);
		void this.playSound();
	}

	async #report(peer: RTCPeerConnection): Promise<void> {
		const stats = await measure(peer);
		if (this.#peer !== peer) return;

		this.#last = stats;
		if (stats.packetsIn !== undefined)
			this.#feed({ on: "packets", received: stats.packetsIn });
	}

	#drop(): void {
		clearInterval(this.#reports);
		this.#peer?.close();
		this.#peer = null;
	}
}

/* Begins at once; the news tell what came of it. */
export function join(
	invited: unknown,
	stream: MediaStream,
	audio: HTMLAudioElement,
	tell: (news: MediaNews) => void,
	iceServers?: unknown,
): Promise<MediaSession> {
	try {
		const client = new Client(
			placementOf(invited),
			stream,
			audio,
			tell,
			Array.isArray(iceServers) ? (iceServers as RTCIceServer[]) : [],
		);
		client.start();
		return Promise.resolve(client);
	} catch (error) {
		return Promise.reject(
			error instanceof RingdownError
				? error
				: new RingdownError("internal", { detail: String(error) }),
		);
	}
}
