/* widget/panel/stage.ts - what the panel says and offers in each state.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Words and offers only; view.ts draws them. */
import { REASONS } from "../../core/catalogue.js";
import type { CallState, NextStep, Reason, StringKey } from "../../core/catalogue.js";
import type { Words } from "../types.js";

/* What of the call the stage depends on. */
export interface Scene {
	readonly state: CallState;
	readonly reason: Reason | undefined;
	readonly seconds: number | null;
	readonly leftMs: number | null;
	readonly waitMs: number | undefined; /* how long the server asked us to wait */
	readonly isMuted: boolean;
	readonly isLate: boolean; /* the microphone question stands unanswered */
}

export type Tone = "calm" | "calling" | "live" | "trouble" | "done";

export interface Stage {
	readonly tone: Tone;
	readonly heading: string;
	readonly say: string;
	readonly time: string; /* "" where no time is shown */
	readonly hasTools: boolean; /* mute and keypad */
	readonly hasKeypad: boolean;
	readonly offers: readonly NextStep[];
	readonly end: "cancel" | "hang_up" | "close";
}

export interface Tongue {
	text(key: StringKey, words?: Words): string;
	readonly locale: string;
}

/* In the digits of the language; the colon is everybody's. */
export function clock(seconds: number, locale: string): string {
	const digits = (n: number, least: number): string =>
		new Intl.NumberFormat(locale, {
			minimumIntegerDigits: least,
			useGrouping: false,
		}).format(n);
	const hours = Math.floor(seconds / 3600);
	const minutes = Math.floor(seconds / 60) % 60;
	const rest = digits(seconds % 60, 2);

	return hours > 0
		? `${digits(hours, 1)}:${digits(minutes, 2)}:${rest}`
		: `${digits(minutes, 1)}:${rest}`;
}

/* "in 2 minutes": the language puts the right case behind its "in". */
export function waitWords(ms: number, locale: string): string {
	const seconds = Math.ceil(ms / 1000);
	const [count, unit]: [number, Intl.RelativeTimeFormatUnit] =
		seconds < 60
			? [Math.max(1, seconds), "second"]
			: seconds < 3600
				? [Math.ceil(seconds / 60), "minute"]
				: [Math.ceil(seconds / 3600), "hour"];

	return new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(count, unit);
}

const PLAIN: Stage = {
	tone: "calm",
	heading: "",
	say: "",
	time: "",
	hasTools: false,
	hasKeypad: false,
	offers: [],
	end: "cancel",
};

function over(scene: Scene, tongue: Tongue): Stage {
	const reason = scene.reason ?? "internal";
	const wasTalk = scene.seconds !== null;
	const say =
		reason === "limit_rate" && scene.waitMs !== undefined
			? tongue.text("reason.limit_rate.wait", {
					wait: waitWords(scene.waitMs, tongue.locale),
				})
			: tongue.text(`reason.${reason}.say`);
	const isGood = scene.state === "ended";

	return {
		...PLAIN,
		tone: isGood ? "done" : "trouble",
		heading: tongue.text(`reason.${reason}`),
		say,
		time: wasTalk ? clock(scene.seconds ?? 0, tongue.locale) : "",
		offers: REASONS[reason].nextSteps,
		end: "close",
	};
}

function live(scene: Scene, tongue: Tongue): Stage {
	const { state } = scene;
	const time = scene.seconds === null ? "" : clock(scene.seconds, tongue.locale);
	const base: Stage = {
		...PLAIN,
		heading: tongue.text(`state.${state}` as StringKey),
		say: tongue.text(`state.${state}.say` as StringKey),
		time,
		hasTools: true,
		end: "hang_up",
	};

	switch (state) {
		case "ringing":
			return { ...base, tone: "calling" };
		case "in-call":
			return {
				...base,
				tone: "live",
				hasKeypad: true,
				say: scene.isMuted ? tongue.text("state.in-call.muted") : base.say,
			};
		case "reconnecting":
			return {
				...base,
				tone: "trouble",
				say: tongue.text("state.reconnecting.say", {
					seconds: Math.ceil((scene.leftMs ?? 0) / 1000),
				}),
			};
		default:
			return base;
	}
}

export function stage(scene: Scene, tongue: Tongue): Stage {
	const { state } = scene;

	switch (state) {
		case "idle":
			return {
				...PLAIN,
				heading: tongue.text("state.idle"),
				say: tongue.text("launcher.about"),
			};
		case "signing-in":
			return {
				...PLAIN,
				tone: "calling",
				heading: tongue.text("state.signing-in"),
				say: tongue.text("state.signing-in.say"),
			};
		case "permission":
			return {
				...PLAIN,
				heading: tongue.text("state.permission"),
				say: tongue.text(
					scene.isLate
						? "state.permission.hint"
						: "state.permission.say",
				),
			};
		case "connecting":
			return {
				...PLAIN,
				tone: "calling",
				heading: tongue.text("state.connecting"),
				say: tongue.text("state.connecting.say"),
			};
		case "ending":
			return {
				...PLAIN,
				end: "hang_up",
				heading: tongue.text("state.ending"),
				time:
					scene.seconds === null
						? ""
						: clock(scene.seconds, tongue.locale),
			};
		case "ended":
		case "failed":
			return over(scene, tongue);
		default:
			return live(scene, tongue);
	}
}
