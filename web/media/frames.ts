/* media/frames.ts - the frames of a call's signaling, to bytes and back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One binary message is one byte of frame type and one protobuf message of
 * contracts/signaling.proto.  Written by hand for the few frames that a call
 * needs: a message that is broken, too long or lacks what it must have is no
 * frame at all, and fields that are not known here are skipped. */
const FRAME_TYPE = 0x05;
const FRAME_TYPE_OLD = 0x02; /* accepted, never sent */
const MOST_BYTES = 128 * 1024;

const TYPE = {
	join: 1,
	subscribe: 3,
	subscribeAck: 4,
	index: 5,
	leave: 9,
	leaveAck: 10,
	audioControl: 16,
	pingPong: 19,
	audioStatus: 20,
} as const;

/* Where a frame of that type has its message. */
const FIELD = {
	error: 3,
	join: 4,
	subscribe: 6,
	subscribeAck: 7,
	index: 8,
	leave: 11,
	leaveAck: 12,
	audioControl: 17,
	pingPong: 20,
	audioStatus: 21,
} as const;

const PING = 1;
const PONG = 2;
const PROTOCOL_VERSION = 2;
const WANTS_UPDATES = 2;
const NO_VIDEO_SENT = 1;

export type ClientFrame =
	| { readonly is: "join"; readonly sessionId: number /* 32 bits */ }
	| {
			readonly is: "subscribe";
			readonly offer: string;
			readonly audioHost: string;
			readonly isMuted: boolean;
	  }
	| { readonly is: "mute"; readonly isMuted: boolean }
	| { readonly is: "ping" | "pong"; readonly id: number }
	| { readonly is: "leave" };

export type ServerFrame =
	| { readonly is: "index" }
	| { readonly is: "answer"; readonly sdp: string }
	| { readonly is: "ping" | "pong"; readonly id: number }
	| { readonly is: "status"; readonly status: number }
	| { readonly is: "leave_ack" }
	| { readonly is: "error"; readonly status: number }
	| { readonly is: "other"; readonly type: number };

/* --- to bytes --- */

function varint(value: number): number[] {
	const bytes = [];

	/* The timestamp has more than 32 bits, so no shifts. */
	for (; value > 0x7f; value = Math.floor(value / 0x80)) bytes.push((value & 0x7f) | 0x80);
	bytes.push(value);
	return bytes;
}

const whole = (field: number, value: number): number[] => [
	...varint(field * 8),
	...varint(value),
];

function chunk(field: number, bytes: ArrayLike<number>): number[] {
	return [...varint(field * 8 + 2), ...varint(bytes.length), ...Array.from(bytes)];
}

const words = (field: number, value: string): number[] =>
	chunk(field, new TextEncoder().encode(value));

function body(frame: ClientFrame): readonly [type: number, field: number, bytes: number[]] {
	switch (frame.is) {
		case "join":
			return [
				TYPE.join,
				FIELD.join,
				[
					...whole(1, PROTOCOL_VERSION),
					...whole(3, WANTS_UPDATES),
					...whole(6, frame.sessionId),
				],
			];
		case "subscribe":
			return [
				TYPE.subscribe,
				FIELD.subscribe,
				[
					...whole(1, NO_VIDEO_SENT),
					...words(4, frame.offer),
					...words(5, frame.audioHost),
					...whole(7, Number(frame.isMuted)),
				],
			];
		case "mute":
			return [
				TYPE.audioControl,
				FIELD.audioControl,
				whole(1, Number(frame.isMuted)),
			];
		case "ping":
		case "pong":
			return [
				TYPE.pingPong,
				FIELD.pingPong,
				[
					...whole(1, frame.is === "ping" ? PING : PONG),
					...whole(2, frame.id),
				],
			];
		case "leave":
			return [TYPE.leave, FIELD.leave, []];
	}
}

