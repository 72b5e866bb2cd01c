/* widget/extras/steps.ts - how a blocked microphone is allowed, step by step.
 * SPDX-License-Identifier: Apache-2.0 */
import type { StringKey } from "../../core/catalogue.js";

/* Where the microphone is allowed differs by browser; nothing else does. */
export function stepsKey(agent: string): StringKey {
	if (/iPhone|iPad/.test(agent)) return "steps.mic.ios";
	if (/Firefox\//.test(agent)) return "steps.mic.firefox";
	if (/Android/.test(agent)) return "steps.mic.android";
	if (/Chrome\//.test(agent)) return "steps.mic.chrome";
	if (/Safari\//.test(agent)) return "steps.mic.safari";
	return "steps.mic.other";
}

export const STEPS_CSS = `
.dock .steps{display:grid;gap:6px;margin-top:12px;text-align:start;font-size:.9375em;counter-reset:s;list-style:none}
.steps li{display:flex;gap:10px;align-items:baseline;counter-increment:s}
.steps li::before{content:counter(s);flex:none;width:22px;height:22px;line-height:22px;text-align:center;border-radius:50%;background:var(--_soft);font-size:.8125em;font-weight:600}
`.replace(/\n/g, "");
