/* widget/care/device-lists.ts - the part with the lists of microphones and speakers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: select. */
import { add, make, setText } from "../draw.js";
import { put } from "../parts.js";
import type { Chosen, Device, DeviceLists, Devices, Host } from "../types.js";
import { DEFAULT } from "./devices.js";

const CSS = `
.devices label{display:block;padding-top:8px}
.devices select{display:block;width:100%;min-height:var(--_target);margin-top:4px;padding-inline:8px;font:inherit;color:var(--_ink);background:var(--_surface);border:1px solid var(--_muted);border-radius:var(--_radius);text-overflow:ellipsis}
`;

const field = () => ({
	label: make("label"),
	text: make("span"),
	select: make("select", { part: "select" }),
});

class Lists implements DeviceLists {
	readonly #fields = { input: field(), output: field() };
	#shown = "";

	constructor(
		box: HTMLElement,
		private readonly host: Host,
		chosen: Chosen,
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
			box.appendChild(label);
		}
		host.adopt(CSS);
	}

	/* Only what is another is drawn: a list may be open. */
	show(devices: Devices): void {
		const { host } = this;
		const key = `${host.locale} ${JSON.stringify(devices)}`;

		if (key === this.#shown) return;
		this.#shown = key;
		setText(this.#fields.input.text, host.text("devices.input"));
		setText(this.#fields.output.text, host.text("devices.output"));
		this.#fill("input", devices.inputs, devices.activeInput);
		this.#fill("output", devices.outputs, devices.activeOutput);
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

put("devices", { open: (box, host, chosen) => new Lists(box, host, chosen) });
