/* tools/contracts.mjs - writes core/catalogue.ts from contracts/; --check only compares.
 * SPDX-License-Identifier: Apache-2.0 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const here = (path) => new URL(path, import.meta.url);
const read = (name) => JSON.parse(readFileSync(here(`../../contracts/${name}`), "utf8"));

/* Every file of contracts/strings is a language. */
export const languages = () =>
	readdirSync(here("../../contracts/strings"))
		.map((name) => name.replace(/\.json$/, ""))
		.sort();

export const sentences = (lang) => read(`strings/${lang}.json`);

/* What few calls say is fetched when it is first needed.  Reasons that come
 * from a broken network are not: then it is too late to fetch anything. */
const RARE = [
	/^(launcher\.closed|hint\.page|report\.(offer|thanks))$/, /* hours.ts and context.ts of the widget have them */
	/^state\.(closed|consent|queued|transferring|resuming|callback)/,
	/^(consent|queue|callback|move|tab|peer|warn|pad|keypad|hold|steps|care|preflight)\./,
	/^devices\.(input|output)/,
	/^reason\.(?!network|server_unreachable|ended|internal)/,
	/^(support\.spoken|timer\.|state\.(ended|failed))/, /* in tables of docs/ alone */
];

/* Parts that bring their own sentences, in every language. */
const OWN = /^(launcher\.callback|report\.(?!offer|thanks))/;

export const isRare = (key) => RARE.some((rare) => rare.test(key));

/* One language in its two files. */
export function halves(lang) {
	const all = Object.entries(sentences(lang)).filter(([key]) => !OWN.test(key));
	const of = (rare) => Object.fromEntries(all.filter(([key]) => isRare(key) === rare));

	return { usual: of(false), rare: of(true) };
}

export function catalogue() {
	const { reasons } = read("reasons.json");
	const { states, clientMoves } = read("call-states.json");
	const strings = sentences("en");
	const shown = states.filter((state) => state.where.includes("client"));
	const heard = states.filter((state) => state.where.includes("server"));
	const names = (list) => list.map((one) => JSON.stringify(one.name ?? one)).join(" | ");
	const line = (reason) =>
		`\t${reason.code}: ${reason.state}(${[reason.retry, ...reason.nextSteps]
			.map((one) => JSON.stringify(one))
			.join(", ")}),`;
	const steps = [...new Set(reasons.flatMap((reason) => reason.nextSteps))].sort();

	return `/* core/catalogue.ts - the catalogue of contracts/, as types and values.
 * Written by tools/contracts.mjs; change contracts/ instead.
 * SPDX-License-Identifier: Apache-2.0 */

export type CallState = ${names(shown)};
export type ServerState = ${names(heard)};
export type NextStep = ${names(steps)};
export type EndedBy = "caller" | "advisor" | "system";

export interface ReasonFacts {
	readonly retry: boolean;
	readonly state: "ended" | "failed";
	readonly nextSteps: readonly NextStep[];
}

export type Reason = ${names(reasons.map((reason) => reason.code))};

type Facts = (retry: boolean, ...nextSteps: NextStep[]) => ReasonFacts;
const failed: Facts = (retry, ...nextSteps) => ({ retry, state: "failed", nextSteps });
const ended: Facts = (retry, ...nextSteps) => ({ retry, state: "ended", nextSteps });

export const REASONS: Readonly<Record<Reason, ReasonFacts>> = {
${reasons.map(line).join("\n")}
};

export const SERVER_STATES: readonly ServerState[] = [${heard.map((s) => JSON.stringify(s.name)).join(", ")}];

export const LIMITS_MS: Readonly<Partial<Record<CallState, number>>> = {
${shown
	.filter((s) => s.limitMs)
	.map((s) => `\t${JSON.stringify(s.name)}: ${s.limitMs},`)
	.join("\n")}
};

export type ClientMoves = Readonly<Record<CallState, readonly CallState[]>>;

export type StringKey = ${Object.keys(strings)
		.map((key) => JSON.stringify(key))
		.join(" | ")};

export type Language = ${names(languages())};

export const LANGUAGES: readonly Language[] = [${languages()
		.map((lang) => JSON.stringify(lang))
		.join(", ")}];

export function isReason(word: unknown): word is Reason {
	return typeof word === "string" && Object.prototype.hasOwnProperty.call(REASONS, word);
}

export function isServerState(word: unknown): word is ServerState {
	return (SERVER_STATES as readonly unknown[]).includes(word);
}
`;
}

export const clientMoves = () => read("call-states.json").clientMoves;

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const path = here("../core/catalogue.ts");
	const fresh = catalogue();
	if (process.argv.includes("--check")) {
		if (readFileSync(path, "utf8") !== fresh) {
			console.error("core/catalogue.ts is stale: run npm run contracts");
			process.exit(1);
		}
	} else {
		writeFileSync(path, fresh);
	}
}
