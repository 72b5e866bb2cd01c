/* build/snippet.ts - what a site owner copies: HTML, React, frame, style, headers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Words only; page.ts shows them. */
import { NOT_IN_FRAME, onDiv } from "../widget/options.js";

export interface Choice {
	readonly origin: string; /* of the call server */
	readonly integrity: string; /* of the loader; "" where it is not pinned */
	readonly loader: string; /* its path */
	readonly phone: string; /* the fallback's number; "" for none */
	/* Only what differs from the default, `to` first. */
	readonly options: ReadonlyMap<string, string>;
	readonly style: ReadonlyMap<string, string>; /* custom properties */
	readonly sources: readonly string[]; /* where the widget connects to */
}

const LINE = 80;

const escape = (text: string): string =>
	text
		.replaceAll("&", "&amp;")
		.replaceAll('"', "&quot;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;");

/* Letters that a phone does not dial go; what is read stays as typed. */
export const dialled = (phone: string): string => phone.replace(/[^+\d*#]/g, "");

/* On one line if it fits, else one attribute a line. */
function tag(open: string, attributes: readonly string[], end: string): string {
	const line = [open, ...attributes].join(" ") + end;

	return line.length <= LINE ? line : `${[open, ...attributes].join("\n  ")}${end}`;
}

function fallback(phone: string): string {
	return phone
		? `\n  <a href="tel:${escape(dialled(phone))}">Call us: ${escape(phone)}</a>\n`
		: "";
}

export function divOf({ options, phone }: Pick<Choice, "options" | "phone">): string {
	const attributes = [...options].map(
		([name, value]) => `${onDiv(name)}="${escape(value)}"`,
	);

	return `${tag("<div", attributes, ">")}${fallback(phone)}</div>`;
}

export function htmlOf(choice: Choice): string {
	const script = [
		`src="${choice.origin}${choice.loader}"`,
		...(choice.integrity
			? [`integrity="${choice.integrity}"`, `crossorigin="anonymous"`]
			: []),
		"defer",
	];

	return `${tag("<script", script, "></script>")}\n${divOf(choice)}\n`;
}

const camel = (name: string): string =>
	name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/* JSX knows no escapes inside quotes but HTML's entities. */
const property = (name: string, value: string): string =>
	/["&<>\\{}\n]/.test(value)
		? `${camel(name)}={${JSON.stringify(value)}}`
		: `${camel(name)}="${value}"`;

export function reactOf({ origin, options, phone }: Choice): string {
	const own = [...options].filter(([name]) => name !== "api");
	const provider = property("api", options.get("api") ?? origin);
	const button = tag(
		"<CallButton",
		own.map(([name, value]) => property(name, value)),
		phone ? ">" : " />",
	);
	const link = `  <a href="tel:${escape(dialled(phone))}">{${JSON.stringify(`Call us: ${phone}`)}}</a>`;
	const inner = phone ? `${button}\n${link}\n</CallButton>` : button;

	return `import { CallButton, RingdownProvider } from "@ringdown/react";

export function CallUs() {
  return (
    <RingdownProvider ${provider}>
${inner.replace(/^/gm, "      ")}
    </RingdownProvider>
  );
}
`;
}

export function styleOf({ style }: Pick<Choice, "style">): string {
	if (style.size === 0) return "";
	const lines = [...style].map(([name, value]) => `  ${name}: ${value};`);

	return `ringdown-call {\n${lines.join("\n")}\n}\n`;
}

export function frameOf({ origin, options }: Choice): string {
	const words = [...options].filter(([name]) => !NOT_IN_FRAME.test(name));
	const attributes = [
		`src="${escape(`${origin}/v1/frame?${new URLSearchParams(words)}`)}"`,
		`allow="microphone; autoplay; speaker-selection"`,
		`title="${escape(`Call ${options.get("to") ?? ""}`.trim())}"`,
	];

	return `${tag("<iframe", attributes, "></iframe>")}\n`;
}

/* Each is added to what the page's policy has already. */
export function policyOf({ origin, options, sources }: Choice): string {
	const own = options.has("token-url") ? ["'self'"] : [];
	const connect = [...own, ...sources];

	return `Content-Security-Policy:
  script-src ${origin};
  connect-src ${connect.join(" ")};
  trusted-types ringdown
Permissions-Policy: microphone=(self)
`;
}
