/* core/sse.test.ts - event streams in pieces of every size.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventStream } from "./sse.js";
import type { ServerEvent } from "./sse.js";

const SAMPLE =
	': hello\n\nid: 1\nevent: state\ndata: {"a":\ndata: 1}\n\n' +
	"id: 2\r\ndata:x\r\n\r\nevent: empty\n\nretry: 5\ndata: y\n\ndata: never";

const WANTED: ServerEvent[] = [
	{ id: "1", event: "state", data: '{"a":\n1}' },
	{ id: "2", event: "message", data: "x" },
	{ id: "2", event: "message", data: "y" },
];

test("a stream reads the same however it is cut", () => {
	for (let size = 1; size <= SAMPLE.length; size++) {
		const stream = new EventStream();
		const out: ServerEvent[] = [];
		for (let at = 0; at < SAMPLE.length; at += size)
			out.push(...stream.feed(SAMPLE.slice(at, at + size)));
		assert.deepEqual(out, WANTED);
		assert.equal(stream.lastId, "2");
	}
});

test("a line without an end is refused, not kept for ever", () => {
	const stream = new EventStream();

	assert.throws(() => {
		for (let i = 0; i < 100; i++) stream.feed("x".repeat(1000));
	}, RangeError);
});

test("an id with a zero byte is ignored", () => {
	const stream = new EventStream();

	stream.feed("id: 7\ndata: a\n\n");
	stream.feed("id: 8\0\ndata: b\n\n");
	assert.equal(stream.lastId, "7");
});
