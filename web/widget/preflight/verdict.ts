/* widget/preflight/verdict.ts - what was found, in one word.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Reason } from "../../core/catalogue.js";
import type { PreflightPath, PreflightReport } from "../types.js";

export interface Findings {
	readonly reasons: readonly Reason[];
	readonly micLevel?: number;
	readonly rttMs?: number;
	readonly lossPct?: number;
	readonly path?: PreflightPath;
}

type Verdict = PreflightReport["verdict"];

/* Beyond these people talk over each other, or miss words. */
const MOST_RTT_MS = 400;
const MOST_LOSS_PCT = 5;

/* What says nothing of microphone or network, or only that the test itself
 * could not be done. */
const UNCLEAR =
	/^(auth_|limit_|closed|no_advisor|queue_full|draining|internal|not_found|bad_request|method|wrong_state|forbidden|provider_down)/;
const NO_PERMISSION = /^mic_(denied|dismissed)$/;
const POOR = /^no_audio_/;

function ofReason(reason: Reason): Verdict {
	if (NO_PERMISSION.test(reason)) return "no-permission";
	if (POOR.test(reason)) return "degraded";
	return UNCLEAR.test(reason) ? "unclear" : "blocked";
}

/* The worst first. */
const ORDER: readonly Verdict[] = ["blocked", "no-permission", "unclear", "degraded", "ready"];

export function judge(found: Findings): PreflightReport {
	const { reasons, micLevel, rttMs, lossPct = 0, path } = found;
	const isPoor =
		(path !== undefined && path !== "direct") ||
		(rttMs ?? 0) > MOST_RTT_MS ||
		lossPct > MOST_LOSS_PCT;
	const all: Verdict[] = [...reasons.map(ofReason), isPoor ? "degraded" : "ready"];

	return {
		verdict: ORDER.find((one) => all.includes(one)) ?? "unclear",
		reasons: [...new Set(reasons)],
		...(micLevel !== undefined && { micLevel }),
		...(rttMs !== undefined && { rttMs: Math.round(rttMs) }),
		...(path && { path }),
	};
}
