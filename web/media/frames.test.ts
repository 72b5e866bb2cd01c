/* media/frames.test.ts - frames: recorded bytes, the SDK's own codec, and garbage.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import protocol from "amazon-chime-sdk-js/build/signalingprotocol/SignalingProtocol.js";
import { decode, encode } from "./frames.js";
import type { ClientFrame, ServerFrame } from "./frames.js";

const { SdkSignalFrame } = protocol;
const NOW = 1795187785237;
const HEAD = "05 08 95 fc 9e cc 9f 34 10";

const bytesOf = (hex: string): Uint8Array =>
	Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/* As the SDK writes and reads them. */
const fromSdk = (frame: object): Uint8Array =>
	Uint8Array.from([
		5,
		...SdkSignalFrame.encode(
			SdkSignalFrame.fromObject({ timestampMs: NOW, ...frame }),
		).finish(),
	]);
const toSdk = (frame: ClientFrame): Record<string, unknown> =>
	SdkSignalFrame.toObject(SdkSignalFrame.decode(encode(frame, NOW).subarray(1)), {
		longs: Number,
	});

const RECORDED: readonly (readonly [string, string, ServerFrame])[] = [
	["a pong", "13 a2 01 04 08 02 10 01", { is: "pong", id: 1 }],
	["a ping", "13 a2 01 04 08 01 10 01", { is: "ping", id: 1 }],
	["JOIN_ACK with empty credentials", "02 2a 04 0a 00 18 00", { is: "other", type: 2 }],
	["INDEX, empty", "05 42 00", { is: "index" }],
	[
		"AUDIO_STREAM_ID_INFO of one who is here",
		"12 9a 01 0d 0a 0b 08 01 12 01 61 18 00 22 02 75 31",
		{ is: "other", type: 18 },
	],
	[
		"AUDIO_STREAM_ID_INFO of one who left",
		"12 9a 01 06 0a 04 08 01 28 01",
		{ is: "other", type: 18 },
	],
	["AUDIO_METADATA", "11 92 01 08 0a 06 08 01 10 14 20 02", { is: "other", type: 17 }],
	["AUDIO_STATUS 410", "14 aa 01 03 08 9a 03", { is: "status", status: 410 }],
	["LEAVE_ACK", "0a 62 00", { is: "leave_ack" }],
	["error 403 in a JOIN_ACK", "02 1a 03 08 93 03 2a 00", { is: "error", status: 403 }],
];

for (const [what, hex, frame] of RECORDED)
	test(`${what} is read as recorded`, () => {
		const bytes = bytesOf(`${HEAD} ${hex}`);

		assert.deepEqual(decode(bytes), frame);
		bytes[0] = 2;
		assert.deepEqual(decode(bytes), frame, "the older frame type");
	});

test("a ping is written as the SDK was recorded", () => {
	assert.equal(
		hexOf(encode({ is: "ping", id: 1 }, NOW)),
		hexOf(bytesOf(`${HEAD} 13 a2 01 04 08 01 10 01`)),
	);
});

test("the SDK's codec reads what is written", () => {
	assert.deepEqual(toSdk({ is: "join", sessionId: 0xfedcba98 }), {
		timestampMs: NOW,
		type: 1,
		join: { protocolVersion: 2, flags: 2, audioSessionId: 0xfedcba98 },
	});
	assert.deepEqual(
		toSdk({ is: "subscribe", offer: "v=0\r\n", audioHost: "höst:1", isMuted: true }),
		{
			timestampMs: NOW,
			type: 3,
			sub: {
				duplex: 1,
				sdpOffer: "v=0\r\n",
				audioHost: "höst:1",
				audioMuted: true,
			},
		},
	);
	assert.deepEqual(toSdk({ is: "mute", isMuted: false }), {
		timestampMs: NOW,
		type: 16,
		audioControl: { muted: false },
	});
	assert.deepEqual(toSdk({ is: "pong", id: 300 }), {
		timestampMs: NOW,
		type: 19,
		pingPong: { type: 2, pingId: 300 },
	});
	assert.deepEqual(toSdk({ is: "leave" }), { timestampMs: NOW, type: 9, leave: {} });
});

test("what the SDK's codec writes is read", () => {
	const sdp = `v=0\r\n${"a=x:ä\r\n".repeat(800)}`;

	assert.deepEqual(decode(fromSdk({ type: 4, suback: { duplex: 1, sdpAnswer: sdp } })), {
		is: "answer",
		sdp,
	});
	assert.deepEqual(
		decode(
			fromSdk({
				type: 2,
				joinack: {
					turnCredentials: {
						username: "u",
						password: "p",
						ttl: 60,
						uris: ["turn:a:1", "turns:b:2"],
					},
				},
			}),
		),
		{ is: "other", type: 2 },
	);
	/* Doubles, negative numbers and fields that nobody here knows. */
	assert.deepEqual(
		decode(
			fromSdk({
				type: 21,
				clientMetric: { globalMetrics: [{ type: 9, value: 0.5 }] },
			}),
		),
		{ is: "other", type: 21 },
	);
	assert.deepEqual(
		decode(
			fromSdk({
				type: 22,
				dataMessage: { messages: [{ topic: "t", ingestTimeNs: -1 }] },
			}),
		),
		{ is: "other", type: 22 },
	);
});

test("what lacks something is no frame", () => {
	for (const hex of [
		"",
		"05",
		"05 08 00" /* no type */,
		"05 10 05 42 00" /* no timestamp */,
		"05 08 00 10 05" /* INDEX without its message */,
		"05 08 00 10 04 3a 00" /* no answer in it */,
		"05 08 00 10 13 a2 01 02 08 01" /* a ping without id */,
		"05 08 00 10 13 a2 01 04 08 03 10 01" /* neither ping nor pong */,
		"05 08 00 10 14 aa 01 00",
		"07 08 00 10 05 42 00" /* another frame type */,
		"05 08 00 10 05 42 01" /* longer than what is there */,
		"05 08 00 10 05 42 ff ff ff ff ff ff ff ff ff 01",
		"05 08 80 80 80 80 80 80 80 80 80 80 00 10 05 42 00" /* 11 bytes of number */,
		"05 08 00 10 05 42 00 03" /* a group */,
		"05 08 00 10 05 42 00 00 00" /* field 0 */,
		"05 08 00 10 04 3a 03 1a 01 ff" /* not UTF-8 */,
	])
		assert.equal(decode(bytesOf(hex)), null, hex);
	assert.equal(decode(new Uint8Array(128 * 1024 + 1).fill(5, 0, 1)), null, "too long");
});

test("no piece and no mutation of a frame does harm", () => {
	const whole = fromSdk({
		type: 2,
		joinack: { turnCredentials: { username: "u", password: "p", uris: ["turn:a:1"] } },
	});

	for (let length = 0; length < whole.length; length++)
		decode(whole.subarray(0, length));
	for (let at = 0; at < whole.length; at++)
		for (let value = 0; value < 256; value++) {
			const bytes = Uint8Array.from(whole);
			bytes[at] = value;
			decode(bytes);
		}
});
