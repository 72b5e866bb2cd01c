/* widget/extras/deeds.ts - what few pages ask of a call.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Call } from "../../core/call.js";
import { RingdownError } from "../../core/ports.js";
import type {
	CallbackReceipt,
	CallbackRequest,
	Deeds,
	MoveTicket,
} from "../types.js";
import { phoneOf } from "./numbers.js";

const MOST_BYTES = 4096;

const refuse = (detail: string): never => {
	throw new RingdownError("bad_request", { detail });
};

/* The latest receipt of each call, for the panel. */
const receipts = new WeakMap<Call, CallbackReceipt>();
export const receiptOf = (call: Call): CallbackReceipt | undefined => receipts.get(call);

const told = ({ id, when, state }: CallbackReceipt): object => ({
	id,
	...(when ? { when } : {}),
	state,
});

export async function cancelCallback(call: Call): Promise<void> {
	const receipt = receipts.get(call);

	if (!receipt) return;
	await call.ask(`/v1/callbacks/${encodeURIComponent(receipt.id)}/cancel`, "callback", {});
	receipts.delete(call);
	call.say("callback", { ...told(receipt), state: "cancelled" });
	call.dismiss();
}

export const deeds: Deeds = {
	async hold(call, on) {
		if (call.holding === on) return;
		if (call.state !== "in-call" && call.state !== "held")
			throw new RingdownError("wrong_state");
		await call.act("hold", { on });
		call.tell({ on: on ? "hold_on" : "hold_off" });
	},

	async send(call, topic, data) {
		const body = JSON.stringify({ topic, data });

		if (new TextEncoder().encode(body).length > MOST_BYTES)
			refuse("a message is at most 4 kB");
		await call.act("messages", { topic, data });
	},

	/* Whoever waits in a line keeps the place: the call goes with the request. */
	async requestCallback(call: Call, request: CallbackRequest): Promise<CallbackReceipt> {
		const phone = request.phone === undefined ? undefined : phoneOf(request.phone);

		if (phone === null) refuse("a phone number begins with its country code");
		const answer = (await call.ask("/v1/callbacks", "callback", {
			destination: call.to,
			...(phone ? { phone } : {}),
			...(request.when ? { when: request.when } : {}),
			...(call.state === "queued" ? { callId: call.id } : {}),
		})) as Partial<CallbackReceipt> | undefined;
		if (typeof answer?.id !== "string") throw new RingdownError("internal");
		const receipt = { state: "waiting", ...answer } as CallbackReceipt;
		receipts.set(call, receipt);
		call.say("callback", told(receipt));
		if (call.state !== "queued") call.tell({ on: "callback_wanted" });
		call.tell({ on: "callback_accepted" });
		return receipt;
	},

	async moveToPhone(call) {
		return (await call.act("move", {})) as MoveTicket;
	},
};
