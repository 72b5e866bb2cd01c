/* e2e/help/sdk-page.mjs - a page with the unmodified Chime SDK and a few instruments.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The microphone is a 440 Hz oscillator; what comes back goes to an analyser. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { WAIT_MS } from "../../help/wait.mjs";

const web = new URL("../../../web/package.json", import.meta.url);
const { build } = createRequire(web)("esbuild");

let bundle;

async function sdk() {
	bundle ??= (
		await build({
			stdin: {
				contents: `import * as sdk from "amazon-chime-sdk-js"; globalThis.sdk = sdk;`,
				resolveDir: fileURLToPath(new URL(".", web)),
			},
			bundle: true,
			format: "iife",
			platform: "browser",
			write: false,
			logLevel: "error",
			mainFields: ["browser", "module", "main"],
			define: { global: "globalThis" },
		})
	).outputFiles[0].text;
	return bundle;
}

/* Runs in the page: everything a test asks for, as one object. */
function instruments() {
	class Joined {
		constructor(connection, toneHz) {
			const {
				DefaultDeviceController,
				DefaultMeetingSession,
				ConsoleLogger,
				LogLevel,
				MeetingSessionConfiguration,
			} = window.sdk;
			const logger = new ConsoleLogger("sdk", LogLevel.OFF);
			const configuration = new MeetingSessionConfiguration(
				connection.Meeting,
				connection.Attendee,
			);

			this.session = new DefaultMeetingSession(
				configuration,
				logger,
				new DefaultDeviceController(logger),
			);
			this.av = this.session.audioVideo;
			this.me = configuration.credentials.attendeeId;
			this.events = [];
			this.present = [];
			this.volumes = [];
			this.messages = [];
			this.toneHz = toneHz;
			this.av.addObserver({
				audioVideoDidStartConnecting: (again) =>
					this.mark("connecting", again),
				audioVideoDidStart: () => this.mark("started"),
				audioVideoDidStop: (status) =>
					this.mark("stopped", status.statusCode()),
			});
			this.av.realtimeSubscribeToAttendeeIdPresence((id, isPresent) =>
				this.present.push([id, isPresent]),
			);
			this.av.realtimeSubscribeToVolumeIndicator(this.me, (id, volume, muted) =>
				this.volumes.push({ volume, muted }),
			);
			this.av.realtimeSubscribeToReceiveDataMessage("chat", (message) =>
				this.messages.push(message.text()),
			);
		}

		mark(name, detail) {
			this.events.push({ name, detail, at: performance.now() });
		}

		async start() {
			this.context = new AudioContext({ sampleRate: 48000 });
			const out = this.context.createMediaStreamDestination();
			const tone = new OscillatorNode(this.context, { frequency: this.toneHz });
			tone.connect(new GainNode(this.context, { gain: 0.5 })).connect(out);
			tone.start();
			this.audio = new Audio();
			await this.av.startAudioInput(out.stream);
			await this.av.bindAudioElement(this.audio);
			this.beganAt = performance.now();
			this.av.start();
		}

		/* The SDK may say that it started before the sound has come. */
		async listen() {
			while (!this.audio.srcObject)
				await new Promise((resolve) => setTimeout(resolve, 20));
			this.analyser = new AnalyserNode(this.context, {
				fftSize: 16384,
				smoothingTimeConstant: 0,
			});
			this.context
				.createMediaStreamSource(this.audio.srcObject)
				.connect(this.analyser);
		}

		/* The strongest tone, and how far all else lies below it, in dB. */
		hear() {
			const bins = new Float32Array(this.analyser.frequencyBinCount);
			this.analyser.getFloatFrequencyData(bins);
			const width = this.context.sampleRate / this.analyser.fftSize;
			let top = 1;
			for (let i = 1; i < bins.length; i++) if (bins[i] > bins[top]) top = i;
			const power = (from, to) => {
				let sum = 0;
				for (let i = Math.max(1, from); i < Math.min(to, bins.length); i++)
					sum += 10 ** (bins[i] / 10);
				return sum;
			};
			const all = power(1, bins.length);
			const tone = power(top - 6, top + 7);
			return {
				hz: top * width,
				db: bins[top],
				cleanDb: 10 * Math.log10(tone / Math.max(all - tone, 1e-20)),
			};
		}

		async stats() {
			const controller = this.session.audioVideoController;
			const out = { sent: 0, received: 0, lost: 0, codec: "" };
			(await controller.rtcPeerConnection.getStats()).forEach((stat, _, all) => {
				if (stat.type === "inbound-rtp" && stat.kind === "audio") {
					out.received = stat.packetsReceived;
					out.lost = stat.packetsLost;
					out.concealed = stat.concealedSamples;
				}
				if (stat.type === "outbound-rtp" && stat.kind === "audio")
					out.sent = stat.packetsSent;
				if (stat.type === "remote-inbound-rtp" && stat.kind === "audio")
					out.lostThere = stat.packetsLost;
				if (stat.type === "codec") out.codec = stat.mimeType;
			});
			return out;
		}
	}

	/* The sockets, so that a test can pull one. */
	const Socket = window.WebSocket;
	window.sockets = [];
	window.isCut = false;
	window.WebSocket = class extends Socket {
		constructor(url, protocols) {
			super(window.isCut ? "ws://localhost:1/" : url, protocols);
			window.sockets.push(this);
		}
	};
	window.Joined = Joined;
	window.calls = {};
}

/* Opens the page at the demo's own origin. */
export async function openSdkPage(browser, origin) {
	const page = await (await browser.newContext()).newPage();

	/* A real page: the browser keeps a made-up one from loopback sockets. */
	await page.goto(`${origin}/`);
	await page.evaluate(await sdk());
	await page.evaluate(instruments);
	return page;
}

export async function join(page, name, connection, toneHz = 440) {
	await page.evaluate(
		async ([key, data, hz]) => {
			window.calls[key] = new window.Joined(data, hz);
			await window.calls[key].start();
		},
		[name, connection, toneHz],
	);
}

export async function waitEvent(page, name, event, timeout = WAIT_MS) {
	await page.waitForFunction(
		([key, wanted]) => window.calls[key].events.some((one) => one.name === wanted),
		[name, event],
		{ timeout, polling: 20 },
	);
}
