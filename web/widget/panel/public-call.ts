/* widget/panel/public-call.ts - the call as pages see it.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Call, Quality } from "../../core/call.js";
import type { CallState, Reason } from "../../core/catalogue.js";
import type { RingdownCall } from "../types.js";

export class PublicCall extends EventTarget implements RingdownCall {
	readonly #call: Call;

	constructor(call: Call) {
		super();
		this.#call = call;
	}

	get id(): string {
		return this.#call.id;
	}
	get supportId(): string {
		return this.#call.supportId;
	}
	get to(): string {
		return this.#call.to;
	}
	get state(): CallState {
		return this.#call.state;
	}
	get reason(): Reason | undefined {
		return this.#call.reason;
	}
	get startedAt(): number | undefined {
		return this.#call.startedAt ?? undefined;
	}
	get answeredAt(): number | undefined {
		return this.#call.answeredAt ?? undefined;
	}
	get muted(): boolean {
		return this.#call.muted;
	}

	get quality(): Quality {
		return this.#call.quality;
	}

	mute(on = true): void {
		this.#call.mute(on);
	}

	setInput(id: string): Promise<void> {
		return this.#call.setInput(id);
	}
	setOutput(id: string): Promise<void> {
		return this.#call.setOutput(id);
	}

	sendDigits(digits: string): Promise<void> {
		return this.#call.sendDigits(digits);
	}

	/* Resolves when the call is over; safe in any state. */
	hangUp(): Promise<void> {
		const call = this.#call;

		call.hangUp();
		return new Promise((resolve) => {
			if (!call.busy) {
				resolve();
				return;
			}
			const stop = call.observe({
				changed() {
					if (!call.busy) {
						stop();
						resolve();
					}
				},
			});
		});
	}
}