export function encode(frame: ClientFrame, unixMs: number): Uint8Array<ArrayBuffer> {
	const [type, field, bytes] = body(frame);

	return Uint8Array.from([
		FRAME_TYPE,
		...whole(1, unixMs),
		...whole(2, type),
		...chunk(field, bytes),
	]);
}

/* --- and back --- */

const utf8 = new TextDecoder("utf-8", { fatal: true });

/* What a message has: numbers, and the bytes of everything longer.  Of a
 * field that comes twice the last one counts. */
class Message {
	readonly #numbers = new Map<number, number>();
	readonly #chunks = new Map<number, Uint8Array>();
	#at = 0;

	constructor(private readonly bytes: Uint8Array) {
		while (this.#at < bytes.length) this.#take();
	}

	number(field: number): number | undefined {
		return this.#numbers.get(field);
	}

	needNumber(field: number): number {
		const value = this.number(field);

		if (value === undefined) throw new RangeError();
		return value;
	}

	message(field: number): Message | undefined {
		const bytes = this.#chunks.get(field);

		return bytes && new Message(bytes);
	}

	needMessage(field: number): Message {
		const message = this.message(field);

		if (!message) throw new RangeError();
		return message;
	}

	text(field: number): string {
		return utf8.decode(this.#chunks.get(field));
	}

	#take(): void {
		const tag = this.#varint();
		const field = Math.floor(tag / 8);

		if (field < 1 || tag > 0xffffffff) throw new RangeError();
		switch (tag % 8) {
			case 0:
				this.#numbers.set(field, this.#varint());
				break;
			case 1:
				this.#skip(8);
				break;
			case 2:
				this.#chunks.set(field, this.#skip(this.#varint()));
				break;
			case 5:
				this.#skip(4);
				break;
			default:
				throw new RangeError();
		}
	}

	/* Beyond 2^53 it is not exact; no field that is read has such values. */
	#varint(): number {
		let value = 0;

		for (let i = 0; i < 10; i++) {
			const byte = this.bytes[this.#at++];
			if (byte === undefined) throw new RangeError();
			value += (byte & 0x7f) * 2 ** (7 * i);
			if (byte < 0x80) return value;
		}
		throw new RangeError();
	}

	#skip(length: number): Uint8Array {
		const from = this.#at;

		if (length > this.bytes.length - from) throw new RangeError();
		this.#at += length;
		return this.bytes.subarray(from, this.#at);
	}
}

function readPing(ping: Message): ServerFrame {
	const kind = ping.needNumber(1);

	if (kind !== PING && kind !== PONG) throw new RangeError();
	return { is: kind === PING ? "ping" : "pong", id: ping.needNumber(2) };
}

function readAnswer(ack: Message): ServerFrame {
	const sdp = ack.text(3);

	if (!sdp) throw new RangeError();
	return { is: "answer", sdp };
}

function read(frame: Message): ServerFrame {
	const type = frame.needNumber(2);
	const error = frame.message(FIELD.error);

	frame.needNumber(1);
	if (error) return { is: "error", status: error.number(1) ?? 0 };
	switch (type) {
		case TYPE.subscribeAck:
			return readAnswer(frame.needMessage(FIELD.subscribeAck));
		case TYPE.index:
			frame.needMessage(FIELD.index);
			return { is: "index" };
		case TYPE.leaveAck:
			return { is: "leave_ack" };
		case TYPE.pingPong:
			return readPing(frame.needMessage(FIELD.pingPong));
		case TYPE.audioStatus:
			return {
				is: "status",
				status: frame.needMessage(FIELD.audioStatus).needNumber(1),
			};
		default:
			return { is: "other", type };
	}
}

/* null: no frame. */
export function decode(bytes: Uint8Array): ServerFrame | null {
	if (bytes.length > MOST_BYTES) return null;
	if (bytes[0] !== FRAME_TYPE && bytes[0] !== FRAME_TYPE_OLD) return null;
	try {
		return read(new Message(bytes.subarray(1)));
	} catch {
		return null; /* broken, or not UTF-8 */
	}
}
