/* widget/media/chime.ts - the part that carries the sound, by the Chime SDK.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The SDK's own audio-video controller without the facades around it: no
 * device picker, content share, telemetry or worker comes along, so the page
 * needs no more rights than a script, a socket and the microphone. */
import DefaultAudioVideoController from "amazon-chime-sdk-js/build/audiovideocontroller/DefaultAudioVideoController.js";
import AudioProfile from "amazon-chime-sdk-js/build/audioprofile/AudioProfile.js";
import type AudioVideoObserver from "amazon-chime-sdk-js/build/audiovideoobserver/AudioVideoObserver.js";
import FullJitterBackoff from "amazon-chime-sdk-js/build/backoff/FullJitterBackoff.js";
import type ClientMetricReport from "amazon-chime-sdk-js/build/clientmetricreport/ClientMetricReport.js";
import NoOpLogger from "amazon-chime-sdk-js/build/logger/NoOpLogger.js";
import type MediaStreamBroker from "amazon-chime-sdk-js/build/mediastreambroker/MediaStreamBroker.js";
import MeetingSessionConfiguration from "amazon-chime-sdk-js/build/meetingsession/MeetingSessionConfiguration.js";
import MeetingSessionStatus from "amazon-chime-sdk-js/build/meetingsession/MeetingSessionStatus.js";
import { MeetingSessionStatusCode } from "amazon-chime-sdk-js/build/meetingsession/MeetingSessionStatusCode.js";
import DefaultReconnectController from "amazon-chime-sdk-js/build/reconnectcontroller/DefaultReconnectController.js";
import DefaultWebSocketAdapter from "amazon-chime-sdk-js/build/websocketadapter/DefaultWebSocketAdapter.js";
import { RingdownError } from "../../core/ports.js";
import type {
	MediaEnd,
	MediaNews,
	MediaSession,
	MediaStats,
	Microphone,
} from "../../core/ports.js";
import { LIMITS_MS } from "../../core/catalogue.js";
import { Input, measure, play, playOn } from "../../media/sound.js";
import type { Captured } from "../../media/sound.js";
import { put } from "../parts.js";

const BITRATE = 32_000;
const SILENT_REPORTS = 3; /* one a second; the far end sends at all times */
const STOP_MS = 1500; /* for LEAVE to be answered before we forget */

const ENDS: Readonly<Partial<Record<MeetingSessionStatusCode, MediaEnd>>> = {
	[MeetingSessionStatusCode.Left]: "left",
	[MeetingSessionStatusCode.MeetingEnded]: "ended",
	[MeetingSessionStatusCode.AudioAttendeeRemoved]: "ended",
	[MeetingSessionStatusCode.AudioJoinedFromAnotherDevice]: "elsewhere",
	[MeetingSessionStatusCode.AudioAuthenticationRejected]: "refused",
	[MeetingSessionStatusCode.IncompatibleSDP]: "refused",
	[MeetingSessionStatusCode.AudioCallAtCapacity]: "full",
};

/* Gives the SDK the microphone that is open already, and nothing else. */
class OpenMicrophone implements MediaStreamBroker {
	constructor(private readonly stream: MediaStream) {}

	acquireAudioInputStream(): Promise<MediaStream> {
		return Promise.resolve(this.stream);
	}
	acquireVideoInputStream(): Promise<MediaStream> {
		return Promise.reject(new Error("no camera"));
	}
	acquireDisplayInputStream(): Promise<MediaStream> {
		return Promise.reject(new Error("no screen"));
	}
	muteLocalAudioInputStream(): void {
		this.#enable(false);
	}
	unmuteLocalAudioInputStream(): void {
		this.#enable(true);
	}
	/* The microphone stays the same for the whole call. */
	addMediaStreamBrokerObserver(): void {
		return;
	}
	removeMediaStreamBrokerObserver(): void {
		return;
	}

	#enable(on: boolean): void {
		for (const track of this.stream.getAudioTracks()) track.enabled = on;
	}
}

interface Pair {
	readonly Meeting: object;
	readonly Attendee: object;
}

function isPair(connection: unknown): connection is Pair {
	const pair = connection as Partial<Pair> | null;
	return typeof pair?.Meeting === "object" && typeof pair.Attendee === "object";
}

function configure(connection: Pair): MeetingSessionConfiguration {
	const configuration = new MeetingSessionConfiguration(
		connection.Meeting,
		connection.Attendee,
	);

	configuration.attendeePresenceTimeoutMs = 0;
	/* What the screen promises is what is done. */
	configuration.reconnectTimeoutMs =
		LIMITS_MS.reconnecting ?? configuration.reconnectTimeoutMs;
	if (configuration.urls) configuration.urls.eventIngestionURL = null;
	return configuration;
}

