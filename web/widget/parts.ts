/* widget/parts.ts - fetches the files that are needed only later.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A part is a classic script with an integrity hash; it leaves what it gives
 * under one symbol.  import() would take no integrity hash. */
import { RingdownError } from "../core/ports.js";
import type { PartFile, PartFiles, Parts } from "./types.js";

/* Put in by tools/build.mjs: what is fetched first, and with it the names and
 * hashes of what may follow. */
declare const RINGDOWN_PARTS: PartFiles;

interface TrustedPolicy {
	createScriptURL(url: string): string;
}

interface TrustedFactory {
	createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedPolicy;
}

const SHELF = Symbol.for("ringdown.parts");

function shelf(): Partial<Parts> {
	const page = globalThis as unknown as Record<symbol, Partial<Parts> | undefined>;

	return (page[SHELF] ??= {});
}

export function put<K extends keyof Parts>(name: K, part: Parts[K]): void {
	shelf()[name] = part;
}

let policy: TrustedPolicy | null | undefined;

/* A page that requires trusted types must allow the policy "ringdown". */
function trusted(url: string, allowed: string): string {
	const factory = (globalThis as unknown as { trustedTypes?: TrustedFactory }).trustedTypes;

	policy ??=
		factory?.createPolicy("ringdown", {
			createScriptURL(asked) {
				if (!asked.startsWith(allowed))
					throw new TypeError(`not a part of ringdown: ${asked}`);
				return asked;
			},
		}) ?? null;
	return policy ? policy.createScriptURL(url) : url;
}

export class PartLoader {
	private readonly coming = new Map<keyof Parts, Promise<unknown>>();

	constructor(
		private readonly base: string /* the folder of the loader */,
		private readonly nonce: string,
	) {}

	now<K extends keyof Parts>(name: K): Parts[K] | undefined {
		return shelf()[name];
	}

	load<K extends keyof Parts>(name: K): Promise<Parts[K]> {
		const here = shelf()[name];
		if (here) return Promise.resolve(here as Parts[K]);
		let part = this.coming.get(name) as Promise<Parts[K]> | undefined;
		if (!part) {
			part = this.fetch(name);
			this.coming.set(name, part);
			/* The next press tries again. */
			part.catch(() => this.coming.delete(name));
		}
		return part;
	}

	private fetch<K extends keyof Parts>(name: K): Promise<Parts[K]> {
		const { panel, languages } = shelf();
		const { file, integrity } = (RINGDOWN_PARTS[name] ??
			panel?.files[name] ??
			languages?.[name]) as PartFile;
		return new Promise((resolve, reject) => {
			const script = document.createElement("script");
			const fail = (detail: string): void => {
				script.remove();
				reject(
					new RingdownError("server_unreachable", {
						retry: true,
						detail,
					}),
				);
			};

			script.integrity = integrity;
			script.crossOrigin = "anonymous";
			script.async = true;
			if (this.nonce) script.nonce = this.nonce;
			script.onload = () => {
				const part = shelf()[name];
				script.remove();
				if (part) resolve(part as Parts[K]);
				else fail(`${file} brought nothing`);
			};
			script.onerror = () => fail(`${file} did not load`);
			try {
				script.src = trusted(new URL(file, this.base).href, this.base);
				document.head.append(script);
			} catch (error) {
				fail(String(error));
			}
		});
	}
}
