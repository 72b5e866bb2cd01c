/* widget/loader.ts - the classic script: finds itself, begins once.
 * SPDX-License-Identifier: Apache-2.0 */
import { Page } from "./page.js";

const script = document.currentScript;

/* Loading twice does nothing. */
if (!customElements.get("ringdown-call") && script instanceof HTMLScriptElement) {
	const page = new Page(script.src || location.href, script.dataset["nonce"] || script.nonce);

	window.Ringdown = page.face();
	page.begin();
}
