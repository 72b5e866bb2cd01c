/* build/page.ts - the page for site owners: choose, look, copy.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What can be chosen is the table of the attributes; a new one appears here
 * by itself.  The address after "#" holds the choice, so that it can be kept
 * and sent; nothing is stored. */
import { LANGUAGES } from "../core/catalogue.js";
import { FRAMES, frameOf as demoOf } from "../widget/demo/frames.js";
import { make, setText } from "../widget/draw.js";
import { onDiv, OPTIONS } from "../widget/options.js";
import { OPTION_ABOUT } from "../widget/options.about.js";
import { PROPERTY_ABOUT } from "../widget/styles.about.js";
import { contrast, ENOUGH, hexOf } from "./contrast.js";
import { field, remark, spoken } from "./fields.js";
import type { Field, FieldAbout } from "./fields.js";
import { Sample } from "./sample.js";
import { frameOf, htmlOf, policyOf, reactOf, styleOf } from "./snippet.js";
import type { Choice } from "./snippet.js";

const WIDE = "(min-width: 60rem)"; /* as in page.css */
const LOADER = "/ringdown.js";
const ASK_MS = 400; /* after the last letter of a destination */
const STATE = "demo-state";
const COPIED_MS = 2500;

const LABELS: Readonly<Record<string, string>> = {
	to: "Destination",
	"token-url": "Token URL",
	lang: "Language",
	strings: "Sentences",
};

const EXAMPLES: Readonly<Record<string, string>> = {
	to: "support",
	"token-url": "/ringdown-token",
	label: "Talk to us",
	lang: "auto",
	phone: "+1 555 0100",
	"--ringdown-radius": ".75rem",
};

const PHONE: FieldAbout = {
	key: "phone",
	label: "Phone number",
	say: "Shown where the widget cannot run, and offered when a call fails.",
	example: EXAMPLES["phone"] ?? "",
};
const LOOKS = [
	"--ringdown-accent",
	"--ringdown-accent-ink",
	"--ringdown-radius",
];
const PIN: FieldAbout = {
	key: "pin",
	label: "Pin the script with its integrity hash",
	say: "Browsers then refuse any other file. The name is of this release: keep its files when you upgrade the server.",
	isCheck: true,
};
/* Those of the sample alone, and those a page for everybody cannot have. */
const HIDDEN = ["token", "provider", "demo-state", "nonce", "debug"];
type Group = readonly [title: string, keys: readonly string[]];
const GROUPS: readonly [Group, Group, Group] = [
	["Whom to call", ["to", "token-url", PHONE.key]],
	["How it looks", ["variant", "position", "size", "theme", "label", "lang", ...LOOKS]],
	[
		"What callers get",
		[
			"hours",
			"queue",
			"callback",
			"consent",
			"keypad",
			"devices",
			"rating",
			"sounds",
			"resume",
			"close-guard",
			"preflight",
		],
	],
];

const byId = (id: string): HTMLElement => {
	const found = document.getElementById(id);
	if (!found) throw new Error(`no #${id}`);
	return found;
};

const chosen = new Map(new URLSearchParams(location.hash.slice(1)));
const fields = new Map<string, Field>();
let pinned = { loader: "", integrity: "" };
/* As its callers reach it, which may be by another name than ours. */
const server = {
	origin: location.origin,
	sources: [location.origin, location.origin.replace(/^http/, "ws")],
};

function aboutOf(key: string): FieldAbout | null {
	if (key === PHONE.key) return PHONE;
	if (key.startsWith("--"))
		return {
			key,
			label: spoken(key.replace("--ringdown-", "")),
			code: key,
			say: PROPERTY_ABOUT[key] ?? "",
			isColour: !key.endsWith("radius"),
			...(EXAMPLES[key] && { example: EXAMPLES[key] }),
		};
	const option = OPTIONS.find(({ name }) => name === key);
	if (!option) return null;
	const about = OPTION_ABOUT[key];

	return {
		key,
		label: LABELS[key] ?? spoken(key),
		code: onDiv(key),
		say: about?.say ?? "",
		...(option.words && { words: option.words.filter((word) => !/^\d/.test(word)) }),
		...(key === "lang" && { suggestions: ["auto", ...LANGUAGES] }),
		...(EXAMPLES[key] && { example: EXAMPLES[key] }),
	};
}

/* --- what was chosen ------------------------------------------------------ */

function options(): Map<string, string> {
	const all = new Map([["to", chosen.get("to") || (EXAMPLES["to"] ?? "")]]);

	for (const { name, words } of OPTIONS) {
		const value = chosen.get(name);
		if (value && name !== "to" && !HIDDEN.includes(name))
			if (!words || words.includes(value)) all.set(name, value);
	}
	return all;
}

