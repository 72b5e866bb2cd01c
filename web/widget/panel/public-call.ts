/* widget/panel/public-call.ts - the call as pages see it.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Call, Quality } from "../../core/call.js";
import type { CallState, Reason } from "../../core/catalogue.js";
import { rate } from "./rating.js";
import type {
	CallbackReceipt,
	CallbackRequest,
	Deeds,
	MoveTicket,
	PageServices,
	Peer,
	Queue,
	RingdownCall,
} from "../types.js";

type DeedArguments<K extends keyof Deeds> =
	Parameters<Deeds[K]> extends [Call, ...infer Rest] ? Rest : never;

export class PublicCall extends EventTarget implements RingdownCall {
	readonly #call: Call;
	readonly #page: PageServices;

	constructor(call: Call, page: PageServices) {
		super();
		this.#call = call;
		this.#page = page;
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
	get held(): boolean {
		return this.state === "held";
	}
	get queue(): (Queue & { readonly updatedAt: number }) | undefined {
		const { queue, updatedAt } = this.#call.told as { queue?: Queue; updatedAt: number };

		return this.state === "queued" ? { ...queue, updatedAt } : undefined;
	}
	get peer(): Peer | undefined {
		return this.#call.told["peer"] as Peer | undefined;
	}
	get recorded(): boolean {
		return this.#call.told["recorded"] === true;
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

	/* Digits are never told to anyone, secure or not. */
	sendDigits(digits: string): Promise<void> {
		return this.#call.sendDigits(digits);
	}
	hold(on = true): Promise<void> {
		return this.#do("hold", on);
	}
	send(topic: string, data: unknown): Promise<void> {
		return this.#do("send", topic, data);
	}
	requestCallback(request: CallbackRequest): Promise<CallbackReceipt> {
		return this.#do("requestCallback", request);
	}
	moveToPhone(): Promise<MoveTicket> {
		return this.#do("moveToPhone");
	}
	rate(score: number, tags: readonly string[] = []): Promise<void> {
		return rate(this.#call, score, tags);
	}

	/* What few pages ask for is fetched when one does. */
	async #do<K extends keyof Deeds>(
		what: K,
		...rest: DeedArguments<K>
	): Promise<Awaited<ReturnType<Deeds[K]>>> {
		const { deeds } = await this.#page.part("extras");
		const deed = deeds[what] as (...all: unknown[]) => ReturnType<Deeds[K]>;

		return await deed(this.#call, ...rest);
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
