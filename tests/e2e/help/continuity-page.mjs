/* e2e/help/continuity-page.mjs - a site with the real widget, and pages that come and go.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The site has an origin of its own, as most have.  The microphone is an
 * oscillator; what comes from the far side goes to an analyser as well. */
import { createServer } from "node:http";
import { WAIT_MS } from "../../help/wait.mjs";
import { onError } from "./browser.mjs";

/* Runs in every page before anything else.  hasDevice: the browser's own
 * device is the microphone. */
function instruments(hasDevice) {
	if (!window.MediaDevices) return; /* the empty page that Firefox begins with */
	const ask = MediaDevices.prototype.getUserMedia;
	const context = new AudioContext({ sampleRate: 48000 });
	let analyser = null;

	window.seen = [];
	window.tracks = [];
	window.gain = 0.5;
	for (const type of ["state", "busy", "quality", "devices", "muted-speech"])
		addEventListener(
			`ringdown:${type}`,
			({ detail }) => window.seen.push([type, JSON.parse(JSON.stringify(detail))]),
			true,
		);
	MediaDevices.prototype.getUserMedia = async function (wish) {
		if (hasDevice) {
			const stream = await ask.call(this, wish);
			window.tracks.push(...stream.getTracks());
			return stream;
		}
		const out = context.createMediaStreamDestination();
		const tone = new OscillatorNode(context, { frequency: 440 });
		tone.connect(new GainNode(context, { gain: window.gain })).connect(out);
		tone.start();
		window.tracks.push(...out.stream.getTracks());
		return out.stream;
	};
	const Peer = window.RTCPeerConnection;
	const Socket = window.WebSocket;
	const open = new Set();
	/* What a page finds that lay in the back/forward cache. */
	window.cut = () => {
		for (const one of open) one.close();
		open.clear();
	};
	window.WebSocket = class extends Socket {
		constructor(...words) {
			super(...words);
			open.add(this);
		}
	};
	window.RTCPeerConnection = class extends Peer {
		constructor(...words) {
			super(...words);
			open.add(this);
			this.addEventListener("track", ({ track }) => {
				analyser = new AnalyserNode(context, {
					fftSize: 8192,
					smoothingTimeConstant: 0,
				});
				context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
			});
		}
	};
	window.hears = (hz) => {
		if (!analyser) return false;
		const bins = new Float32Array(analyser.frequencyBinCount);
		analyser.getFloatFrequencyData(bins);
		let top = 1;
		for (let i = 1; i < bins.length; i++) if (bins[i] > bins[top]) top = i;
		return (
			Math.abs((top * context.sampleRate) / analyser.fftSize - hz) < 12 &&
			bins[top] > -60
		);
	};
}

export class CallSite {
	async open() {
		this.html = "";
		this.server = createServer(({ url }, response) => {
			response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
			response.end(
				url === "/elsewhere"
					? "<!doctype html><html lang=en><title>Elsewhere</title>"
					: url === "/next"
						? this.html.replace(/<div.*/, "")
						: this.html,
			);
		});
		await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
		this.origin = `http://localhost:${this.server.address().port}`;
		return this;
	}

	async close() {
		this.server.closeAllConnections();
		await new Promise((done) => this.server.close(done));
	}

	/* Calls as that person from now on. */
	serve(server, { sub = "alice", to = "phone", more = "" } = {}) {
		this.html =
			`<!doctype html><html lang=en><title>Site</title>` +
			`<script src="${server.url}/v1/ringdown.js" defer></script>` +
			`<div data-ringdown="${to}" data-token="${server.token({ sub })}" data-close-guard="off" ${more}></div>`;
	}

	async page(context, complaints, { hasDevice = false } = {}) {
		const page = await context.newPage();

		onError(page, (error) => complaints.push(error));
		await page.addInitScript(instruments, hasDevice);
		await page.goto(`${this.origin}/`);
		return page;
	}
}

export const press = (page) => page.locator("ringdown-call .launcher").click();
export const hears = (page, hz) =>
	page.waitForFunction((wanted) => window.hears(wanted), hz, {
		timeout: WAIT_MS,
		polling: 20,
	});
export const callOf = (page) =>
	page.evaluate(() => {
		const call = window.Ringdown.current;
		return call && { id: call.id, state: call.state, muted: call.muted };
	});
export const seen = (page, type) =>
	page.evaluate(
		(wanted) => window.seen.filter(([name]) => name === wanted).map(([, detail]) => detail),
		type,
	);
