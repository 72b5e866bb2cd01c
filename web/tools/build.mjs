/* tools/build.mjs - builds dist/: loader, module, parts, manifest; watches sizes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The parts come first: the loader carries their names and hashes. */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { minify } from "terser";
import { halves, languages, sentences } from "./contracts.mjs";
import { INNER } from "./names.mjs";

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = `${web}dist/`;
const { version } = JSON.parse(await readFile(`${web}package.json`, "utf8"));

/* Bytes after gzip; the build fails beyond. */
const BUDGET = {
	"ringdown.js": 8 * 1024,
	"ringdown.mjs": 8 * 1024,
	panel: 26 * 1024,
	"media-chime": 250 * 1024,
	preflight: 10 * 1024,
	extras: 8 * 1024,
	diagnostics: 7 * 1024,
	demo: 5 * 1024,
	"build-page.js": 16 * 1024,
};
const SMALL = 4 * 1024; /* languages and small parts */
/* Everything for a call on the engine, from the page to the rating. */
const CALL = { of: ["ringdown.js", "panel"], budget: 33 * 1024 };

/* One task of the SDK asks for the SDK's whole index to get two names, and
 * with it for messaging, video effects and an AWS client. */
const sdkIndex = {
	name: "sdk-index",
	setup(builder) {
		builder.onResolve({ filter: /^\.\.$/ }, ({ importer, resolveDir }) =>
			importer.endsWith("PromoteToPrimaryMeetingTask.js")
				? { path: resolveDir, namespace: "sdk-index" }
				: undefined,
		);
		builder.onLoad({ filter: /.*/, namespace: "sdk-index" }, ({ path }) => ({
			resolveDir: path,
			contents: ["MeetingSessionStatus", "MeetingSessionStatusCode"]
				.map(
					(name) =>
						`exports.${name} = require("../meetingsession/${name}.js").default;`,
				)
				.join("\n"),
		}));
	},
};

const mangleProps = new RegExp(`^(${INNER.join("|")})$`);
const mangleCache = {}; /* the same short name in every file */

/* What the loader has, the parts take from it: page.ts lays it down. */
const SHARED = [
	...["add", "capital", "HANDSET", "icon", "make", "setAttribute", "setText"], /* draw.ts */
	...["fill", "find", "primary"], /* language.ts */
];
const shared = {
	name: "shared",
	setup(builder) {
		builder.onResolve({ filter: /\/(draw|language)\.js$/ }, () => ({
			path: "shelf",
			namespace: "shared",
		}));
		builder.onLoad({ filter: /.*/, namespace: "shared" }, () => ({
			contents: [
				'const shelf = globalThis[Symbol.for("ringdown.parts")].shared;',
				...SHARED.map((name) => `export const ${name} = shelf.${name};`),
			].join("\n"),
		}));
	},
};

