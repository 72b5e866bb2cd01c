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
	readonly muted: boolean;
}

export type Tone = "calm" | "calling" | "live" | "trouble" | "done";

export interface Stage {
	readonly tone: Tone;
	readonly heading: string;
	readonly say: string;
	readonly time: string; /* "" where no time is shown */
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

const PLAIN = {
	tone: "calm",
	time: "",
	offers: [],
	end: "cancel",
} as const;

function over(scene: Scene, time: string, tongue: Tongue): Stage {
	const reason = scene.reason ?? "internal";
	const isGood = scene.state === "ended";

	return {
		...PLAIN,
		tone: isGood ? "done" : "trouble",
		heading: tongue.text(`reason.${reason}`),
		say: tongue.text(`reason.${reason}.say`),
		time,
		offers: REASONS[reason].nextSteps,
		end: "close",
	};
}

/* isLate: the question for the microphone stands unanswered. */
export function stage(scene: Scene, isLate: boolean, tongue: Tongue): Stage {
	const { state, seconds } = scene;
	const time = seconds === null ? "" : clock(seconds, tongue.locale);
	if (state === "ended" || state === "failed") return over(scene, time, tongue);

	const asked = {
		...PLAIN,
		heading: tongue.text(`state.${state}` as StringKey),
		say: tongue.text(`state.${state}.say` as StringKey),
	};
	const live = { ...asked, time, end: "hang_up" } as const;
	switch (state) {
		case "idle":
			return { ...asked, say: tongue.text("launcher.about") };
		case "permission":
			return isLate
				? { ...asked, say: tongue.text("state.permission.hint") }
				: asked;
		case "signing-in":
		case "connecting":
			return { ...asked, tone: "calling" };
		case "ringing":
			return { ...live, tone: "calling" };
		case "in-call":
			return {
				...live,
				tone: "live",
				say: scene.muted ? tongue.text("state.in-call.muted") : live.say,
			};
		case "reconnecting":
			return {
				...live,
				tone: "trouble",
				say: tongue.text("state.reconnecting.say", {
					seconds: Math.ceil((scene.leftMs ?? 0) / 1000),
				}),
			};
		case "ending":
			return { ...live, say: "" };
		default:
			return live;
	}
}
