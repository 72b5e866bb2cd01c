/* core/contracts.test.ts - catalogue, sentences and contracts/ are one.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { REASONS } from "./catalogue.js";

const web = process.env["RINGDOWN_WEB"] ?? ".";
const read = (name: string): unknown =>
	JSON.parse(readFileSync(`${web}/../contracts/${name}`, "utf8"));

test("catalogue.ts is what contracts/ says", () => {
	execFileSync(process.execPath, [`${web}/tools/contracts.mjs`, "--check"]);
});

test("every reason and every state a person can see has its sentence", () => {
	const strings = read("strings/en.json") as Record<string, string | string[]>;
	const { states } = read("call-states.json") as {
		states: { name: string; where: string[] }[];
	};

	for (const code of Object.keys(REASONS)) {
		assert.equal(typeof strings[`reason.${code}`], "string", code);
		assert.equal(typeof strings[`reason.${code}.say`], "string", code);
	}
	for (const { name, where } of states)
		if (where.includes("client"))
			assert.equal(typeof strings[`state.${name}`], "string", name);
});

test("no two reasons a caller meets say the same", () => {
	const strings = read("strings/en.json") as Record<string, string>;
	const seen = new Map<string, string>();

	for (const code of Object.keys(REASONS)) {
		if (["bad_request", "unsupported_media_type"].includes(code))
			continue; /* faults of the site; the person is told the same */
		const say = strings[`reason.${code}.say`] ?? "";
		assert.equal(seen.get(say), undefined, `${code} and ${seen.get(say) ?? ""}`);
		seen.set(say, code);
	}
});

test("codes have the shape that everything that reads them expects", () => {
	const { reasons, classes } = read("reasons.json") as {
		classes: string[];
		reasons: { code: string; class: string; status?: number; nextSteps: string[] }[];
	};

	for (const reason of reasons) {
		assert.match(reason.code, /^[a-z]+(_[a-z]+)*$/);
		assert.ok(classes.includes(reason.class), reason.code);
		assert.ok(
			reason.status === undefined ||
				(reason.status >= 400 && reason.status < 600),
		);
	}
	assert.equal(new Set(reasons.map(({ code }) => code)).size, reasons.length);
});

test("the tables of docs/widget.md are what the source says", () => {
	execFileSync(process.execPath, [`${web}/tools/reference.mjs`, "--check"]);
});
