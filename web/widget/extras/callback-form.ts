/* widget/extras/callback-form.ts - when, and where, shall we call?
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is known already is not asked for: a number of the verified profile
 * is shown masked, and no field is there. */
import type { Call } from "../../core/call.js";
import { add, make, setAttribute, setText } from "../draw.js";
import type { CallbackOffer, Host } from "../types.js";
import { deeds } from "./deeds.js";
import { phoneOf, slotText } from "./numbers.js";

let count = 0;

export function callbackForm(host: Host, call: Call, offer: CallbackOffer): HTMLFormElement {
	const id = `ringdown-callback-${++count}`;
	const slots = offer.slots ?? [];
	const error = make("p", { class: "error", id: `${id}-error`, part: "error", role: "alert" });
	const field = make("input", {
		class: "field",
		part: "field",
		type: "tel",
		name: "tel",
		id: `${id}-tel`,
		autocomplete: "tel",
		inputmode: "tel",
		required: true,
		dir: "ltr",
		"aria-describedby": `${id}-error`,
	});
	const ask = make(
		"button",
		{ type: "submit", class: "button primary", part: "button button-primary" },
		host.text("callback.ask"),
	);
	const form = make("form", { class: "form", part: "callback-form", novalidate: true });

	if (slots.length > 0) form.appendChild(whenOf(host, slots, id));
	add(
		form,
		...(offer.number
			? [make("p", {}, host.text("callback.number", { number: offer.number }))]
			: [
					make(
						"label",
						{ class: "name", for: field.id },
						host.text("callback.phone"),
					),
					field,
				]),
		error,
		make("div", { class: "both" }, ask),
	);
	const tell = (key: "callback.bad" | "callback.failed"): void => {
		setText(error, host.text(key));
		setAttribute(field, "aria-invalid", String(key === "callback.bad"));
		(offer.number ? ask : field).focus();
	};
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const chosen = slots[Number(new FormData(form).get("when") ?? -1)];
		const isAway = ask.getAttribute("aria-disabled") === "true";

		if (isAway) return;
		if (!offer.number && !phoneOf(field.value)) {
			tell("callback.bad");
			return;
		}
		setAttribute(ask, "aria-disabled", "true");
		deeds
			.requestCallback(call, {
				...(offer.number ? {} : { phone: field.value }),
				...(chosen ? { when: chosen } : {}),
			})
			.catch(() => {
				setAttribute(ask, "aria-disabled", "false");
				tell("callback.failed");
			});
	});
	return form;
}

function whenOf(
	host: Host,
	slots: NonNullable<CallbackOffer["slots"]>,
	id: string,
): HTMLFieldSetElement {
	const one = (value: number, text: string): HTMLElement => {
		const radio = make("input", { type: "radio", name: "when", value: String(value) });

		radio.checked = value < 0;
		return make("label", {}, radio, make("span", {}, text));
	};

	return make(
		"fieldset",
		{ id: `${id}-when` },
		make("legend", {}, host.text("callback.when")),
		one(-1, host.text("callback.soon")),
		...slots.map((slot, i) => one(i, slotText(slot, host.locale))),
	);
}
