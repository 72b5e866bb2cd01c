/* element/index.ts - the package @ringdown/element.
 * SPDX-License-Identifier: Apache-2.0 */
import type { RingdownElement, RingdownEvents } from "../widget/types.js";

export { loadRingdown } from "./load.js";
export type { LoadOptions } from "./load.js";
export type { RingdownAttributes, RingdownHints } from "./attributes.js";
export type {
	Availability,
	Diagnostics,
	GlobalOptions,
	RingdownCall,
	RingdownElement,
	RingdownEvents,
	RingdownReason,
	RingdownState,
	RingdownStatic,
	StartOptions,
	Strings,
} from "../widget/types.js";

type EventMap = { [type in keyof RingdownEvents]: CustomEvent<RingdownEvents[type]> };

declare global {
	interface HTMLElementTagNameMap {
		"ringdown-call": RingdownElement;
	}
	interface HTMLElementEventMap extends EventMap {}
	interface DocumentEventMap extends EventMap {}
}
