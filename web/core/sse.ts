/* core/sse.ts - reads an event stream as it arrives, in pieces of any size.
 * SPDX-License-Identifier: Apache-2.0
 *
 * HTML Living Standard 9.2.6, without what our server never sends: a byte
 * order mark and lines that end in a lone CR. */

export interface ServerEvent {
	readonly id: string; /* the last one seen, "" before the first */
	readonly event: string;
	readonly data: string;
}

const MOST_PENDING = 65536; /* a line that never ends is not ours */

export class EventStream {
	#rest = "";
	#id = "";
	#event = "";
	#data: string[] = [];

	get lastId(): string {
		return this.#id;
	}

	feed(text: string): ServerEvent[] {
		const lines = (this.#rest + text).split("\n");
		const out: ServerEvent[] = [];

		this.#rest = lines.pop() ?? "";
		if (this.#rest.length > MOST_PENDING)
			throw new RangeError("line too long");
		for (const line of lines) {
			const event = this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
			if (event) out.push(event);
		}
		return out;
	}

	#line(line: string): ServerEvent | null {
		if (line === "") return this.#dispatch();
		const colon = line.indexOf(":");
		if (colon === 0) return null; /* a comment keeps the connection awake */
		const field = colon < 0 ? line : line.slice(0, colon);
		const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");

		if (field === "data") this.#data.push(value);
		else if (field === "event") this.#event = value;
		else if (field === "id" && !value.includes("\0")) this.#id = value;
		return null;
	}

	#dispatch(): ServerEvent | null {
		const data = this.#data;
		const event = this.#event;

		this.#data = [];
		this.#event = "";
		if (data.length === 0) return null;
		return { id: this.#id, event: event || "message", data: data.join("\n") };
	}
}
