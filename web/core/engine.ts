/* core/engine.ts - the one call of a page: who has it, who may start one.
 * SPDX-License-Identifier: Apache-2.0 */
import { Api } from "./api.js";
import type { Availability } from "./api.js";
import { Call } from "./call.js";
import type { CallRequest } from "./call.js";
import type { Ports } from "./ports.js";

export class Engine {
	#call: Call | null = null;

	constructor(private readonly ports: Ports) {}

	/* The call of this page, also after it is over, until it is dismissed. */
	get current(): Call | null {
		return this.#call?.state === "idle" ? null : this.#call;
	}

	/* null: another call is on; it is current. */
	place(origin: string, request: CallRequest): Call | null {
		if (this.#call?.busy) return null;
		this.#call = new Call(this.ports, new Api(origin, this.ports), request);
		return this.#call;
	}

	availability(origin: string, to: string): Promise<Availability> {
		return new Api(origin, this.ports).availability(to);
	}
}
