/* widget/panel/panel.ts - the part that is fetched when a call is near.
 * SPDX-License-Identifier: Apache-2.0 */
import { put } from "../parts.js";
import type { PartFiles } from "../types.js";
import english from "../../../contracts/strings/en.json";
import { currentCall, engineOf, PanelConductor } from "./conductor.js";
import { list, sentence } from "./sentence.js";

/* Put in by tools/build.mjs. */
declare const RINGDOWN_FILES: PartFiles;

put("panel", {
	words: english,
	files: RINGDOWN_FILES,
	sentence,
	list,
	conduct: (host, page) => new PanelConductor(host, page),
	availability: (page, api, to) => engineOf(page).availability(api, to),
	current: currentCall,
});
