/* widget/language.test.ts - every language is whole, fits, and is found.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LANGUAGES } from "../core/catalogue.js";
import type { Language, StringKey } from "../core/catalogue.js";
import { speechOf } from "./language.js";
import { list, sentence } from "./panel/sentence.js";
import type { Strings, Text } from "./types.js";

const web = process.env["RINGDOWN_WEB"] ?? ".";
const raw = (lang: Language): string =>
	readFileSync(`${web}/../contracts/strings/${lang}.json`, "utf8");
const WORDS = Object.fromEntries(
	LANGUAGES.map((lang) => [lang, JSON.parse(raw(lang)) as Strings]),
) as Record<Language, Strings>;
const KEYS = Object.keys(WORDS.en) as StringKey[];
const OTHERS = LANGUAGES.filter((lang) => lang !== "en");

/* Every sentence of a text: a list has several, a plural one for each form. */
const textsOf = (text: Text | undefined): readonly string[] =>
	typeof text === "string" ? [text] : Object.values(text ?? {});
const allTexts = (lang: Language): string[] => KEYS.flatMap((key) => textsOf(WORDS[lang][key]));
const holes = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join();

/* Columns as a fixed font would have them: two for a wide character, none for
 * a vowel sign. */
const columns = (text: string): number =>
	[...text].reduce(
		(all, one) => all + (/\p{M}/u.test(one) ? 0 : /[\u3000-\u9fff\uff00-\uffef]/.test(one) ? 2 : 1),
		0,
	);

/* What may stay as it is in English, and where. */
const AS_IN_ENGLISH: Readonly<Partial<Record<StringKey, readonly Language[]>>> = {
	dir: OTHERS.filter((lang) => lang !== "ar"),
	"launcher.named": ["ar", "de", "es", "it", "nl", "pl", "pt-BR", "tr"],
};

