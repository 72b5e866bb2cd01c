/* widget/panel/panel.ts - the part that is fetched when a call is near.
 * SPDX-License-Identifier: Apache-2.0 */
import { put } from "../parts.js";
import english from "../../../contracts/strings/en.json";
import { currentCall, engineOf, PanelConductor } from "./conductor.js";

put("panel", {
	words: english,
	conduct: (host, page) => new PanelConductor(host, page),
	availability: (page, api, to) => engineOf(page).availability(api, to),
	current: currentCall,
});
