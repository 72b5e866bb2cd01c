/* element/load.ts - brings the loader script of a call server, once to a page.
 * SPDX-License-Identifier: Apache-2.0 */
import type { RingdownStatic } from "../widget/types.js";

export const TAG = "ringdown-call";

export interface LoadOptions {
	/** Origin of the call server; /v1/ringdown.js is fetched from there. */
	readonly api?: string | undefined;
	/** The script itself, in place of the one that api names. */
	readonly src?: string | undefined;
	/** Hash of that script; only for one whose bytes never change. */
	readonly integrity?: string | undefined;
	/** CSP nonce for it and for what it fetches. */
	readonly nonce?: string | undefined;
}

interface TrustedFactory {
	createPolicy(
		name: string,
		rules: { createScriptURL(url: string): string },
	): { createScriptURL(url: string): string };
}

/* The widget of this page, once its script ran; null also on a server. */
export function loaded(): RingdownStatic | null {
	return typeof customElements === "object" && customElements.get(TAG)
		? window.Ringdown
		: null;
}

/* Resolves whoever brings the script: this module or a tag in the page. */
export const whenLoaded = (): Promise<RingdownStatic> =>
	customElements.whenDefined(TAG).then(() => window.Ringdown);

let coming: Promise<RingdownStatic> | null = null;
let policy: ReturnType<TrustedFactory["createPolicy"]> | undefined;

/** Safe to call again: there is one widget to a page, and a script that did
 * not load is asked for once more.  Without api and src it waits for a script
 * of the page's own.  Call it in a browser. */
export function loadRingdown(options: LoadOptions = {}): Promise<RingdownStatic> {
	const here = loaded();
	const { api, src = api && new URL("/v1/ringdown.js", api).href } = options;

	if (here) return Promise.resolve(here);
	if (!src) return whenLoaded();
	if (!coming) {
		coming = bring(new URL(src, location.href).href, options);
		coming.catch(() => {
			coming = null;
		});
	}
	return coming;
}

function bring(src: string, { integrity, nonce }: LoadOptions): Promise<RingdownStatic> {
	return new Promise((resolve, reject) => {
		const own = [...document.scripts].find((one) => one.src === src);
		const script = own ?? document.createElement("script");
		const fail = (): void => {
			if (!own) script.remove();
			/* As a RingdownError is, whose class comes with the script. */
			const told = new Error(`${src} did not load`);
			reject(Object.assign(told, { code: "server_unreachable", retry: true }));
		};

		script.addEventListener("error", fail);
		script.addEventListener("load", () => {
			const face = loaded();
			if (face) resolve(face);
			else fail();
		});
		if (own) {
			/* It may have run between our look and now. */
			whenLoaded().then(resolve, fail);
			return;
		}
		script.async = true;
		if (integrity) {
			script.integrity = integrity;
			script.crossOrigin = "anonymous";
		}
		if (nonce) script.nonce = nonce;
		try {
			script.src = trusted(src);
			document.head.append(script);
		} catch {
			fail();
		}
	});
}

/* A page that requires trusted types must allow the policy "ringdown-loader". */
function trusted(src: string): string {
	const { trustedTypes } = globalThis as { trustedTypes?: TrustedFactory };

	policy ??= trustedTypes?.createPolicy("ringdown-loader", {
		createScriptURL: (url) => url,
	});
	return policy ? policy.createScriptURL(src) : src;
}
