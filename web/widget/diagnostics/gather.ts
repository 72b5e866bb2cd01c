/* widget/diagnostics/gather.ts - what a report of a problem says of the last call.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Member by member: what is not named here is not in it.  No DOM; what the
 * browser knows is given. */
import type { Call, Quality } from "../../core/call.js";
import type {
	Diagnostics,
	DiagnosticsCandidate,
	DiagnosticsQuality,
	DiagnosticsSpread,
	Peer,
} from "../types.js";
import { cut, scrub } from "./addresses.js";

/* Of navigator, and of the page. */
export interface Surroundings {
	readonly version: string;
	readonly agent: string;
	readonly brands: readonly { readonly brand: string; readonly version: string }[];
	readonly permission: Diagnostics["permission"];
	readonly devices: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label" | "groupId">[];
	readonly secrets: readonly string[]; /* that stand in the page */
}

type Stat = Readonly<Record<string, unknown>>;

const MOST_CANDIDATES = 10;
const MOST_STEPS = 50;

/* Those that are others underneath come first. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
	[/CriOS\/(\d+)/, "Chrome iOS"],
	[/FxiOS\/(\d+)/, "Firefox iOS"],
	[/EdgiOS\/(\d+)/, "Edge iOS"],
	[/EdgA?\/(\d+)/, "Edge"],
	[/OPR\/(\d+)/, "Opera"],
	[/SamsungBrowser\/(\d+)/, "Samsung Internet"],
	[/Firefox\/(\d+)/, "Firefox"],
	[/Chrome\/(\d+)/, "Chrome"],
	[/Version\/(\d+).*Safari\//, "Safari"],
];

/* Chromium's brands name it where the user agent calls all of them Chrome. */
function browserOf({ agent, brands }: Surroundings): string {
	const own = brands.find(({ brand }) => !/^Chromium$|not.*brand/i.test(brand));
	if (own) return `${own.brand} ${own.version}`;

	for (const [pattern, family] of FAMILIES) {
		const major = pattern.exec(agent)?.[1];
		if (major) return `${family} ${major}`;
	}
	return "unknown";
}

/* What comes from the site's own sign-in is the site's to read there. */
const OURS = /^(token-url (answered \d{3}|is on another origin)|not a bearer token)$/;

function detailOf(call: Call, { secrets, devices }: Surroundings): string {
	const detail = call.error?.detail ?? "";
	const { name = "", codeWord = "" } = (call.told["peer"] ?? {}) as Peer;
	const { to, hints = {}, displayName = "" } = call.request;

	if (call.reason?.startsWith("auth_") && !OURS.test(detail)) return "";
	return scrub(detail, [
		...[...secrets, name, codeWord, to, displayName, ...Object.values(hints)],
		...[...wordsIn(call.made?.more), ...wordsIn(devices)],
	]);
}

/* Keys, tokens, addresses: whatever the server gave for this call alone. */
function wordsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	return typeof value === "object" && value !== null ? Object.values(value).flatMap(wordsIn) : [];
}

function spread(values: readonly number[], digits: number): DiagnosticsSpread {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (i: number): number => Number((sorted[i] ?? 0).toFixed(digits));

	return { min: at(0), median: at(sorted.length >> 1), max: at(sorted.length - 1) };
}

function qualityOf(trail: readonly Quality[]): DiagnosticsQuality {
	const of = (name: "rttMs" | "jitterMs" | "lossPct" | "mos", digits: number): DiagnosticsSpread =>
		spread(
			trail.map((one) => one[name] ?? 0),
			digits,
		);

	return {
		seconds: trail.length,
		rttMs: of("rttMs", 0),
		jitterMs: of("jitterMs", 1),
		lossPct: of("lossPct", 1),
		mos: of("mos", 2),
	};
}

function candidate(stat: Stat): DiagnosticsCandidate {
	const address = cut(stat["address"] ?? stat["ip"]);

	return {
		type: String(stat["candidateType"]),
		/* A relay is reached by a protocol of its own. */
		protocol: String(stat["relayProtocol"] || stat["protocol"]),
		...(address ? { address } : {}),
	};
}

/* The pair that the sound went by: each browser says it in its own way. */
function pairOf(all: readonly Stat[]): Stat | undefined {
	const pairs = all.filter(({ type }) => type === "candidate-pair");
	const chosen = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);

	return (
		pairs.find(({ id }) => id === chosen?.["selectedCandidatePairId"]) ??
		pairs.find(({ selected }) => selected === true) ??
		pairs.find(({ nominated, state }) => nominated && state === "succeeded")
	);
}

function ways(all: readonly Stat[]): Pick<Diagnostics, "path" | "tried"> {
	const pair = pairOf(all);
	const byId = (id: unknown): Stat | undefined => all.find((one) => one["id"] === id);
	const local = byId(pair?.["localCandidateId"]);
	const remote = byId(pair?.["remoteCandidateId"]);
	if (local && remote) return { path: { local: candidate(local), remote: candidate(remote) } };

	const of = (type: string): DiagnosticsCandidate[] => {
		const found = all.filter((one) => one["type"] === type).map((one) => JSON.stringify(candidate(one)));

		return [...new Set(found)]
			.slice(0, MOST_CANDIDATES)
			.map((one) => JSON.parse(one) as DiagnosticsCandidate);
	};
	const tried = { local: of("local-candidate"), remote: of("remote-candidate") };

	return tried.local.length + tried.remote.length > 0 ? { tried } : {};
}

/* Other names of devices that are in the list already. */
const isAlias = (id: string): boolean => id === "default" || id === "communications";

export async function gather(call: Call, around: Surroundings): Promise<Diagnostics> {
	const { history, trail, reason, supportId, made } = call;
	const stats: Stat[] = [];
	const detail = detailOf(call, around);
	const first = call.startedAt ?? history[0]?.[1] ?? 0;
	const count = (kind: string): number =>
		around.devices.filter((one) => one.kind === kind && !isAlias(one.deviceId)).length;

	(await call.stats()).report?.forEach((stat) => stats.push(stat as Stat));
	return freeze({
		version: around.version,
		browser: browserOf(around),
		...(supportId ? { supportId } : {}),
		...(made ? { provider: made.provider } : {}),
		state: call.state,
		...(reason ? { reason } : {}),
		...(detail ? { detail } : {}),
		history: history.slice(-MOST_STEPS).map(([state, atMs]) => ({ state, atMs: Math.round(atMs - first) })),
		permission: around.permission,
		devices: { microphones: count("audioinput"), speakers: count("audiooutput") },
		...ways(stats),
		...(trail.length > 0 ? { quality: qualityOf(trail) } : {}),
	});
}

/* What was shown is what is sent. */
function freeze<T extends object>(value: T): T {
	for (const one of Object.values(value) as unknown[])
		if (typeof one === "object" && one !== null) freeze(one);
	return Object.freeze(value);
}
