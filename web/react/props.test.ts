/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OPTIONS } from "../widget/options.js";
import { attributesOf, eventOf, hintsOf } from "./props.js";

const web = process.env["RINGDOWN_WEB"] ?? "";

test("every attribute of the widget has its type", () => {
	const types = readFileSync(`${web}element/attributes.ts`, "utf8");
	const typed = [...types.matchAll(/^\t"?([a-z-]+)"?\?:/gm)].map(([, name]) => name);

	for (const { name, words = [] } of OPTIONS) {
		assert.ok(typed.includes(name), `element/attributes.ts lacks ${name}`);
		const line = types.split("\n").find((one) => one.replace(/"/g, "").startsWith(`\t${name}?:`));
		for (const word of words)
			assert.ok(line?.includes(`"${word}"`) || line?.includes("Switch"), `${name} lacks ${word}`);
	}
});

test("a prop is an attribute in camelCase; what is ours is not written", () => {
	assert.deepEqual(
		attributesOf({
			to: "billing",
			tokenUrl: "/t",
			closeGuard: false,
			sounds: 0.5,
			label: undefined,
			"aria-label": "Call",
			"data-x": 1,
			context: { a: "b" },
			getToken: () => "",
			onState: () => undefined,
			className: "c",
			style: {},
			id: "i",
			nonce: "n",
			children: "x",
		}),
		{
			to: "billing",
			"token-url": "/t",
			"close-guard": "false",
			sounds: "0.5",
			"aria-label": "Call",
			"data-x": "1",
		},
	);
});

test("a handler's name says its event", () => {
	assert.equal(eventOf("onState"), "ringdown:state");
	assert.equal(eventOf("onBeforeCall"), "ringdown:beforecall");
	assert.equal(eventOf("onMutedSpeech"), "ringdown:muted-speech");
	assert.equal(eventOf("online"), undefined);
});

test("a context is at most twenty hints of two hundred characters", () => {
	const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, "x".repeat(300)]));
	const hints = hintsOf(many);

	assert.equal(Object.keys(hints).length, 20);
	assert.equal(hints["k0"]?.length, 200);
	assert.deepEqual(hintsOf({ n: 7, yes: true }), { n: "7", yes: "true" });
	assert.deepEqual(hintsOf(), {});
});
