/* widget/panel/panel.ts - the part that is fetched when a call is near.
 * SPDX-License-Identifier: Apache-2.0 */
import { put } from "../parts.js";
import type { PartFiles, Strings } from "../types.js";
import { currentCall, engineOf, PanelConductor } from "./conductor.js";
import { list, sentence } from "./sentence.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_FILES: PartFiles;
declare const RINGDOWN_ENGLISH: Strings;

put("panel", {
	words: RINGDOWN_ENGLISH,
	files: RINGDOWN_FILES,
	sentence,
	list,
	conduct: (host, page) => new PanelConductor(host, page),
	availability: (page, api, to) => engineOf(page).availability(api, to),
	current: currentCall,
});
