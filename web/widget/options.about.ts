/* widget/options.about.ts - what each attribute is for, in a sentence.
 * SPDX-License-Identifier: Apache-2.0
 *
 * For the pages that explain the attributes; no part of the widget has it.
 * npm test fails when an attribute of options.ts is not spoken of. */

export interface OptionAbout {
	readonly say: string;
	readonly takes?: string; /* where any text is taken: which */
	readonly standard?: string; /* what is done without it */
	readonly live?: string; /* if it is neither always nor never */
}

export const OPTION_ABOUT: Readonly<Record<string, OptionAbout>> = {
	to: {
		say: "Whom to call; `data-ringdown` on a div. A name the server knows, never a number.",
		takes: "a destination of the server",
		live: "until a call starts",
	},
	api: {
		say: "Where the call server is.",
		takes: "an origin",
		standard: "the script's",
	},
	"token-url": {
		say: "Your own URL that answers a POST, sent with your cookies, with an access token.",
		takes: "a URL of the page's origin",
	},
	token: {
		say: "The access token itself: for tests, and for pages that a server renders.",
		takes: "an access token",
	},
	auth: {
		say: "Whether a call needs a token. The server has the last word.",
	},
	variant: {
		say: "A button, a card in the page, a button in the corner, or a bar.",
	},
	position: {
		say: "The corner of a floating button and of the panel.",
	},
	size: {
		say: "How large the button is.",
	},
	theme: {
		say: "Light or dark; `auto` follows `data-bs-theme`, then the system; `none` takes the colours of the page.",
	},
	shadow: {
		say: "`open`: a shadow tree that your style sheets do not reach. `none`: plain elements with classes, for your own CSS.",
	},
	"class-map": {
		say: "With `shadow=\"none\"`: the classes that each part gets besides its own.",
		takes: "`bootstrap`, or id of a JSON script",
	},
	trigger: {
		say: "Your own button instead of ours.",
		takes: "a CSS selector",
	},
	label: {
		say: "The words on the button.",
		takes: "text",
		standard: "\"Call support\"",
	},
	lang: {
		say: "The language; `auto` takes that of the page around it, then the browser's.",
		takes: "a language tag, or `auto`",
		standard: "`auto`",
	},
	strings: {
		say: "Sentences of your own in place of ours; text only.",
		takes: "id of a JSON script",
	},
	hours: {
		say: "When the destination is closed: say so on the button, hide the button, or do not ask.",
	},
	queue: {
		say: "What a waiting caller is told of the queue: both, the place, the time, or nothing.",
	},
	callback: {
		say: "When a call back is offered: where it helps, always (also on an idle card), or never.",
	},
	consent: {
		say: "When the caller is asked to agree: if the server says so, or always.",
	},
	keypad: {
		say: "Whether there are keys to press in a call.",
	},
	rating: {
		say: "Whether the caller may say how the sound was.",
	},
	devices: {
		say: "Whether microphone and loudspeaker can be chosen, where there is a choice.",
	},
	sounds: {
		say: "Whether the widget itself makes short sounds.",
	},
	resume: {
		say: "Whether a call comes back after the page is loaded again.",
	},
	"close-guard": {
		say: "Whether the browser asks before the page is left during a call.",
	},
	preflight: {
		say: "What is checked before a call: what is known already without asking anybody, everything (microphone and network), or nothing.",
	},
	"page-context": {
		say: "Whether the advisor learns title and path of the page.",
	},
	provider: {
		say: "`demo` shows every state without a server, a call or a microphone.",
	},
	"demo-state": {
		say: "With `provider=\"demo\"`: the state to show.",
		takes: "a state",
	},
	"display-name": {
		say: "A name of the caller that nobody has verified.",
		takes: "text",
	},
	nonce: {
		say: "Given to the scripts the widget adds, for your Content-Security-Policy.",
		takes: "a CSP nonce",
		standard: "the script's",
	},
	debug: {
		say: "Whether the console is told what is wrong with the attributes.",
	},
};
