/* widget/panel/offers.ts - the buttons of a call that is over: what to do next.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Call } from "../../core/call.js";
import { make } from "../draw.js";
import type { Availability, Host, Peer } from "../types.js";
import type { Stage } from "./stage.js";

export interface Wishes {
	retry(): void;
	hold(call: Call): void;
	ask(): Promise<Availability>;
	callBack(): (() => void) | null; /* null: the server does not offer it */
	signIn: (() => void) | null;
}

const MOST = 2; /* more than two ways are none */
const LONGEST = 12; /* name that fits into a button beside another */

/* The best first, and only what this page can do: a phone link if it has
 * one, the site's own sign-in if it told us how. */
export function offersOf(now: Stage, host: Host, wishes: Wishes, call: Call): HTMLElement[] {
	const out: HTMLElement[] = [];
	const look = (): Record<"class" | "part", string> => ({
		class: `button ${out.length === 0 ? "primary" : "second"}`,
		part: out.length === 0 ? "button button-primary" : "button",
	});
	const add = (text: string, run: () => void): void => {
		const button = make("button", { type: "button", ...look() }, text);

		button.addEventListener("click", run);
		out.push(button);
	};
	const again = (): string => {
		const { name } = (call.told["peer"] ?? {}) as Peer;

		if (now.tone === "done") return host.text("action.again");
		/* Whoever was cut off has somebody to call back. */
		if (call.reason !== "network_lost") return host.text("action.retry");
		return name && name.length <= LONGEST
			? host.text("action.back_to", { name })
			: host.text("action.back");
	};
	const phone = host.phone();
	let callBack = wishes.callBack();

	for (const step of now.offers) {
		if (step === "sign_in" && wishes.signIn) {
			add(host.text("action.sign_in"), wishes.signIn);
		} else if (step === "retry" || step === "retry_online") {
			add(again(), () => wishes.retry());
		} else if (callBack && (step === "callback" || (step === "phone" && !phone))) {
			add(host.text("action.callback"), callBack);
			callBack = null; /* once */
		} else if (step === "phone" && phone) {
			const text = host.text("action.phone", { number: phone.label });
			out.push(make("a", { href: phone.href, ...look() }, text));
		}
	}
	return out.slice(0, MOST);
}
