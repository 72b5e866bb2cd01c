/* e2e/providers.test.mjs - the bank's button through Amazon Connect and through the Chime SDK, as a second ringdown plays them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The page, the widget and the Chime SDK are those of the demo; `ringdown
 * answer` is the telephone behind the contact flow, or behind the SIP media
 * application. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort, startAnswer, until } from "../help/server.mjs";
import { openBrowser, signIn } from "./help/browser.mjs";
import { Demo } from "./help/demo.mjs";

const CALLER_HZ = 440;
const PHONE_HZ = 660;

/* Runs in the page: the microphone is a tone, and what comes is heard. */
function instruments(hz) {
	const context = new AudioContext({ sampleRate: 48000 });
	const Connection = window.RTCPeerConnection;

	navigator.mediaDevices.getUserMedia = async () => {
		const out = context.createMediaStreamDestination();
		const tone = new OscillatorNode(context, { frequency: hz });

		await context.resume();
		tone.connect(new GainNode(context, { gain: 0.4 })).connect(out);
		tone.start();
		return out.stream;
	};
	window.RTCPeerConnection = class extends Connection {
		constructor(...all) {
			super(...all);
			this.addEventListener("track", ({ track }) => {
				const ear = new AnalyserNode(context, {
					fftSize: 8192,
					smoothingTimeConstant: 0,
				});
				context
					.createMediaStreamSource(new MediaStream([track]))
					.connect(ear);
				window.ear = ear;
			});
		}
	};
	window.hearHz = () => {
		if (!window.ear) return 0;
		const bins = new Float32Array(window.ear.frequencyBinCount);
		window.ear.getFloatFrequencyData(bins);
		const top = bins.indexOf(Math.max(...bins));
		return bins[top] > -60 ? (top * context.sampleRate) / window.ear.fftSize : 0;
	};
}

for (const provider of ["connect", "chime"])
	describe(`the bank through ${provider}`, () => {
		let demo, browser, page, phone, metrics;
		const part = (name) => page.locator(`ringdown-call[to=support] .${name}`);
		const reach = (state) =>
			page
				.locator(`ringdown-call[to=support][data-state="${state}"]`)
				.waitFor({ state: "attached", timeout: 30_000 });

		before(
			async () => {
				const port = await freePort();

				phone = await startAnswer(
					"--listen",
					`127.0.0.1:${port}`,
					"--json",
					"--tone",
					String(PHONE_HZ),
					"--hear",
					String(CALLER_HZ),
				);
				demo = await new Demo().open({
					phone: `support@127.0.0.1:${port}`,
					provider,
				});
				metrics = /^aws .* metrics (\S+)/m.exec(demo.said)[1];
				browser = await openBrowser();
				page = await (await browser.newContext()).newPage();
				await page.addInitScript(instruments, CALLER_HZ);
				await signIn(page, demo.origin, "alice");
			},
			{ timeout: 700_000 },
		);

		after(async () => {
			await browser?.close();
			await demo?.close();
			await phone?.stop();
		});

		/* What the telephone said of its latest call. */
		const phoneSaid = (event) =>
			phone.program.lines
				.filter((line) => line.startsWith("{"))
				.map((line) => JSON.parse(line))
				.filter((said) => said.event === event);

		async function gauge(name) {
			const text = await (await fetch(metrics)).text();
			const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\d+)`, "gm"))];

			return values.reduce((sum, [, value]) => sum + Number(value), 0);
		}

		async function nothingIsLeft() {
			for (const name of [
				"ringdown_media_legs",
				"ringdown_trunk_dialogs",
				"ringdown_compatible_calls",
				"ringdown_signaling_meetings",
			])
				await until(
					async () => (await gauge(name)) === 0,
					`${name} falls to 0`,
				);
		}

		async function talk() {
			await part("launcher").click();
			await reach("in-call");
			await until(
				() =>
					page.evaluate(
						(hz) => Math.abs(window.hearHz() - hz) < 12,
						PHONE_HZ,
					),
				"the telephone is heard",
			);
		}

		test("tones both ways, digits and verified attributes arrive, the caller hangs up", { timeout: 120_000 }, async () => {
			const before = phoneSaid("ended").length;

			await talk();
			const [incoming] = phoneSaid("incoming").slice(-1);
			const headers = new Map(
				Object.entries(incoming.headers).map(([name, value]) => [
					name.toLowerCase(),
					value,
				]),
			);
			assert.equal(headers.get("x-customer-id"), "customer-1001");
			/* What the page says of itself is no attribute. */
			assert.ok(!JSON.stringify([...headers]).includes("account"));
			await page.keyboard.press("k");
			await page.keyboard.type("42#");
			await until(
				() => (phoneSaid("digit").at(-1)?.digits ?? "") === "42#",
				"42# has arrived",
			);
			await part("end").click();
			await reach("ended");
			await until(() => phoneSaid("ended").length > before, "the telephone is hung up");
			const [ended] = phoneSaid("ended").slice(-1);
			assert.equal(ended.digits, "42#");
			assert.ok(Math.abs(ended.tone.hz - CALLER_HZ) < 5, `${ended.tone.hz} Hz`);
			assert.ok(ended.tone.snr_db > 15, `${ended.tone.snr_db} dB`);
			await nothingIsLeft();
		});

		test("the telephone hangs up, and all ends everywhere", { timeout: 120_000 }, async () => {
			await page.keyboard.press("Escape");
			await reach("idle");
			await talk();
			await phone.stop();
			await reach("ended");
			await nothingIsLeft();
		});
	});