function style(): Map<string, string> {
	return new Map(
		LOOKS.flatMap((name) => {
			const value = chosen.get(name) ?? "";
			const kind = name.endsWith("radius") ? "border-radius" : "color";
			return value && CSS.supports(kind, value) ? [[name, value] as const] : [];
		}),
	);
}

function choice(): Choice {
	return {
		origin: server.origin,
		...(chosen.get(PIN.key) === "on" && pinned.integrity
			? pinned
			: { loader: LOADER, integrity: "" }),
		phone: chosen.get(PHONE.key) ?? "",
		options: options(),
		style: style(),
		sources: server.sources,
	};
}

/* --- what is shown -------------------------------------------------------- */

interface Code {
	readonly element: HTMLElement;
	readonly text: HTMLElement;
	readonly make: (choice: Choice) => string;
}

const said = byId("said");

async function copy(text: string, name: string, button: HTMLElement, from: Node): Promise<void> {
	try {
		await navigator.clipboard.writeText(text);
		setText(button, "Copied");
		setText(said, `${name} copied`);
		setTimeout(() => {
			setText(button, "Copy");
			setText(said, "");
		}, COPIED_MS);
	} catch {
		/* No clipboard here: it stands there, marked. */
		getSelection()?.selectAllChildren(from);
		setText(said, `${name} is marked; copy it with your keyboard`);
	}
}

function code(name: string, about: string, make_: Code["make"], ...more: Node[]): Code {
	const text = make("code");
	const pre = make("pre", { tabindex: "0", role: "region", "aria-label": name }, text);
	const button = make("button", { type: "button", "aria-label": `Copy ${name}` }, "Copy");

	button.addEventListener("click", () => {
		void copy(text.textContent ?? "", name, button, text);
	});
	return {
		element: make(
			"div",
			{ class: "code" },
			make("div", { class: "bar" }, make("h3", {}, name), button),
			make("p", { class: "about" }, about),
			...more,
			pre,
		),
		text,
		make: make_,
	};
}

const samples: Sample[] = [];
const codes: Code[] = [];

/* A picker cannot be empty: it stands at what the colour comes to. */
function showColours(): void {
	const [ground, words] = samples[0]?.colours() ?? [];

	fields.get("--ringdown-accent")?.unset?.(hexOf(ground ?? ""));
	fields.get("--ringdown-accent-ink")?.unset?.(hexOf(words ?? ""));
}

function sayContrast(): void {
	const note = fields.get("--ringdown-accent-ink")?.note;
	const poor = ["light", "dark"].flatMap((theme, i) => {
		const pair = samples[i]?.colours();
		const ratio = pair ? contrast(...pair) : null;
		return ratio !== null && ratio < ENOUGH ? [`${ratio.toFixed(1)} in ${theme}`] : [];
	});

	if (note)
		remark(
			note,
			poor.length > 0
				? `The words on the button are hard to read: contrast ${poor.join(", ")}; it should be ${ENOUGH}.`
				: "",
			true,
		);
}

function drawn(): void {
	showColours();
	sayContrast();
}

let isDue = false;

function draw(): void {
	isDue = false;
	const now = choice();

	for (const { element, text, make: words } of codes) {
		setText(text, words(now));
		element.hidden = text.textContent === "";
	}
	const shown = new Map(now.options);
	/* Nobody is asked for the hours of a name that is still being typed. */
	if (now.options.get("to") !== known) shown.set("hours", "off");
	if (hasDemo) {
		shown.set("provider", "demo");
		shown.set("demo-state", demoOf(chosen.get(STATE) ?? "")?.name ?? "idle");
	}
	for (const sample of samples) sample.show({ ...now, options: shown });
}

function drawSoon(): void {
	if (isDue) return;
	isDue = true;
	requestAnimationFrame(draw);
}

/* --- does the server know it? --------------------------------------------- */

let known = "";
let asking: ReturnType<typeof setTimeout> | undefined;

async function ask(to: string): Promise<void> {
	const note = fields.get("to")?.note;
	if (!note) return;
	const answer = await fetch(`/v1/destinations/${encodeURIComponent(to)}`, {
		credentials: "omit",
	}).catch(() => null);

	if (to !== chosen.get("to")) return;
	if (!answer) remark(note, "The server does not answer.", true);
	else if (!answer.ok) remark(note, "This server has no such destination.", true);
	else {
		remark(note, `This server has it${await openness(answer)}.`);
		known = to;
		draw();
	}
}

async function openness(answer: Response): Promise<string> {
	const body = (await answer.json().catch(() => null)) as { open?: boolean } | null;

	return body?.open === true ? "; it can be called now" : "; it cannot be called now";
}

