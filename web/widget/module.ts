/* widget/module.ts - the module: nothing happens until defineRingdown().
 * SPDX-License-Identifier: Apache-2.0 */
import { Page } from "./page.js";
import type { RingdownStatic } from "./types.js";

export type * from "./types.js";

let face: RingdownStatic | null = null;

/* Safe to call again: there is one widget to a page. */
export function defineRingdown(options: { nonce?: string } = {}): RingdownStatic {
	if (customElements.get("ringdown-call") && window.Ringdown) face ??= window.Ringdown;
	if (!face) {
		const page = new Page(import.meta.url, options.nonce ?? "");
		face = page.face();
		window.Ringdown = face;
		page.begin();
	}
	return face;
}
