/* widget/care/devices.ts - microphones and speakers: which there are, which is on, which is wanted.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: devices. */
import { make, setText } from "../draw.js";
import type { CareScene, Chosen, Device, DeviceLists, Devices } from "../types.js";

const SETTLE_MS = 300; /* one plug makes several events */
const AGAIN_MS = 5000; /* and some make none */
export const DEFAULT = "default";

export interface Wiring {
	track(): MediaStreamTrack | undefined;
	output(): string;
	setInput(id: string): Promise<void>;
	setOutput(id: string): Promise<void>;
	changed(devices: Devices): void;
	/* Something was plugged or pulled; some systems stop the sound then. */
	moved(): void;
}

const canChooseOutput = (): boolean => "setSinkId" in HTMLMediaElement.prototype;

/* Chromium's "communications" is a second name for a device that is there. */
const listed = (all: readonly MediaDeviceInfo[], kind: MediaDeviceKind): Device[] =>
	all
		.filter((one) => one.kind === kind && one.label && one.deviceId !== "communications")
		.map(({ deviceId, label }) => ({ id: deviceId, label }));

export class DeviceWatch {
	#known = "";
	#defaultGroup: string | undefined;
	#wanted = DEFAULT;
	#settle: ReturnType<typeof setTimeout> | undefined;
	readonly #again: ReturnType<typeof setInterval>;
	readonly #plugged = (): void => {
		clearTimeout(this.#settle);
		this.#settle = setTimeout(() => {
			this.wiring.moved();
			void this.look();
		}, SETTLE_MS);
	};

	constructor(private readonly wiring: Wiring) {
		navigator.mediaDevices.addEventListener("devicechange", this.#plugged);
		this.#again = setInterval(() => void this.look(), AGAIN_MS);
		void this.look();
	}

	/* By hand or by the page; "default" follows the system again. */
	async choose(id: string): Promise<void> {
		await this.wiring.setInput(id);
		this.#wanted = id;
		await this.look();
	}

	async look(): Promise<void> {
		const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
		const active = this.wiring.track()?.getSettings().deviceId ?? DEFAULT;
		const group = all.find(
			(one) => one.kind === "audioinput" && one.deviceId === DEFAULT,
		)?.groupId;
		const before = this.#defaultGroup;
		const found: Devices = {
			inputs: listed(all, "audioinput"),
			outputs: canChooseOutput() ? listed(all, "audiooutput") : [],
			activeInput: active,
			activeOutput: this.wiring.output() || DEFAULT,
		};

		this.#defaultGroup = group;
		const text = JSON.stringify(found);
		if (text !== this.#known) {
			this.#known = text;
			this.wiring.changed(found);
		}
		/* The track goes on with the device that was the default, often
		 * without a sound. */
		if (group !== undefined && before !== undefined && group !== before)
			if (this.#wanted === DEFAULT)
				await this.wiring.setInput(DEFAULT).catch(() => undefined);
	}

	stop(): void {
		navigator.mediaDevices.removeEventListener("devicechange", this.#plugged);
		clearTimeout(this.#settle);
		clearInterval(this.#again);
	}
}

/* Shown where there is something to choose; what to choose from is fetched
 * when somebody wants to see it. */
export class DeviceChoice {
	readonly #title = make("summary", { part: "button" });
	readonly element = make(
		"details",
		{ class: "devices", part: "devices", hidden: true },
		this.#title,
	);
	#lists: DeviceLists | null = null;
	#devices: Devices | null = null;

	constructor(
		private readonly scene: CareScene,
		chosen: Chosen,
	) {
		this.#title.addEventListener(
			"click",
			() =>
				void Promise.all([scene.page.part("devices"), scene.learn()]).then(
					([part]) => {
						this.#lists ??= part.open(this.element, scene.host, chosen);
						this.show(this.#devices);
					},
					(error: unknown) => scene.page.warn(String(error)),
				),
		);
	}

	/* Also in another language, or after an attribute changed. */
	show(devices: Devices | null): void {
		const { host } = this.scene;

		this.#devices = devices;
		this.element.hidden =
			host.option("devices") === "off" ||
			!devices ||
			(devices.inputs.length < 2 && devices.outputs.length < 2);
		setText(this.#title, host.text("devices.label"));
		if (devices) this.#lists?.show(devices);
	}
}
