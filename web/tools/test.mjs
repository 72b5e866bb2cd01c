/* tools/test.mjs - bundles every *.test.ts and runs it under node:test.
 * SPDX-License-Identifier: Apache-2.0 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = fileURLToPath(new URL("..", import.meta.url));
const tests = [
	"build",
	"core",
	"media",
	"react",
	"tools",
	"widget",
	"widget/care",
	"widget/demo",
	"widget/diagnostics",
	"widget/extras",
	"widget/panel",
	"widget/preflight",
].flatMap((folder) =>
	readdirSync(join(web, folder))
		.filter((name) => name.endsWith(".test.ts"))
		.map((name) => join(web, folder, name)),
);
const out = mkdtempSync(join(tmpdir(), "ringdown-test-"));

await build({
	entryPoints: tests,
	outdir: out,
	bundle: true,
	platform: "node",
	format: "cjs",
	target: "node20",
	sourcemap: "inline",
	logLevel: "warning",
	outbase: web,
});
const files = tests.map((path) => join(out, path.slice(web.length).replace(/\.ts$/, ".js")));
const { status } = spawnSync(
	process.execPath,
	["--enable-source-maps", "--test", ...process.argv.slice(2), ...files],
	{ stdio: "inherit", env: { ...process.env, RINGDOWN_WEB: web } },
);
rmSync(out, { recursive: true, force: true });
process.exit(status ?? 1);
