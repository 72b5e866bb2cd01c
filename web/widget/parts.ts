/* widget/parts.ts - fetches the files that are needed only later.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A part is a classic script with an integrity hash; it leaves what it gives
 * under one symbol.  import() would take no integrity hash. */
import type { Reason } from "../core/catalogue.js";
import type { PartFile, PartFiles, Parts } from "./types.js";

/* Put in by tools/build.mjs: names and hashes of the panel, which is all that
 * most calls need, and of the index, which has those of all the others. */
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
					throw new TypeError(asked);
				return asked;
			},
		}) ?? null;
	return policy ? policy.createScriptURL(url) : url;
}

/* What a RingdownError is to a page; the class itself is in the panel. */
export const failure = (code: Reason, detail = code as string): Error =>
	Object.assign(new Error(detail), {
		name: "RingdownError",
		code,
		detail,
		retry: code !== "internal",
	});

export class PartLoader {
	readonly #coming: Partial<Record<keyof Parts, Promise<unknown>>> = {};
	readonly #base: string; /* the folder of the loader */
	nonce: string;

	constructor(base: string, nonce: string) {
		this.#base = base;
		this.nonce = nonce;
	}

	now<K extends keyof Parts>(name: K): Parts[K] | undefined {
		return shelf()[name];
	}

	async load<K extends keyof Parts>(name: K): Promise<Parts[K]> {
		try {
			const part = shelf()[name] ?? (this.#coming[name] ??= this.#fetch(name));
			return (await part) as Parts[K];
		} catch (error) {
			/* The next press tries again. */
			delete this.#coming[name];
			throw error;
		}
	}

	async #fetch<K extends keyof Parts>(name: K): Promise<Parts[K]> {
		const { file, integrity } = (RINGDOWN_PARTS[name] ??
			(await this.load("index"))[name]) as PartFile;
		return new Promise((resolve, reject) => {
			const script = document.createElement("script");
			const fail = (detail: string): void => {
				script.remove();
				reject(failure("server_unreachable", detail));
			};

			script.integrity = integrity;
			script.crossOrigin = "anonymous";
			script.async = true;
			if (this.nonce) script.nonce = this.nonce;
			script.onload = () => {
				const part = shelf()[name];
				script.remove();
				if (part) resolve(part as Parts[K]);
				else fail(file);
			};
			script.onerror = () => fail(file);
			try {
				script.src = trusted(new URL(file, this.#base).href, this.#base);
				document.head.appendChild(script);
			} catch (error) {
				fail(String(error));
			}
		});
	}
}