/* Style sheets are written a rule to a line, and go out in one. */
const styles = {
	name: "styles",
	setup(builder) {
		builder.onLoad({ filter: /\.styles\.ts$/ }, async ({ path }) => ({
			loader: "ts",
			contents: (await readFile(path, "utf8")).replace(/`[^`]*`/g, (sheet) =>
				sheet.replaceAll("\n", ""),
			),
		}));
	},
};

const base = {
	absWorkingDir: web,
	bundle: true,
	minify: true,
	target: ["chrome109", "firefox115", "safari16.4"],
	charset: "utf8",
	legalComments: "none",
	write: false,
	logLevel: "warning",
	tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

/* What a second look finds in our own code is worth its time: 2 to 3 % after
 * gzip.  The SDK would take ten times as long as all the rest. */
async function tighter(text, isModule) {
	const { code } = await minify(text, {
		ecma: 2022,
		module: isModule,
		compress: { passes: 2, inline: 1 },
		format: { comments: false },
	});

	return code;
}

async function bundle(entry, { isOurs = true, plugins = [], ...options }) {
	const { outputFiles, mangleCache: names } = await build({
		...base,
		...(entry && { entryPoints: [entry] }),
		...(isOurs && { mangleProps, mangleCache }),
		...options,
		plugins: [styles, ...plugins],
	});
	const [{ text }] = outputFiles;

	if (isOurs) Object.assign(mangleCache, names);

	return Buffer.from(isOurs ? await tighter(text, options.format === "esm") : text);
}

const integrity = (bytes, by = "sha384") =>
	`${by}-${createHash(by).update(bytes).digest("base64")}`;
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 12);

const manifest = { version, files: {} };
let isOver = false;

function weigh(what, bytes, gzip, budget) {
	isOver ||= gzip > budget;
	console.log(
		`${what.padEnd(32)} ${String(bytes).padStart(7)} ` +
			`${String(gzip).padStart(7)} gzip of ${budget}${gzip > budget ? "  TOO LARGE" : ""}`,
	);
}

async function write(file, bytes, gzip, brotli) {
	await writeFile(dist + file, bytes);
	await writeFile(`${dist}${file}.gz`, gzip);
	await writeFile(`${dist}${file}.br`, brotli);
}

async function put(file, name, bytes) {
	const gzip = gzipSync(bytes, { level: 9 });
	const brotli = brotliCompressSync(bytes);

	await write(file, bytes, gzip, brotli);
	manifest.files[name] = {
		file,
		integrity: integrity(bytes),
		bytes: bytes.length,
		gzip: gzip.length,
		brotli: brotli.length,
	};
	weigh(file, bytes.length, gzip.length, BUDGET[name] ?? SMALL);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

async function part(name, options) {
	const bytes = await bundle(null, {
		format: "iife",
		...options,
		plugins: [shared, ...(options.plugins ?? [])],
	});
	const file = `${name}-${hash(bytes)}.js`;

	await put(file, name, bytes);
	/* As safe, and shorter than what is published. */
	return { file, integrity: integrity(bytes, "sha256") };
}

/* A part that is nothing but what it gives. */
const gives = (name, head, value) => ({
	stdin: {
		resolveDir: web,
		contents: `import { put } from "./widget/parts.ts";\n${head}\nput("${name}", ${value});`,
	},
});

/* What few pages and few calls need; the index has the names and hashes. */
const index = {};
for (const lang of languages()) {
	const { usual, rare } = halves(lang);
	const files = { [`words-${lang}`]: usual, [`more-${lang}`]: rare };

	/* The panel brings the usual ones in English. */
	if (lang === "en") delete files["words-en"];
	for (const [name, sentences] of Object.entries(files))
		index[name] = await part(name, gives(name, "", JSON.stringify(sentences)));
}

const everywhere = (...keys) => ({
	RINGDOWN_SENTENCES: JSON.stringify(
		Object.fromEntries(
			keys.map((key) => [
				key,
				Object.fromEntries(languages().map((lang) => [lang, sentences(lang)[key]])),
			]),
		),
	),
});
index.hours = await part("hours", {
	entryPoints: ["widget/hours.ts"],
	define: everywhere("launcher.closed", "launcher.callback"),
});
index.context = await part("context", {
	entryPoints: ["widget/context.ts"],
	define: everywhere("hint.page"),
});
index.diagnostics = await part("diagnostics", {
	entryPoints: ["widget/diagnostics/diagnostics.ts"],
	define: everywhere(...Object.keys(sentences("en")).filter((key) => key.startsWith("report."))),
});
for (const [name, options] of [
	["preflight", { entryPoints: ["widget/preflight/preflight.ts"] }],
	["aside", { entryPoints: ["widget/aside.ts"] }],
	["light", { entryPoints: ["widget/light-part.ts"] }],
	["extras", { entryPoints: ["widget/extras/extras.ts"] }],
	["demo", { entryPoints: ["widget/demo/demo.ts"] }],
	["comeback", { entryPoints: ["widget/care/comeback.ts"] }],
	["elsewhere", { entryPoints: ["widget/care/elsewhere.ts"] }],
	["teller", { entryPoints: ["widget/care/teller.ts"] }],
	["muted", { entryPoints: ["widget/care/muted.ts"] }],
	["devices", { entryPoints: ["widget/care/device-lists.ts"] }],
	/* A page whose policy forbids WebAssembly should not be told of an
	 * attempt: long.js has its own way without. */
	[
		"media-chime",
		{
			entryPoints: ["widget/media/chime.ts"],
			isOurs: false,
			plugins: [sdkIndex],
			define: {
				WebAssembly: "undefined",
				"process.env.NODE_ENV": '"production"',
				global: "globalThis",
			},
		},
	],
])
	index[name] = await part(name, options);

/* What the loader says by itself, in every language, since nothing is asked
 * for before someone shows intent; the rest comes with the panel. */
const EARLY = /^(dir|launcher\.call)$/;
const EARLY_ENGLISH = ["launcher.named", "reason.server_unreachable.say"];
const english = sentences("en");
const early = Object.fromEntries(
	languages().map((lang) => [
		lang,
		Object.fromEntries(
			Object.entries(sentences(lang)).filter(
				([key, text]) =>
					lang === "en"
						? EARLY.test(key) || EARLY_ENGLISH.includes(key)
						: EARLY.test(key) && text !== english[key],
			),
		),
	]),
);

/* The panel's English comes on top of the loader's. */
const usual = Object.entries(halves("en").usual).filter(([key]) => !(key in early.en));
const parts = {
	index: await part("index", gives("index", "", JSON.stringify(index))),
	panel: await part("panel", {
		entryPoints: ["widget/panel/panel.ts"],
		define: {
			RINGDOWN_ENGLISH: JSON.stringify(Object.fromEntries(usual)),
		},
	}),
};

const define = {
	RINGDOWN_WORDS: JSON.stringify(early),
	RINGDOWN_PARTS: JSON.stringify(parts),
	RINGDOWN_VERSION: JSON.stringify(version),
};
/* Under a moving name, and under one whose bytes never change: an integrity
 * hash needs the second. */
async function loader(name, entry, format) {
	const bytes = await bundle(entry, { format, define });
	const pinned = name.replace(".", `-${hash(bytes)}.`);

	await put(name, name, bytes);
	await write(
		pinned,
		bytes,
		gzipSync(bytes, { level: 9 }),
		brotliCompressSync(bytes),
	);
	manifest.files[name].pinned = pinned;
}
await loader("ringdown.js", "widget/loader.ts", "iife");
await loader("ringdown.mjs", "widget/module.ts", "esm");

/* The page for site owners is no part of the widget: /build/ serves it where
 * the server is told to. */
async function asset(name, entry) {
	const bytes = await bundle(entry, { format: "iife", isOurs: !entry.endsWith(".css") });
	const file = name.replace(".", `-${hash(bytes)}.`);

	await put(file, name, bytes);
	return file;
}
const style = await asset("build-page.css", "build/page.css");
const script = await asset("build-page.js", "build/page.ts");
const page = await readFile(`${web}build/page.html`, "utf8");
await put(
	"build.html",
	"build.html",
	Buffer.from(page.replace("{{style}}", style).replace("{{script}}", script)),
);

/* The widget as a page of its own, which /v1/frame serves. */
const frame = await asset("frame.js", "widget/frame.ts");
const around = await readFile(`${web}widget/frame.html`, "utf8");
await put("frame.html", "frame.html", Buffer.from(around.replace("{{script}}", frame)));

const sum = (key) => CALL.of.reduce((all, name) => all + manifest.files[name][key], 0);
weigh("a call, from page to rating", sum("bytes"), sum("gzip"), CALL.budget);
await writeFile(`${dist}manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
if (isOver) {
	console.error("a file is larger than its budget");
	process.exit(1);
}
