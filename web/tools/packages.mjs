/* tools/packages.mjs - the npm packages, ready to be packed, in ../build/npm/; watches their sizes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is published is not minified: an app's own build does that, and needs
 * the marks of what it may leave out. */
import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const web = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const { version } = JSON.parse(await readFile(`${web}package.json`, "utf8"));

/* Bytes after gzip, minified as an app does; the build fails beyond. */
const PACKAGES = {
	element: { entries: ["index", "jsx"], budget: 1024 },
	react: { entries: ["index"], budget: 3 * 1024, banner: '"use client";' },
};
let isOver = false;

for (const [name, { entries, budget, banner = "" }] of Object.entries(PACKAGES)) {
	const out = `${root}build/npm/${name}/`;
	const base = {
		absWorkingDir: web,
		entryPoints: entries.map((entry) => `${name}/${entry}.ts`),
		outdir: out,
		bundle: true,
		format: "esm",
		target: "es2022",
		charset: "utf8",
		external: ["react"],
		legalComments: "none",
		logLevel: "warning",
		banner: { js: banner },
	};

	await rm(out, { recursive: true, force: true });
	await mkdir(out, { recursive: true });
	await build(base);
	const { outputFiles } = await build({ ...base, minify: true, write: false });
	const gzip = gzipSync(outputFiles[0].contents, { level: 9 }).length;
	isOver ||= gzip > budget;
	console.log(
		`@ringdown/${name}`.padEnd(41) +
			`${String(gzip).padStart(7)} gzip of ${budget}${gzip > budget ? "  TOO LARGE" : ""}`,
	);

	execFileSync(
		process.execPath,
		[`${web}node_modules/typescript/bin/tsc`, "-p", name, "--outDir", `${out}types`],
		{ cwd: web, stdio: "inherit" },
	);
	const about = JSON.parse(await readFile(`${web}${name}/package.json`, "utf8"));
	await writeFile(`${out}package.json`, `${JSON.stringify({ ...about, version }, null, 2)}\n`);
	await cp(`${web}${name}/README.md`, `${out}README.md`);
	await cp(`${root}LICENSE`, `${out}LICENSE`);
}
if (isOver) {
	console.error("a package is larger than its budget");
	process.exit(1);
}
