/* react/props.ts - what the components take, and what becomes of it.
 * SPDX-License-Identifier: Apache-2.0 */
import type { CSSProperties } from "react";
import type { RingdownAttributes } from "../element/attributes.js";
import type { GlobalOptions, RingdownElement, RingdownEvents } from "../widget/types.js";

type Camel<Name> = Name extends `${infer First}-${infer Rest}`
	? `${First}${Capitalize<Camel<Rest>>}`
	: Name;

/* ringdown:muted-speech is onMutedSpeech. */
type HandlerName<Type> = Type extends "ringdown:beforecall"
	? "onBeforeCall"
	: Type extends `ringdown:${infer Name}`
		? `on${Capitalize<Camel<Name>>}`
		: never;

export type Handlers = {
	[Type in keyof RingdownEvents as HandlerName<Type>]?:
		| ((
				event: CustomEvent<RingdownEvents[Type]>,
		  ) => Type extends "ringdown:beforecall" ? unknown : void)
		| undefined;
};

/* The attributes of <ringdown-call>, token-url as tokenUrl. */
export type Attributes = {
	[Name in keyof RingdownAttributes as Camel<Name>]: RingdownAttributes[Name];
};

export interface CallOptions extends Omit<Attributes, "to" | "nonce"> {
	/** Unverified context for whoever answers; at most 20 of 200 characters. */
	context?: Readonly<Record<string, string | number | boolean>> | undefined;
	/** In place of the provider's. */
	getToken?: GlobalOptions["getToken"];
}

export interface Dressing {
	id?: string | undefined;
	className?: string | undefined;
	style?: (CSSProperties & { [property: `--${string}`]: string | number }) | undefined;
}

const MOST_HINTS = 20;
const LONGEST_HINT = 200;

export function hintsOf(context: CallOptions["context"] = {}): Record<string, string> {
	return Object.fromEntries(
		Object.entries(context)
			.slice(0, MOST_HINTS)
			.map(([name, value]) => [name, String(value).slice(0, LONGEST_HINT)]),
	);
}

/* onMutedSpeech -> ringdown:muted-speech; undefined for what is no handler. */
export function eventOf(prop: string): keyof RingdownEvents | undefined {
	const name = /^on([A-Z]\w*)$/.exec(prop)?.[1];

	if (!name) return undefined;
	return `ringdown:${name === "BeforeCall" ? "beforecall" : kebab(name)}` as never;
}

const kebab = (name: string): string =>
	name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

const OWN = ["context", "getToken", "children", "id", "className", "style", "nonce"];

/* What is left are the element's attributes; aria-label and data-x are as
 * they stand.  React 18 would leave booleans as they are, 19 writes them its
 * own way, so they are text here. */
export function attributesOf(props: object): Record<string, string> {
	return Object.fromEntries(
		Object.entries(props)
			.filter(
				([name, value]) =>
					value != null && !OWN.includes(name) && !eventOf(name),
			)
			.map(([name, value]) => [kebab(name), String(value)]),
	);
}

export function give(element: RingdownElement, attributes: Record<string, string>): void {
	for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
