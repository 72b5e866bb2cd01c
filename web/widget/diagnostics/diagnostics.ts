/* widget/diagnostics/diagnostics.ts - a report of a problem: shown first, then sent by a button.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched when somebody presses "Report a problem", with its sentences in
 * every language; nothing is gathered before. */
import type { Call } from "../../core/call.js";
import type { StringKey } from "../../core/catalogue.js";
import { make, setAttribute } from "../draw.js";
import { sentenceIn } from "../everywhere.js";
import { put } from "../parts.js";
import type {
	Diagnostics,
	DiagnosticsCandidate,
	DiagnosticsSpread,
	Host,
	PanelFace,
} from "../types.js";
import { gather } from "./gather.js";
import type { Surroundings } from "./gather.js";

const REPORT_CSS = `
.dock[data-report] :is(.orb,.say,.time,.rating,.offers){display:none}
.report{display:grid;gap:9.6px;width:100%;text-align:start;font-size:.875em}
.report dl{display:grid;gap:6.4px;margin:0}
.report dl>div{display:grid;grid-template-columns:2fr 3fr;gap:8px}
.report dt{color:var(--_muted)}
.report dd{margin:0;overflow-wrap:anywhere}
.report summary{width:fit-content;min-height:28px;padding:3.2px 0;border-radius:var(--_radius);cursor:pointer}
.report pre{margin:0;padding:8px;border-radius:var(--_radius);background:var(--_soft);font:.8125em/1.4 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.dock[data-place=bar] .report{flex-basis:100%}
@media (forced-colors:active){.report summary{color:CanvasText}}
`.replace(/\n/g, "");

interface Brands {
	readonly userAgentData?: { readonly brands: Surroundings["brands"] };
}

async function permission(): Promise<Surroundings["permission"]> {
	try {
		const name = "microphone" as PermissionName;
		return (await navigator.permissions.query({ name })).state;
	} catch {
		return "unknown";
	}
}

async function surroundings(host: Host): Promise<Surroundings> {
	const { mediaDevices, userAgent } = navigator;

	return {
		version: window.Ringdown.version,
		agent: userAgent,
		brands: (navigator as Brands).userAgentData?.brands ?? [],
		permission: await permission(),
		devices: ((await mediaDevices?.enumerateDevices().catch(() => [])) ?? []).map(
			({ kind, deviceId, label, groupId }) => ({ kind, deviceId, label, groupId }),
		),
		secrets: [host.option("token")],
	};
}

/* --- in words --------------------------------------------------------------- */

const candidateText = ({ type, protocol, address }: DiagnosticsCandidate): string =>
	[type, protocol.toUpperCase(), address].filter(Boolean).join(" ");

const spreadText = ({ min, median, max }: DiagnosticsSpread, unit: string): string =>
	`min ${min}, med ${median}, max ${max}${unit}`;

type Row = readonly [label: string, value: string | undefined];

function rowsOf(all: Diagnostics, text: (key: StringKey) => string): Row[] {
	const { path, tried, quality, devices } = all;
	const list = (some: readonly DiagnosticsCandidate[]): string =>
		some.map(candidateText).join(", ") || "\u2013";

	return [
		[text("report.version"), all.version],
		[text("report.browser"), all.browser],
		[text("support.id"), all.supportId],
		[text("report.provider"), all.provider],
		[text("report.reason"), all.reason],
		[text("report.detail"), all.detail],
		[
			text("report.history"),
			all.history.map(({ state, atMs }) => `${(atMs / 1000).toFixed(1)} s ${state}`).join(", "),
		],
		[text("report.permission"), all.permission],
		[
			text("report.devices"),
			`${text("devices.input")} ${devices.microphones}, ${text("devices.output")} ${devices.speakers}`,
		],
		[text("report.path"), path && `${candidateText(path.local)} \u2013 ${candidateText(path.remote)}`],
		[text("report.tried"), tried && `${list(tried.local)} \u2013 ${list(tried.remote)}`],
		[text("report.rtt"), quality && spreadText(quality.rttMs, " ms")],
		[text("report.jitter"), quality && spreadText(quality.jitterMs, " ms")],
		[text("report.loss"), quality && spreadText(quality.lossPct, " %")],
		[text("report.mos"), quality && `${spreadText(quality.mos, "")} (${quality.seconds} s)`],
	];
}

/* --- the sheet -------------------------------------------------------------- */

class Sheet {
	readonly #host: Host;
	readonly #text: (key: StringKey) => string;
	#isSending = false;

	constructor(
		private readonly call: Call,
		private readonly all: Diagnostics,
		private readonly face: PanelFace,
		private readonly over: (isSent: boolean) => void,
	) {
		this.#host = face.host;
		this.#text = (key) =>
			key.startsWith("report.") && key !== "report.offer"
				? sentenceIn(face.host.locale, key, face.host.strings())
				: face.host.text(key);
	}

	draw(): HTMLElement[] {
		const rows = rowsOf(this.all, this.#text).filter(([, value]) => value);

		return [
			make(
				"div",
				{ class: "report" },
				make("p", {}, this.#text("report.say")),
				make(
					"dl",
					{},
					...rows.map(([label, value = ""]) =>
						make("div", {}, make("dt", {}, label), make("dd", {}, make("bdi", {}, value))),
					),
				),
				make(
					"details",
					{},
					make("summary", {}, this.#text("report.exact")),
					make("pre", { lang: "en", dir: "ltr" }, JSON.stringify(this.all, null, 2)),
				),
				make(
					"div",
					{ class: "pair" },
					this.#button("report.send", "button primary", (one) => void this.#send(one)),
					this.#button("action.keypad_close", "button second", () => this.over(false)),
				),
			),
		];
	}

	#button(key: StringKey, look: string, run: (one: HTMLButtonElement) => void): HTMLButtonElement {
		const part = look.includes("primary") ? "button button-primary" : "button";
		const button = make("button", { type: "button", class: look, part }, this.#text(key));

		button.addEventListener("click", () => run(button));
		return button;
	}

	/* Once; again only if the site could not take it. */
	async #send(button: HTMLButtonElement): Promise<void> {
		const { page } = this.face;

		if (this.#isSending) return;
		this.#isSending = true;
		setAttribute(button, "aria-disabled", "true");
		try {
			await page.global.onDiagnostics?.(this.all);
			this.over(true);
		} catch (error) {
			page.warn(String(error));
			this.call.notice = "callback.failed";
			this.call.touch();
			this.#host.announce("assertive", this.#host.text("callback.failed"));
			setAttribute(button, "aria-disabled", false);
			this.#isSending = false;
		}
	}
}

put("diagnostics", {
	async open(call: Call, face, over) {
		const all = await gather(call, await surroundings(face.host));
		const sheet = new Sheet(call, all, face, over);

		face.host.adopt(REPORT_CSS);
		return () => sheet.draw();
	},
});