class ChimeSession implements MediaSession, AudioVideoObserver {
	readonly #controller: DefaultAudioVideoController;
	readonly #input: Input;
	#isUp = false;
	#hasStopped = false;
	#lastPackets = -1;
	#silent = 0;
	#stopped: () => void = () => undefined;

	constructor(
		connection: Pair,
		stream: MediaStream,
		private readonly audio: HTMLAudioElement,
		private readonly tell: (news: MediaNews) => void,
	) {
		const configuration = configure(connection);
		const logger = new NoOpLogger();

		this.#controller = new DefaultAudioVideoController(
			configuration,
			logger,
			new DefaultWebSocketAdapter(logger),
			new OpenMicrophone(stream),
			new DefaultReconnectController(
				configuration.reconnectTimeoutMs,
				new FullJitterBackoff(
					configuration.reconnectFixedWaitMs,
					configuration.reconnectShortBackOffMs,
					configuration.reconnectLongBackOffMs,
				),
			),
		);
		this.#controller.addObserver(this);
		this.#controller.setAudioProfile(new AudioProfile(BITRATE, false));
		this.#input = new Input(stream, () => this.#controller.replaceLocalAudio(stream));
	}

	start(): void {
		this.#controller.start();
		void this.playSound();
	}

	audioVideoDidStartConnecting(isReconnecting: boolean): void {
		if (isReconnecting) this.#lost();
	}

	audioVideoDidStart(): void {
		this.#lastPackets = -1;
		this.#silent = 0;
		this.#up();
		void this.playSound();
	}

	audioVideoDidStop(status: MeetingSessionStatus): void {
		if (this.#hasStopped) return;
		this.#hasStopped = true;
		this.#input.close();
		this.tell({ is: "stopped", why: ENDS[status.statusCode()] ?? "network" });
		this.#controller.audioMixController.unbindAudioElement();
		this.#stopped();
	}

	/* The SDK starts over after 25 s without a packet; the person should
	 * know after three. */
	metricsDidReceive(report: ClientMetricReport): void {
		let packets = -1;

		report.getRTCStatsReport().forEach(
			(stat: { type: string; kind?: string; packetsReceived?: number }) => {
				if (stat.type === "inbound-rtp" && stat.kind === "audio")
					packets = stat.packetsReceived ?? -1;
			},
		);
		if (packets < 0) return;
		const isMoving = packets !== this.#lastPackets;
		this.#lastPackets = packets;
		this.#silent = isMoving ? 0 : this.#silent + 1;
		if (isMoving && this.#controller.rtcPeerConnection) this.#up();
		else if (this.#silent >= SILENT_REPORTS) this.#lost();
	}

	mute(on: boolean): void {
		if (on) this.#controller.realtimeController.realtimeMuteLocalAudio();
		else this.#controller.realtimeController.realtimeUnmuteLocalAudio();
	}

	async level(): Promise<number> {
		return (await this.stats()).levelOut ?? 0;
	}

	stats(): Promise<MediaStats> {
		return measure(this.#controller.rtcPeerConnection, this.#input);
	}

	async playSound(): Promise<void> {
		await this.#controller.audioMixController.bindAudioElement(this.audio).catch(() => undefined);
		await play(this.audio, this.tell);
	}

	setInput(microphone: Microphone): Promise<void> {
		return this.#input.take((microphone as Captured).stream);
	}

	setOutput(id: string): Promise<void> {
		return playOn(this.audio, id);
	}

	repair(): void {
		this.#controller.reconnect(
			new MeetingSessionStatus(MeetingSessionStatusCode.ConnectionHealthReconnect),
			null,
		);
	}

	async leave(): Promise<void> {
		if (this.#hasStopped) return;
		const gone = new Promise<void>((resolve) => {
			this.#stopped = resolve;
		});
		const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS));

		this.audio.muted = true;
		this.#input.close();
		this.#controller.stop();
		await Promise.race([gone, late]);
		this.audio.muted = false;
		this.#hasStopped = true;
	}

	#up(): void {
		if (this.#isUp) return;
		this.#isUp = true;
		this.tell({ is: "up" });
	}

	#lost(): void {
		if (!this.#isUp) return;
		this.#isUp = false;
		this.tell({ is: "lost" });
	}
}

put("media-chime", {
	join(connection, stream, audio, tell) {
		if (!isPair(connection))
			return Promise.reject(
				new RingdownError("internal", {
					detail: "no Meeting or no Attendee",
				}),
			);
		try {
			const session = new ChimeSession(connection, stream, audio, tell);
			session.start();
			return Promise.resolve(session);
		} catch (error) {
			return Promise.reject(
				new RingdownError("internal", { detail: String(error) }),
			);
		}
	},
});
