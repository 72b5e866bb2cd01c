/* e2e/help/media-page.mjs - a page with one of the widget's media parts, and instruments.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The part is the built one of web/dist, under the interface by which the
 * widget uses it.  The microphone is an oscillator; what comes back goes to
 * an analyser; the sockets can be cut, and what is sent on them is kept. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { WAIT_MS } from "../../help/wait.mjs";
import { onError } from "./browser.mjs";

const DIST = new URL("../../../web/dist/", import.meta.url);

/* Our own client comes with the panel, which expects the loader's shelf. */
async function partText(part) {
	const { files } = JSON.parse(await readFile(new URL("manifest.json", DIST), "utf8"));
	const { file } = files[part === "media-engine" ? "panel" : part];
	const text = await readFile(new URL(file, DIST), "utf8");

	return `globalThis[Symbol.for("ringdown.parts")] = { shared: {} };\n${text}`;
}

/* Runs in the page. */
function instruments(part) {
	class Joined {
		news = [];
		audio = new Audio();
		context = new AudioContext({ sampleRate: 48000 });

		tone(hz) {
			const out = this.context.createMediaStreamDestination();
			const tone = new OscillatorNode(this.context, { frequency: hz });
			tone.connect(new GainNode(this.context, { gain: 0.5 })).connect(out);
			tone.start();
			return out.stream;
		}

		/* The device is gone, and the next one has another tone. */
		pull(hz) {
			const [track] = this.stream.getAudioTracks();

			MediaDevices.prototype.getUserMedia = async () => this.tone(hz);
			track.stop();
			track.dispatchEvent(new Event("ended"));
		}

		/* Another device is chosen; it has another tone. */
		choose(hz) {
			return this.session.setInput({ stream: this.tone(hz) });
		}

		async start(connection, toneHz, iceServers) {
			this.stream = this.tone(toneHz);
			this.session = await globalThis[Symbol.for("ringdown.parts")][part].join(
				connection,
				this.stream,
				this.audio,
				(news) => this.news.push(news),
				iceServers,
			);
		}

		count(is) {
			return this.news.filter((one) => one.is === is).length;
		}

		why() {
			return this.news.find((one) => one.is === "stopped")?.why;
		}

		/* The strongest tone of the last third of a second, and how loud it is.
		 * Whatever the element plays now: a reconnection brings another stream. */
		hear() {
			const stream = this.audio.srcObject;

			if (!stream) return { hz: 0, db: -Infinity };
			if (this.heard !== stream) {
				this.heard = stream;
				this.analyser = new AnalyserNode(this.context, {
					fftSize: 16384,
					smoothingTimeConstant: 0,
				});
				this.context.createMediaStreamSource(stream).connect(this.analyser);
			}
			const bins = new Float32Array(this.analyser.frequencyBinCount);
			this.analyser.getFloatFrequencyData(bins);
			let top = 1;
			for (let i = 1; i < bins.length; i++) if (bins[i] > bins[top]) top = i;
			return {
				hz: (top * this.context.sampleRate) / this.analyser.fftSize,
				db: bins[top],
			};
		}
	}

	const Socket = window.WebSocket;
	window.sockets = [];
	window.sent = []; /* in hex */
	window.isCut = false;
	window.WebSocket = class extends Socket {
		constructor(url, protocols) {
			super(window.isCut ? "ws://localhost:1/" : url, protocols);
			window.sockets.push(this);
		}
		send(data) {
			window.sent.push(
				[...new Uint8Array(data.buffer ?? data)]
					.map((byte) => byte.toString(16).padStart(2, "0"))
					.join(""),
			);
			super.send(data);
		}
	};
	/* A close without a code is what a dead link looks like. */
	window.cut = () => {
		const socket = window.sockets.at(-1);
		socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
		socket.close();
	};
	window.Joined = Joined;
	window.calls = {};
}

/* A site of its own: the calls go to another origin, as most do. */
export class MediaSite {
	#complaints = [];

	async open() {
		this.server = createServer((_, response) => {
			response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
			response.end("<!doctype html><html lang=en><title>Media</title></html>");
		});
		await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
		this.origin = `http://localhost:${this.server.address().port}`;
		return this;
	}

	async close() {
		this.server.closeAllConnections();
		await new Promise((done) => this.server.close(done));
	}

	/* What no page had caught since the last look. */
	takeComplaints() {
		return this.#complaints.splice(0);
	}

	async page(browser, part) {
		const page = await (await browser.newContext()).newPage();

		onError(page, (error) => this.#complaints.push(error));
		await page.goto(`${this.origin}/`);
		await page.evaluate(instruments, part);
		await page.addScriptTag({ content: await partText(part) });
		return new MediaPage(page);
	}
}

/* One page; a session in it goes by a name. */
export class MediaPage {
	constructor(page) {
		this.page = page;
	}

	join(connection, { name = "a", hz = 440, iceServers } = {}) {
		return this.page.evaluate(
			async ([key, data, toneHz, servers]) => {
				window.calls[key] = new window.Joined();
				await window.calls[key].start(data, toneHz, servers);
			},
			[name, connection, hz, iceServers],
		);
	}

	/* Calls a method of the instrument. */
	ask(method, argument, name = "a") {
		return this.page.evaluate(
			([key, what, value]) => window.calls[key][what](value),
			[name, method, argument],
		);
	}

	/* And one of the session. */
	session(method, argument, name = "a") {
		return this.page.evaluate(
			([key, what, value]) => window.calls[key].session[what](value),
			[name, method, argument],
		);
	}

	async told(is, { times = 1, name = "a" } = {}) {
		await this.page.waitForFunction(
			([key, what, wanted]) => window.calls[key].count(what) >= wanted,
			[name, is, times],
			{ timeout: 2 * WAIT_MS, polling: 20 },
		);
	}

	async stopped(why, name = "a") {
		await this.told("stopped", { name });
		assert.equal(await this.ask("why", undefined, name), why);
		assert.equal(await this.ask("count", "stopped", name), 1);
	}

	/* Until it hears that tone, or nothing (0). */
	async hears(hz, name = "a") {
		await this.page.waitForFunction(
			([key, wanted]) => {
				const heard = window.calls[key].hear();
				return wanted
					? Math.abs(heard.hz - wanted) < 6 && heard.db > -60
					: heard.db < -80;
			},
			[name, hz],
			{ timeout: WAIT_MS, polling: 50 },
		);
	}

	/* For as long as that; long enough for sound to come, were there any. */
	async isSilent(ms) {
		for (const until = Date.now() + ms; Date.now() < until; ) {
			await this.page.waitForTimeout(100);
			const { hz, db } = await this.ask("hear");
			assert.ok(db < -60, `${hz} Hz with ${db} dB`);
		}
	}

	sent() {
		return this.page.evaluate(() => window.sent);
	}

	cut({ stays }) {
		return this.page.evaluate((isCut) => {
			window.isCut = isCut;
			window.cut();
		}, stays);
	}

	mend() {
		return this.page.evaluate(() => {
			window.isCut = false;
		});
	}

	openSockets() {
		return this.page.evaluate(
			() =>
				window.sockets.filter(
					({ readyState }) => readyState < WebSocket.CLOSING,
				).length,
		);
	}
}
