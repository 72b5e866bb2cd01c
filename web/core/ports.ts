/* core/ports.ts - what a call needs from outside: net, clock, media, token.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The widget gives the browser's, the tests give their own. */
import type { Reason } from "./catalogue.js";

export interface Clock {
	now(): number; /* monotonic milliseconds */
	after(ms: number, run: () => void): () => void; /* returns: cancel */
}

export interface Chance {
	random(): number; /* 0 <= x < 1 */
	uuid(): string;
}

/* The part of fetch() that is used; both browsers' and node's fit. */
export interface HttpBody {
	getReader(): {
		read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
		cancel(): Promise<void>;
	};
}

export interface HttpAnswer {
	readonly ok: boolean;
	readonly status: number;
	readonly headers: { get(name: string): string | null };
	readonly body: HttpBody | null;
	json(): Promise<unknown>;
}

export interface HttpRequest {
	method: string;
	headers: Record<string, string>;
	body?: string;
	signal?: AbortSignal;
	keepalive?: boolean;
	credentials: "omit";
	cache: "no-store";
}

export type Fetch = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

export type TokenReason = "start" | "refresh" | "resume" | "callback";

/* Rejects with RingdownError; anything else counts as auth_refused. */
export type TokenSource = (ask: { to: string; reason: TokenReason }) => Promise<string>;

/* A captured microphone; stop() turns its light off. */
export interface Microphone {
	stop(): void;
}

export type MediaEnd = "ended" | "elsewhere" | "refused" | "full" | "network" | "left";

export type MediaNews =
	| { readonly is: "up" }
	| { readonly is: "lost" } /* only after up */
	| { readonly is: "sound_blocked"; readonly blocked: boolean }
	| { readonly is: "stopped"; readonly why: MediaEnd };

/* In: what comes from the far side.  Out: what we send.  Counts are of the
 * media as it stands; they begin again when it is made anew. */
export interface MediaStats {
	readonly rttMs?: number;
	readonly jitterMs?: number;
	readonly lossPct?: number; /* of packets in, since they count */
	readonly levelIn?: number; /* 0..1 */
	readonly levelOut?: number;
	readonly bytesIn?: number;
	readonly bytesOut?: number;
	readonly packetsIn?: number;
	readonly lostIn?: number; /* packets */
	readonly report?: { forEach(look: (stat: unknown) => void): void }; /* as the browser gave it */
}

export interface MediaSession {
	mute(on: boolean): void;
	level(): Promise<number>; /* of the microphone, 0..1 */
	playSound(): Promise<void>; /* after sound_blocked, from a gesture */
	/* Sent in place of the one before, which is stopped: whoever stops the
	 * first microphone stops this one. */
	setInput(microphone: Microphone): Promise<void>;
	setOutput(id: string): Promise<void>; /* or "default" */
	stats(): Promise<MediaStats>;
	repair(): void; /* makes the media anew, as after a loss */
	leave(): Promise<void>;
}

/* What the server gave for the media of a call. */
export interface Invitation {
	readonly provider: string; /* who carries it */
	readonly connection: unknown;
	/* The whole answer; iceServers of it are for networks that bar UDP. */
	readonly more?: Readonly<Record<string, unknown>>;
}

export interface Media {
	capture(id?: string): Promise<Microphone>; /* rejects with RingdownError */
	join(
		invitation: Invitation,
		microphone: Microphone,
		tell: (news: MediaNews) => void,
	): Promise<MediaSession>;
}

export interface Ports {
	readonly fetch: Fetch;
	readonly clock: Clock;
	readonly chance: Chance;
	readonly media: Media;
	readonly isOnline: () => boolean;
	readonly warn: (message: string) => void;
}

/* What an error of the browser says. */
export const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

/* The one error that promises of the public interface reject with. */
export class RingdownError extends Error {
	readonly code: Reason;
	readonly retry: boolean;
	readonly detail: string | undefined;
	readonly supportId: string | undefined;
	readonly retryAfterMs: number | undefined;

	/* Each part that is fetched has its own copy of this class. */
	static override [Symbol.hasInstance](error: unknown): boolean {
		return (error as Error | null)?.name === "RingdownError";
	}

	constructor(
		code: Reason,
		more: {
			retry?: boolean;
			detail?: string | undefined;
			supportId?: string | undefined;
			retryAfterMs?: number | undefined;
		} = {},
	) {
		super(more.detail ? `${code}: ${more.detail}` : code);
		this.name = "RingdownError";
		this.code = code;
		this.retry = more.retry ?? false;
		this.detail = more.detail;
		this.supportId = more.supportId;
		this.retryAfterMs = more.retryAfterMs;
	}
}
