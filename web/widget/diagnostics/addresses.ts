/* widget/diagnostics/addresses.ts - what may be said of an address, and of a sentence with one in it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Networks, not machines: /24 of IPv4, /48 of IPv6.  No DOM. */

const LONGEST = 200; /* of a detail */
const GONE = "\u2026";

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function cut4(text: string): string | undefined {
	const bytes = V4.exec(text)?.slice(1).map(Number);

	return bytes?.every((one) => one < 256)
		? `${bytes.slice(0, 3).join(".")}.0/24`
		: undefined;
}

/* RFC 4291 2.2: eight groups, of which one "::" leaves some out, and the last
 * two perhaps written as IPv4. */
function cut6(text: string): string | undefined {
	const mapped = /^::ffff:([\d.]+)$/i.exec(text)?.[1];
	if (mapped) return cut4(mapped);
	const plain = text.replace(/\d+\.\d+\.\d+\.\d+$/, "0:0");
	const halves = plain.split("::");
	const [head = [], tail = []] = halves.map((half) => (half ? half.split(":") : []));
	const missing = 8 - head.length - tail.length;

	if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
	const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
	if (!groups.every((one) => /^[\da-f]{1,4}$/i.test(one))) return undefined;
	const net = groups.slice(0, 3).map((one) => parseInt(one, 16).toString(16));
	return `${net.join(":").replace(/(^|:)0(:0)*$/, "")}::/48`;
}

/* undefined: no address, as the names that browsers put in its place. */
export function cut(address: unknown): string | undefined {
	if (typeof address !== "string") return undefined;
	const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");

	return cut4(bare) ?? (bare.includes(":") ? cut6(bare) : undefined);
}

/* A sentence of a browser or a server, without what could be a person's: the
 * given words, what is quoted, addresses of any kind, long numbers, anything
 * that looks like a key. */
export function scrub(text: string, secrets: readonly string[]): string {
	const longestFirst = [...secrets].sort((a, b) => b.length - a.length);

	return longestFirst
		.reduce((all, secret) => (secret.length > 1 ? all.replaceAll(secret, GONE) : all), text)
		.replace(/"[^"]*"|`[^`]*`|\u201c[^\u201d]*\u201d|\u00ab[^\u00bb]*\u00bb/g, GONE)
		.replace(/\w+:\/\/\S+|\S+@\S+|[\w-]+(\.[\w-]+){2,}|\S+\.local\b/g, GONE)
		.replace(/[\da-f]*(:[\da-f]*){2,}[\d.]*/gi, GONE)
		.replace(/\+?\d[\d .()/-]{2,}\d/g, GONE)
		.replace(/[^\s\u2026]{20,}/g, GONE)
		.slice(0, LONGEST);
}
