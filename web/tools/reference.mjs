/* tools/reference.mjs - writes the tables of docs/widget.md from the source; --check only compares.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Between <!-- reference: NAME --> and <!-- /reference --> stands what a
 * section below gives; the prose around it is written by hand. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { sentences } from "./contracts.mjs";

const here = (path) => new URL(path, import.meta.url);
const text = (path) => readFileSync(here(`../${path}`), "utf8");
const json = (path) => JSON.parse(text(path));

async function load(entry) {
	const { outputFiles } = await build({
		entryPoints: [here(`../${entry}`).pathname],
		bundle: true,
		write: false,
		format: "esm",
		target: "node20",
		charset: "utf8",
	});
	const code = Buffer.from(outputFiles[0].contents).toString("base64");
	return import(`data:text/javascript;base64,${code}`);
}

const code = (word) => `\`${word}\``;
const cell = (words) => (words.other ?? words).replaceAll("|", "\\|").replace(/\s+/g, " ").trim();
const row = (...cells) => `| ${cells.map(cell).join(" | ")} |`;
const table = (heads, rows) =>
	[row(...heads), `|${heads.map(() => "---").join("|")}|`, ...rows].join("\n");

/* What is said of a thing; one that nobody said anything of is a mistake. */
function said(abouts, name, file) {
	const about = abouts[name];
	if (!about) throw new Error(`${file} says nothing about ${name}`);
	return about;
}

/* --- from code ------------------------------------------------------------ */

/* The lines of `export interface NAME {...}`, without "export". */
export function interfaceOf(source, name) {
	const found = new RegExp(`^export (interface ${name}\\b[^]*?^})`, "m").exec(source);
	if (!found) throw new Error(`no interface ${name}`);
	return found[1];
}

/* What stands between the outermost braces, cut at the semicolons of that
 * depth; a comment stays with what follows it. */
export function membersIn(block) {
	const out = [];
	let depth = 0;
	let start = block.indexOf("{") + 1;

	for (const { 0: token, index } of block.matchAll(/\/\*[^]*?\*\/|"[^"]*"|[{}();]/g)) {
		if (token === "{" || token === "(") depth++;
		else if (token === "}" || token === ")") depth--;
		else if (token === ";" && depth === 1) {
			out.push(block.slice(start, index).trim());
			start = index + 1;
		}
	}
	return out;
}

/* {name, type, about} of each member whose name is quoted; the comment above
 * it is about it. */
export function eventsOf(source, name) {
	return membersIn(interfaceOf(source, name)).map((member) => {
		const [, about = "", key, type] =
			/^(?:\/\*([^]*?)\*\/\s*)?"([^"]+)":\s*([^]*)$/.exec(member) ?? [];
		if (!key) throw new Error(`${name} has a member without quotes: ${member}`);
		return { name: key, type, about: about.replace(/\s+\*\s+/g, " ") };
	});
}

/* The names that each match has, in all its groups. */
function named(source, patterns) {
	return patterns.flatMap((pattern) =>
		[...source.matchAll(pattern)].flatMap(([, ...groups]) =>
			groups.flatMap((words) => words?.split(" ") ?? []),
		),
	);
}

