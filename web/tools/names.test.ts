/* tools/names.test.ts - shortened properties are nobody's but our own files'.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
/* @ts-expect-error: a list of words in plain JavaScript */
import { INNER } from "./names.mjs";

const web = process.env["RINGDOWN_WEB"] ?? ".";
const read = (path: string): string => readFileSync(join(web, path), "utf8");

const sources = ["core", "media", "widget", "widget/care", "widget/extras", "widget/panel"]
	.flatMap((folder) => readdirSync(join(web, folder)).map((name) => `${folder}/${name}`))
	.filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
	.map(read)
	.join("\n");

/* name: or name?: or name( at the begin of a member. */
function members(text: string): Set<string> {
	return new Set(
		[...text.matchAll(/^\s*(?:readonly |get |set )?([A-Za-z]\w*)\??[:(]/gm)].map(
			([, name]) => name ?? "",
		),
	);
}

function checkAgainst(names: Set<string>, whose: string): void {
	const bad = (INNER as string[]).filter((name) => names.has(name));
	assert.deepEqual(bad, [], whose);
}

test("a shortened property is none of the browser's", () => {
	/* TypeScript's description of it; it comes in a package per platform. */
	const home = "node_modules/@typescript";
	const [platform] = readdirSync(join(web, home)).filter((name) => /^typescript-/.test(name));
	const files = readdirSync(join(web, home, platform ?? "", "lib"));
	const lib = files.filter((name) => /^lib\.(dom|es).*\.d\.ts$/.test(name));

	assert.ok(lib.length > 10);
	for (const name of lib)
		checkAgainst(members(read(`${home}/${platform}/lib/${name}`)), `the browser's: ${name}`);
});

test("a shortened property is none of a page's, the server's or a test's", () => {
	const public_ = [...read("../docs/widget.md").matchAll(/```ts[^]*?```/g)].join("\n");

	checkAgainst(members(public_), "public");
	checkAgainst(members(read("../contracts/openapi.yaml")), "the server's");
	checkAgainst(members(read("../tests/e2e/help/fake-media.mjs")), "a test's");
});

test("a shortened property is always written with a dot", () => {
	for (const name of INNER as string[]) {
		assert.ok(new RegExp(`\\b${name}\\b`).test(sources), `${name} is not used`);
		assert.ok(!sources.includes(`["${name}"]`), name);
	}
});
