/* widget/panel/panel.ts - the part that is fetched when a call is near.
 * SPDX-License-Identifier: Apache-2.0 */
import { isBusy } from "../../core/machine.js";
import "../media/engine.js";
import { put } from "../parts.js";
import type { Strings } from "../types.js";
import { availability, currentCall, PanelConductor } from "./conductor.js";
import { hostOf } from "./host.js";
import { learnMore } from "./sentence.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_ENGLISH: Strings;

put("panel", {
	words: RINGDOWN_ENGLISH,
	launcherKey: (state) =>
		!isBusy(state)
			? ""
			: /^(in-|held|trans|re|end)/.test(state)
				? "launcher.live"
				: "launcher.busy",
	conduct: (door, page) => new PanelConductor(hostOf(door), page),
	availability,
	learn: learnMore,
	current: currentCall,
	resume: (page) => page.part("comeback").then((part) => part.resume(page), page.warn),
});