test("the languages are those that we promise", () => {
	assert.deepEqual(
		[...LANGUAGES].sort(),
		["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "tr", "zh-Hans"].sort(),
	);
	for (const lang of LANGUAGES) assert.equal(WORDS[lang].lang, lang);
});

test("every language has the keys of English, in its order", () => {
	for (const lang of OTHERS) assert.deepEqual(Object.keys(WORDS[lang]), KEYS, lang);
});

test("every text has the shape of English: a text, as many steps, a plural", () => {
	for (const lang of OTHERS)
		for (const key of KEYS) {
			const [ours, theirs] = [WORDS[lang][key], WORDS.en[key]];
			assert.equal(typeof ours, typeof theirs, `${lang} ${key}`);
			assert.equal(Array.isArray(ours), Array.isArray(theirs), `${lang} ${key}`);
			if (Array.isArray(ours) && Array.isArray(theirs))
				assert.equal(ours.length, theirs.length, `${lang} ${key}`);
		}
});

test("every text has the placeholders of English", () => {
	for (const lang of OTHERS)
		for (const key of KEYS)
			for (const [form, text] of Object.entries(formsOf(WORDS[lang][key]))) {
				/* A form for one number alone may say it in a word. */
				if (["zero", "one", "two"].includes(form) && lang === "ar") continue;
				assert.equal(
					holes(text),
					holes(textsOf(WORDS.en[key]).at(-1) ?? ""),
					`${lang} ${key}`,
				);
			}
});

const formsOf = (text: Text | undefined): Readonly<Record<string, string>> =>
	typeof text === "string" ? { text } : ((text ?? {}) as Record<string, string>);

test("a plural has the forms that its language counts seconds with", () => {
	for (const lang of LANGUAGES)
		for (const key of KEYS) {
			const text = WORDS[lang][key];
			if (typeof text !== "object" || Array.isArray(text)) continue;
			const rules = new Intl.PluralRules(lang);
			const forms = new Set(["other"]);
			for (let n = 0; n < 200; n++) forms.add(rules.select(n));
			assert.deepEqual(Object.keys(text).sort(), [...forms].sort(), `${lang} ${key}`);
		}
});

test("no text is empty, doubled in its spaces, or edged with one", () => {
	for (const lang of LANGUAGES)
		for (const text of allTexts(lang)) assert.match(text, /^\S+([ \u00a0\u202f]\S+)*$/u, lang);
});

test("nothing is left in English", () => {
	for (const lang of OTHERS)
		for (const key of KEYS)
			if (!AS_IN_ENGLISH[key]?.includes(lang))
				assert.notDeepEqual(WORDS[lang][key], WORDS.en[key], `${lang} ${key}`);
});

test("only Arabic runs right to left", () => {
	for (const lang of LANGUAGES)
		assert.equal(WORDS[lang].dir, lang === "ar" ? "rtl" : "ltr", lang);
});

/* Two buttons stand beside each other in 22 rem, the tools with an icon. */
const MOST_COLUMNS: Readonly<Partial<Record<StringKey, number>>> = {
	"action.mute": 12,
	"action.unmute": 12,
	"action.keypad": 12,
	"action.keypad_close": 12,
	"action.again": 16,
	"action.retry": 16,
	"action.sign_in": 16,
	"action.phone": 16,
	"action.copy": 12,
	"action.copied": 12,
	"action.cancel": 24,
	"action.hang_up": 24,
	"action.sound": 24,
	"panel.close": 24,
	"launcher.call": 24,
	"launcher.live": 20,
	"launcher.busy": 20,
	"support.id": 22,
};

test("labels fit their buttons, sentences the panel", () => {
	for (const lang of LANGUAGES) {
		for (const [key, most] of Object.entries(MOST_COLUMNS))
			for (const text of textsOf(WORDS[lang][key as StringKey]))
				assert.ok(columns(text) <= most, `${lang} ${key} ${columns(text)}`);
		for (const key of KEYS) {
			const most = key.endsWith(".say") || key.endsWith(".wait") ? 110 : 90;
			for (const text of textsOf(WORDS[lang][key]))
				assert.ok(columns(text) <= most, `${lang} ${key} ${columns(text)}`);
		}
	}
});

test("marks are those of the language", () => {
	for (const lang of OTHERS) {
		const all = allTexts(lang).join("\n");
		assert.doesNotMatch(all, /['"]|\.\.\./, `${lang}: typewriter marks`);
		if (lang === "de") assert.doesNotMatch(all, /[^\u00a0]…/, "de: a space before …");
		else assert.doesNotMatch(all, /\s…/, `${lang}: no space before …`);
		if (lang === "fr") {
			assert.doesNotMatch(all, /[^\u202f][:;!?»]/, "fr: a narrow space before");
			assert.doesNotMatch(all, /«[^\u202f]/, "fr: a narrow space after «");
		}
		if (lang === "ja" || lang === "zh-Hans")
			assert.doesNotMatch(all, /[.,:?!](?=$|[^\x20-\x7e])/m, `${lang}: wide marks`);
		if (lang === "ar") assert.doesNotMatch(all, /[,;?]/, "ar: its own comma");
		if (lang === "es") assert.doesNotMatch(all, /(^|\n)[^¿\n]*\?/, "es: ¿…?");
	}
	const quotes: Partial<Record<Language, RegExp>> = {
		ar: /«[^«»]+»/,
		de: /„[^„“]+“/,
		es: /«[^«»]+»/,
		fr: /«\u202f[^«»]+\u202f»/,
		it: /«[^«»]+»/,
		ja: /「[^「」]+」/,
		nl: /‘[^‘’]+’/,
		pl: /„[^„”]+”/,
		"pt-BR": /“[^“”]+”/,
		tr: /“[^“”]+”/,
		"zh-Hans": /“[^“”]+”/,
	};
	for (const lang of OTHERS)
		for (const step of list("steps.mic.android", [WORDS[lang]]).slice(1, 2))
			assert.match(step, quotes[lang] ?? /^$/, lang);
});

test("no two reasons a caller meets say the same, in any language", () => {
	for (const lang of OTHERS) {
		const says = KEYS.filter(
			(key) =>
				/^reason\.\w+\.say$/.test(key) &&
				!key.includes("bad_request"),
		).map((key) => WORDS[lang][key]);
		assert.equal(new Set(says).size, says.length, lang);
	}
});

test("a count is said in the plural and the digits of the language", () => {
	const say = (lang: Language, seconds: number, locale: string = lang): string =>
		sentence("state.reconnecting.half", [WORDS[lang]], locale, { seconds });

	assert.equal(say("en", 1), "1 second left to reconnect.");
	assert.equal(say("en", 30), "30 seconds left to reconnect.");
	assert.match(say("pl", 1), /pozostała 1\u00a0sekunda\./);
	assert.match(say("pl", 3), /pozostały 3\u00a0sekundy\./);
	assert.match(say("pl", 30), /pozostało 30\u00a0sekund\./);
	assert.match(say("ar", 2, "ar-EG"), /ثانيتان/);
	assert.match(say("ar", 7, "ar-EG"), /٧\u00a0ثوانٍ/);
	assert.match(say("ar", 30, "ar-EG"), /٣٠\u00a0ثانية/);
	assert.match(say("ar", 30, "ar-MA"), /30\u00a0ثانية/);
});

test("what is put into Arabic keeps its own direction", () => {
	assert.equal(
		sentence("action.phone", [WORDS.ar], "ar", { number: "555 0100" }),
		"هاتف \u2068555 0100\u2069",
	);
	assert.equal(sentence("action.phone", [WORDS.de], "de", { number: "555" }), "Tel. 555");
});

test("a missing sentence is looked for in the next language, alone", () => {
	const from: Strings[] = [{ "action.mute": "Hush" }, { "panel.close": "Zu" }, WORDS.en];

	assert.equal(sentence("action.mute", from, "en"), "Hush");
	assert.equal(sentence("panel.close", from, "en"), "Zu");
	assert.equal(sentence("action.unmute", from, "en"), "Unmute");
});

test("the language is the first of the tags that we speak", () => {
	const of = (...tags: string[]): string => {
		const { lang, locale } = speechOf(tags, LANGUAGES);
		return `${lang} ${locale}`;
	};

	assert.equal(of("de"), "de de");
	assert.equal(of("de-AT"), "de de-AT");
	assert.equal(of("pt"), "pt-BR pt-BR");
	assert.equal(of("pt-PT"), "pt-BR pt-BR");
	assert.equal(of("zh-CN"), "zh-Hans zh-Hans");
	assert.equal(of("zh-TW"), "zh-Hans zh-Hans");
	assert.equal(of("zh-Hans-SG"), "zh-Hans zh-Hans-SG");
	assert.equal(of("ar-MA"), "ar ar-MA");
	assert.equal(of("DE"), "de de");
	assert.equal(of("auto", "fr"), "fr fr");
	assert.equal(of("", "", "it-CH"), "it it-CH");
	assert.equal(of("sv", "tr"), "tr tr");
	assert.equal(of("de_DE", "x"), "en en");
	assert.equal(of("sv"), "en en");
	assert.equal(of(), "en en");
	assert.equal(of("den"), "en en");
});

test("a language of the site's own is spoken too, over English", () => {
	const sv = { sv: { "action.mute": "Tyst" } };

	assert.deepEqual(speechOf(["sv-SE", "de"], LANGUAGES, sv), { lang: "en", locale: "sv-SE" });
	assert.deepEqual(speechOf(["de"], LANGUAGES, sv), { lang: "de", locale: "de" });
});

test("one set of sentences to a language, so that any tag of it finds it", () => {
	const primaries = LANGUAGES.map((lang) => lang.split("-")[0]);

	assert.equal(new Set(primaries).size, primaries.length);
});
