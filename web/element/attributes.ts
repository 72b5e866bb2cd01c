/* element/attributes.ts - the attributes of <ringdown-call>, as types.
 * SPDX-License-Identifier: Apache-2.0
 *
 * docs/widget.md says what each means.  A test holds the names against the
 * widget's own table. */

type Switch = boolean | "on" | "off";

export interface RingdownAttributes {
	to?: string | undefined;
	api?: string | undefined;
	"token-url"?: string | undefined;
	token?: string | undefined;
	auth?: "required" | "anonymous" | undefined;
	variant?: "button" | "inline" | "floating" | "bar" | undefined;
	position?: "bottom-end" | "bottom-start" | "top-end" | "top-start" | undefined;
	size?: "sm" | "md" | "lg" | undefined;
	theme?: "auto" | "light" | "dark" | "none" | undefined;
	shadow?: "open" | "none" | undefined;
	"class-map"?: string | undefined;
	trigger?: string | undefined;
	label?: string | undefined;
	lang?: string | undefined;
	strings?: string | undefined;
	hours?: "show" | "hide-closed" | "off" | undefined;
	queue?: "auto" | "position" | "wait" | "off" | undefined;
	callback?: "auto" | "always" | "off" | undefined;
	consent?: "auto" | "always" | undefined;
	keypad?: "auto" | "always" | "off" | undefined;
	rating?: Switch | undefined;
	devices?: "auto" | "off" | undefined;
	sounds?: Switch | number | `${number}` | undefined;
	resume?: Switch | undefined;
	"close-guard"?: Switch | undefined;
	preflight?: "auto" | "full" | "off" | undefined;
	"page-context"?: "off" | "basic" | undefined;
	provider?: "auto" | "demo" | undefined;
	"demo-state"?: string | undefined;
	"display-name"?: string | undefined;
	nonce?: string | undefined;
	debug?: Switch | undefined;
}

/* Unverified context: hint-topic="refund" and its like. */
export type RingdownHints = { [hint in `hint-${string}`]?: string | undefined };