function askSoon(): void {
	const to = chosen.get("to") ?? "";
	const note = fields.get("to")?.note;

	clearTimeout(asking);
	if (to === "" && note) remark(note, "");
	if (to !== "") asking = setTimeout(() => void ask(to), ASK_MS);
}

/* --- the page ------------------------------------------------------------- */

function changed(key: string, value: string): void {
	if (value) chosen.set(key, value);
	else chosen.delete(key);
	history.replaceState(null, "", `#${new URLSearchParams([...chosen])}`);
	if (key === "to") askSoon();
	drawSoon();
}

function add(key: string): Node[] {
	const about = aboutOf(key);
	if (!about || HIDDEN.includes(key)) return [];
	const made = field(about, chosen.get(key) ?? "", changed);

	fields.set(key, made);
	return [made.element];
}

function buildForm(): void {
	const form = byId("form");
	const grouped = GROUPS.flatMap(([, keys]) => keys);
	const rest = OPTIONS.map(({ name }) => name).filter((name) => !grouped.includes(name));

	form.addEventListener("submit", (event) => event.preventDefault());
	const [whom, looks, gets] = GROUPS;
	for (const [title, keys] of [whom, looks])
		form.append(make("fieldset", {}, make("legend", {}, title), ...keys.flatMap(add)));
	for (const [title, keys, isOpen] of [
		[...gets, matchMedia(WIDE).matches],
		["More", rest, false],
	] as const)
		form.append(
			make(
				"details",
				{ open: isOpen },
				make("summary", {}, title),
				...keys.flatMap(add),
			),
		);
}

function buildCodes(): void {
	const pin = field(PIN, chosen.get(PIN.key) ?? "", changed).element;

	codes.push(
		code("HTML", "Into the page, where the button shall stand.", htmlOf, pin),
		code("CSS", "Into a style sheet of the page.", styleOf),
		code("React", "With the package @ringdown/react.", reactOf),
		code(
			"Headers",
			"For pages with a policy: added to the directives that are there. Trusted types matter only where they are required.",
			policyOf,
		),
		code(
			"Frame",
			"In place of the HTML, where no script of others may run. The page around gives the token.",
			frameOf,
		),
		code("Integrity hashes", "Of this server's scripts; all of them are in /manifest.json.", () => hashes),
	);
	byId("codes").append(...codes.map(({ element }) => element));
}

/* With the demo provider each state is there without a call. */
function buildStates(): void {
	const select = make(
		"select",
		{ id: "state" },
		...FRAMES.map(({ name, say }) => make("option", { value: name }, `${name}: ${say}`)),
	);

	select.value = demoOf(chosen.get(STATE) ?? "")?.name ?? "idle";
	select.addEventListener("change", () =>
		changed(STATE, select.value === "idle" ? "" : select.value),
	);
	byId("states").replaceChildren(make("label", { for: "state" }, "State"), select);
}

let hasDemo = false;
let hashes = "";

/* The server knows its name, and which providers it has. */
async function learnSources(): Promise<void> {
	const answer = await fetch("/v1/csp.txt").catch(() => null);
	const text = answer?.ok ? await answer.text() : "";
	const [, origin] = /^script-src (\S+)$/m.exec(text) ?? [];
	const [, sources] = /^connect-src (.+)$/m.exec(text) ?? [];

	if (origin) server.origin = origin;
	if (sources) server.sources = sources.split(" ");
	draw();
}

async function learnHashes(): Promise<void> {
	interface Manifest {
		readonly version: string;
		readonly files: Readonly<
			Record<string, { file: string; pinned?: string; integrity: string }>
		>;
	}
	const answer = await fetch("/manifest.json").catch(() => null);
	if (!answer?.ok) return;
	const { version, files } = (await answer.json()) as Manifest;
	const all = Object.entries(files).filter(([name]) => name.startsWith("ringdown"));

	const { pinned: file = "", integrity = "" } = files[LOADER.slice(1)] ?? {};
	pinned = { loader: `/${file}`, integrity };
	hashes = [
		`version ${version}`,
		...all.map(
			([, { file: name, pinned: never, integrity: hash }]) =>
				`${never ?? name}\n  ${hash}`,
		),
	].join("\n");
	hasDemo = "demo" in files;
	if (hasDemo) buildStates();
	draw();
}

function begin(): void {
	const css = document.querySelector<HTMLLinkElement>("link[rel=stylesheet]")?.href ?? "";

	buildForm();
	buildCodes();
	for (const theme of ["light", "dark"] as const)
		samples.push(new Sample(theme, LOADER, css, drawn));
	byId("frames").append(...samples.map(({ element }) => element));
	draw();
	askSoon();
	void learnHashes();
	void learnSources();
}

begin();
