/* build/fields.ts - the entries of the form, one for each thing to choose.
 * SPDX-License-Identifier: Apache-2.0 */
import { make, setText } from "../widget/draw.js";

export interface FieldAbout {
	readonly key: string;
	readonly label: string;
	readonly code?: string; /* the name in the snippet, where it is another */
	readonly say: string; /* `code` in backticks */
	readonly words?: readonly string[]; /* the default first */
	readonly suggestions?: readonly string[];
	readonly example?: string;
	readonly isColour?: boolean;
	readonly isCheck?: boolean;
}

export interface Field {
	readonly element: HTMLElement;
	readonly note: HTMLElement; /* for what is to be said of the value */
	/* What the colour is as long as none was chosen. */
	readonly unset?: (colour: string) => void;
}

/* changed: with "" where the default was chosen. */
export type Changed = (key: string, value: string) => void;

const MOST_BUTTONS = 4;
const MOST_LETTERS = 26; /* on buttons side by side */

let count = 0;

export function words(text: string): (Node | string)[] {
	return text.split("`").map((part, i) => (i % 2 === 1 ? make("code", {}, part) : part));
}

export function spoken(name: string): string {
	const text = name.replaceAll("-", " ");
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function buttons(about: FieldAbout, value: string, changed: Changed): HTMLElement {
	const name = `choice-${about.key}`;
	const all = (about.words ?? []).map((word) => {
		const input = make("input", { type: "radio", name, value: word });

		input.checked = word === value;
		input.addEventListener("change", () =>
			changed(about.key, word === about.words?.[0] ? "" : word),
		);
		return make("label", {}, input, make("span", {}, word));
	});

	return make("div", { class: "choice" }, ...all);
}

function list(about: FieldAbout, value: string, changed: Changed): HTMLElement {
	const select = make(
		"select",
		{},
		...(about.words ?? []).map((word) => make("option", { value: word }, word)),
	);

	select.value = value;
	select.addEventListener("change", () =>
		changed(about.key, select.value === about.words?.[0] ? "" : select.value),
	);
	return select;
}

function line(about: FieldAbout, value: string, changed: Changed): HTMLInputElement {
	const input = make("input", { type: "text", spellcheck: "false" });

	input.value = value;
	if (about.example) input.placeholder = about.example;
	input.addEventListener("input", () => changed(about.key, input.value.trim()));
	return input;
}

/* A colour is typed, as any colour of CSS, or picked. */
function colour(
	about: FieldAbout,
	text: HTMLInputElement,
	changed: Changed,
): Required<Pick<Field, "element" | "unset">> {
	const picker = make("input", { type: "color", "aria-label": `Pick: ${about.label}` });
	const show = (): void => {
		if (/^#[\da-f]{6}$/i.test(text.value)) picker.value = text.value;
	};

	show();
	text.addEventListener("input", show);
	picker.addEventListener("input", () => {
		text.value = picker.value;
		changed(about.key, picker.value);
	});
	return {
		element: make("div", { class: "colour" }, picker, text),
		unset(value) {
			if (value && text.value === "") picker.value = value;
		},
	};
}

function check(about: FieldAbout, value: string, changed: Changed): Field {
	const input = make("input", { type: "checkbox" });
	const note = make("p", { class: "about" }, ...words(about.say));

	input.checked = value === "on";
	note.id = `about-${++count}`;
	input.setAttribute("aria-describedby", note.id);
	input.addEventListener("change", () => changed(about.key, input.checked ? "on" : ""));
	return {
		element: make(
			"div",
			{ class: "field" },
			make("label", { class: "check" }, input, about.label),
			note,
		),
		note,
	};
}

export function field(about: FieldAbout, value: string, changed: Changed): Field {
	if (about.isCheck) return check(about, value, changed);
	const id = `field-${++count}`;
	const say = make("p", { class: "about", id: `${id}-about` }, ...words(about.say));
	const note = make("p", { class: "note", id: `${id}-note`, role: "status", hidden: true });
	const name: (Node | string)[] = [about.label];
	if (about.code) name.push(" ", make("code", {}, about.code));
	const { words: all = [] } = about;
	const areButtons =
		all.length > 0 && all.length <= MOST_BUTTONS && all.join("").length <= MOST_LETTERS;
	const chosen = value || (all[0] ?? "");

	if (areButtons) {
		const group = buttons(about, chosen, changed);
		group.setAttribute("role", "radiogroup");
		group.setAttribute("aria-labelledby", `${id}-name`);
		group.setAttribute("aria-describedby", say.id);
		return {
			element: make(
				"div",
				{ class: "field" },
				make("p", { class: "name", id: `${id}-name` }, ...name),
				say,
				group,
				note,
			),
			note,
		};
	}
	const input = all.length > 0 ? list(about, chosen, changed) : line(about, value, changed);
	const extra: Node[] = [];
	const picked = about.isColour && colour(about, input as HTMLInputElement, changed);

	input.id = id;
	input.setAttribute("aria-describedby", `${say.id} ${note.id}`);
	if (about.suggestions) {
		const known = make(
			"datalist",
			{ id: `${id}-list` },
			...about.suggestions.map((one) => make("option", { value: one })),
		);
		input.setAttribute("list", known.id);
		extra.push(known);
	}
	return {
		element: make(
			"div",
			{ class: "field" },
			make("label", { class: "name", for: id }, ...name),
			say,
			picked ? picked.element : input,
			...extra,
			note,
		),
		note,
		...(picked && { unset: picked.unset }),
	};
}

export function remark(note: HTMLElement, text: string, isBad = false): void {
	setText(note, text);
	note.hidden = text === "";
	if (isBad) note.dataset["tone"] = "bad";
	else delete note.dataset["tone"];
}
