/* core/platform.d.ts - the few names that browsers and node share, so that
 * core is compiled without the DOM.
 * SPDX-License-Identifier: Apache-2.0 */

interface AbortSignal {
	readonly aborted: boolean;
	addEventListener(type: "abort", run: () => void): void;
	removeEventListener(type: "abort", run: () => void): void;
}

declare class AbortController {
	readonly signal: AbortSignal;
	abort(): void;
}

declare class TextDecoder {
	decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}

declare class URL {
	constructor(url: string, base?: string);
	readonly href: string;
}
