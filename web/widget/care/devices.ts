/* widget/care/devices.ts - microphones and speakers: which there are, which is on, which is wanted.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: devices, select. */
import { add, make, setText } from "../draw.js";
import type { Device, Devices, Host } from "../types.js";

const SETTLE_MS = 300; /* one plug makes several events */
const AGAIN_MS = 5000; /* and some make none */
const DEFAULT = "default";

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

export const DEVICES_CSS = `
.devices{width:100%;margin-top:8px;font-size:.875em;text-align:start}
.devices summary{width:fit-content;min-height:28px;margin-inline:auto;padding:3.2px 8px;border-radius:var(--_radius);color:var(--_muted);cursor:pointer}
.devices label{display:block;padding-top:8px}
.devices select{display:block;width:100%;min-height:var(--_target);margin-top:4px;padding-inline:8px;font:inherit;color:var(--_ink);background:var(--_surface);border:1px solid var(--_muted);border-radius:var(--_radius);text-overflow:ellipsis}
`;

/* Shown where there is something to choose. */
export class Picker {
	readonly element = make("details", { class: "devices", part: "devices", hidden: true });
	readonly #title = make("summary", { part: "button" });
	readonly #fields = {
		input: { label: make("label"), text: make("span"), select: make("select", { part: "select" }) },
		output: { label: make("label"), text: make("span"), select: make("select", { part: "select" }) },
	};
	#shown = "";

	constructor(
		private readonly host: Host,
		chosen: { input(id: string): Promise<void>; output(id: string): Promise<void> },
	) {
		for (const kind of ["input", "output"] as const) {
			const { label, text, select } = this.#fields[kind];
			add(label, text, select);
			/* A letter pressed in a list belongs to the list. */
			select.addEventListener("keydown", (event) => {
				if (event.key !== "Escape") event.stopPropagation();
			});
			select.addEventListener("change", () => {
				const before = select.dataset["active"] ?? DEFAULT;
				/* A device that will not open is not the one in use. */
				chosen[kind](select.value).catch(() => {
					select.value = before;
				});
			});
		}
		add(this.element, this.#title, this.#fields.input.label, this.#fields.output.label);
	}

	show({ inputs, outputs, activeInput, activeOutput }: Devices): void {
		const { host } = this;

		this.element.hidden =
			host.option("devices") === "off" || (inputs.length < 2 && outputs.length < 2);
		setText(this.#title, host.text("devices.label"));
		setText(this.#fields.input.text, host.text("devices.input"));
		setText(this.#fields.output.text, host.text("devices.output"));
		this.#fill("input", inputs, activeInput);
		this.#fill("output", outputs, activeOutput);
		this.#shown = host.locale;
	}

	/* In another language, or by an attribute that changed. */
	refresh(devices: Devices | null): void {
		if (devices && (this.#shown !== this.host.locale || this.host.option("devices") === "off" !== this.element.hidden))
			this.show(devices);
	}

	#fill(kind: "input" | "output", devices: readonly Device[], active: string): void {
		const { label, select } = this.#fields[kind];

		label.hidden = devices.length < 2;
		select.replaceChildren(
			...devices.map(({ id, label: name }) => make("option", { value: id }, name)),
		);
		/* What is on may go by a name that is not in the list. */
		select.value = devices.some(({ id }) => id === active) ? active : DEFAULT;
		select.dataset["active"] = select.value;
	}
}
