/* widget/care/entry.ts - what a reloaded page needs to bring its call back.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In sessionStorage: of this tab alone, gone with it.  The key works once,
 * so that a copy of the tab finds nothing to take. */

export const ENTRY = "ringdown.resume";

export interface Entry {
	readonly api: string;
	readonly to: string;
	readonly callId: string;
	readonly resumeKey: string;
	readonly provider: string;
	readonly expires: number; /* Date.now(); times of two pages have no other clock */
	readonly muted: boolean;
	readonly startedAt: number;
	readonly answeredAt: number | null;
}

/* Storage may be forbidden; then there is no way back, and no harm. */
function storage(): Storage | null {
	try {
		return sessionStorage;
	} catch {
		return null;
	}
}

export function write(entry: Entry): boolean {
	try {
		storage()?.setItem(ENTRY, JSON.stringify(entry));
		return storage() !== null;
	} catch {
		return false;
	}
}

export const clear = (): void => storage()?.removeItem(ENTRY);

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

export function read(nowMs: number): Entry | null {
	try {
		const entry = JSON.parse(storage()?.getItem(ENTRY) ?? "") as Partial<Entry>;

		return isText(entry.api) &&
			isText(entry.to) &&
			isText(entry.callId) &&
			isText(entry.resumeKey) &&
			typeof entry.expires === "number" &&
			entry.expires > nowMs
			? (entry as Entry)
			: null;
	} catch {
		return null;
	}
}