/* Also where one of two is chosen: a ? "x" : "y". */
const PARTS = [
	/\bpart: (?:[^\n{,]*?\? )?"([^"]+)"(?: : "([^"]+)")?/g,
	/"part",\s*(?:[^{,;]*?\?\s*)?"([^"]+)"(?:\s*:\s*"([^"]+)")?/g,
	/\blabelled\("[^"]*", "([^"]+)"/g,
];
const SLOTS = [/"slot", \{ name: "([^"]+)"/g];
/* Between the element and its own div. */
const INNER_SLOTS = ["ringdown", "live"];

/* name -> its default in each theme that has one of its own. */
export function propertiesOf(css) {
	const found = new Map();
	const themes = { "data-theme=dark": "dark", "data-theme=none": "none", "data-bs": "bootstrap" };

	for (const [, selector, body] of css.matchAll(/([^{}]*)\{([^{}]*)\}/g)) {
		const marker = Object.keys(themes).find((one) => selector.includes(`[${one}]`));
		const theme = marker ? themes[marker] : "light";
		for (const [, name, rest] of body.matchAll(/var\((--ringdown-[a-z-]+)(,?)/g)) {
			if (!found.has(name)) found.set(name, {});
			const at = body.indexOf(`var(${name}`) + `var(${name}`.length;
			const fallback = rest ? balanced(body, at + 1) : "";
			found.get(name)[theme] ??= fallback;
		}
	}
	return found;
}

/* Up to the bracket that closes the one we are in. */
function balanced(from, start) {
	let depth = 0;

	for (let at = start; at < from.length; at++) {
		if (from[at] === "(") depth++;
		else if (from[at] === ")" && depth-- === 0) return from.slice(start, at);
	}
	return "";
}

/* --- the sections --------------------------------------------------------- */

async function attributes() {
	const { OPTIONS } = await load("widget/options.ts");
	const { OPTION_ABOUT } = await load("widget/options.about.ts");

	return table(
		["name", "values", "default", "live", "meaning"],
		OPTIONS.map(({ name, words, isFixed }) => {
			const about = said(OPTION_ABOUT, name, "widget/options.about.ts");
			return row(
				code(name),
				words ? words.map(code).join(", ") : (about.takes ?? "text"),
				words ? code(words[0]) : (about.standard ?? "–"),
				isFixed ? "no" : (about.live ?? "yes"),
				about.say,
			);
		}),
	);
}

function events() {
	return table(
		["event", "detail", "meaning"],
		eventsOf(text("widget/types.ts"), "RingdownEvents").map(({ name, type, about }) =>
			row(code(name), code(detail(type)), about),
		),
	);
}

/* "{ open: boolean; at?: string }" is said {open, at?}; functions keep the
 * names of their arguments. */
function detail(type) {
	if (!type.startsWith("{")) return type;
	const names = membersIn(`${type.replace(/\s*}$/, ";}").replace(";;", ";")}`).map((member) => {
		const [, name, call] = /^(?:readonly )?(\w+\??)(\((?:\w+)?)?/.exec(
			member.replace(/^\/\*[^]*?\*\/\s*/, ""),
		);
		return call ? `${name}${call})` : name;
	});
	return `{${names.join(", ")}}`;
}

async function styles() {
	const css = await Promise.all([
		load("widget/launcher.styles.ts"),
		load("widget/panel/panel.styles.ts"),
	]);
	const { PROPERTY_ABOUT } = await load("widget/styles.about.ts");
	const found = propertiesOf(css.flatMap((file) => Object.values(file)).join("\n"));

	return table(
		["property", "default", "dark", "for"],
		[...found].map(([name, { light, dark }]) =>
			row(
				code(name),
				shown(light ?? dark ?? ""),
				dark && dark !== light ? shown(dark) : "",
				said(PROPERTY_ABOUT, name, "widget/styles.about.ts"),
			),
		),
	);
}

/* Our own inner names mean nothing to a reader. */
const shown = (value) =>
	/^var\(--_/.test(value)
		? `that of ${code(`--ringdown-${value.slice("var(--_".length, -1).replace("line", "border")}`)}`
		: value
			? code(value)
			: "";

/* All that draws; in the order in which they are explained. */
async function things(what, patterns, abouts) {
	const about = (await load("widget/styles.about.ts"))[abouts];
	const sources = readdirSync(here("../widget"), { recursive: true })
		.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
		.map((name) => text(`widget/${name}`));
	const names = new Set(sources.flatMap((source) => named(source, patterns)));

	for (const name of INNER_SLOTS) names.delete(name);
	for (const name of names) said(about, name, "widget/styles.about.ts");
	return table(
		[what, "what it is"],
		Object.keys(about)
			.filter((name) => names.has(name))
			.map((name) => row(code(name), about[name])),
	);
}

function states() {
	const { states: all } = json("../contracts/call-states.json");
	const strings = sentences("en");

	return table(
		["state", "shown when", "says", "ends after"],
		all
			.filter(({ where }) => where.includes("client"))
			.map(({ name, meaning, limitMs, terminal }) =>
				row(
					code(name),
					meaning.replace(/^.*client: /, ""),
					strings[`state.${name}`] ?? "",
					limitMs ? `${limitMs / 1000} s` : terminal ? "closed by the person" : "–",
				),
			),
	);
}

const WHOSE = { caller: "caller", network: "network", server: "server", far: "far side" };

function reasons() {
	const strings = sentences("en");

	return table(
		["code", "whose", "title", "says", "offers"],
		json("../contracts/reasons.json").reasons.map((one) =>
			row(
				code(one.code),
				WHOSE[one.class],
				strings[`reason.${one.code}`],
				strings[`reason.${one.code}.say`],
				one.nextSteps.map((step) => step.replaceAll("_", " ")).join(", ") || "–",
			),
		),
	);
}

/* Where the types of the public face stand; the first that has one counts. */
const TYPED = [
	"widget/types.ts",
	...["core", "widget", "widget/care"].flatMap((folder) =>
		readdirSync(here(`../${folder}`))
			.filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
			.map((name) => `${folder}/${name}`),
	),
];
/* Long lists that have tables of their own, and what is the browser's. */
const TOLD_ELSEWHERE = /^(RingdownState|CallState|RingdownReason|Reason|Strings)$/;

function typeOf(source, name) {
	if (new RegExp(`^export interface ${name}\\b`, "m").test(source)) return interfaceOf(source, name);
	return new RegExp(`^export (type ${name} = [^;]+;)`, "m").exec(source)?.[1];
}

const spokenOf = (block) =>
	block.replace(/\/\*[^]*?\*\/|"[^"]*"/g, "").match(/\b[A-Z]\w+/g) ?? [];

/* RingdownStatic and all that it and the events speak of, in that order. */
function script() {
	const sources = TYPED.map(text);
	const blocks = new Map();
	const follow = (name) => {
		if (blocks.has(name) || TOLD_ELSEWHERE.test(name)) return;
		const block = sources.map((source) => typeOf(source, name)).find(Boolean);
		if (!block) return;
		blocks.set(name, block);
		for (const other of spokenOf(block)) follow(other);
	};
	const events = spokenOf(interfaceOf(text("widget/types.ts"), "RingdownEvents"));

	blocks.set("RingdownEvents", ""); /* has a table of its own */
	for (const name of ["RingdownStatic", ...events]) follow(name);
	blocks.delete("RingdownEvents");
	return `\`\`\`ts\n${[...blocks.values()].join("\n\n")}\n\`\`\``;
}

export const SECTIONS = {
	attributes,
	events,
	script,
	states,
	reasons,
	properties: styles,
	parts: () => things("part", PARTS, "PART_ABOUT"),
	slots: () => things("slot", SLOTS, "SLOT_ABOUT"),
};

export async function written(page) {
	const marks = /(<!-- reference: ([a-z]+) -->\n)[^]*?(<!-- \/reference -->)/g;
	const fresh = {};
	const names = [...page.matchAll(marks)].map(([, , name]) => name);

	for (const [name, make] of Object.entries(SECTIONS)) {
		if (!names.includes(name)) throw new Error(`no place for ${name}`);
		fresh[name] = await make();
	}
	return page.replace(marks, (_, open, name, close) => `${open}\n${fresh[name]}\n\n${close}`);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const path = here("../../docs/widget.md");
	const page = readFileSync(path, "utf8");
	const fresh = await written(page);
	if (!process.argv.includes("--check")) {
		writeFileSync(path, fresh);
	} else if (fresh !== page) {
		const stale = fresh.split("\n").find((line, i) => line !== page.split("\n")[i]);
		console.error(`docs/widget.md is stale: run npm run docs\n${stale ?? ""}`);
		process.exit(1);
	}
}
