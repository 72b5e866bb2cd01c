/* core/api.ts - speaks the HTTP API of contracts/openapi.yaml.
 * SPDX-License-Identifier: Apache-2.0 */
import { isReason, isServerState, REASONS } from "./catalogue.js";
import type { EndedBy, Reason, ServerState } from "./catalogue.js";
import { EventStream } from "./sse.js";
import { messageOf, RingdownError } from "./ports.js";
import type { Chance, Clock, Fetch, HttpAnswer, HttpRequest } from "./ports.js";

export interface StartRequest {
	readonly destination: string;
	readonly hints?: Readonly<Record<string, string>>;
	readonly displayName?: string;
	readonly consent?: Readonly<Record<string, unknown>>;
}

export interface StartedCall {
	readonly callId: string;
	readonly supportId: string;
	readonly callKey: string;
	readonly provider: string;
	readonly eventsUrl: string;
	readonly connection: unknown; /* ConnectionData, handed on unread */
	/* The whole answer: what few servers offer is looked for in it. */
	readonly more: Json;
}

/* What the server may say of the line that the caller waits in. */
export interface Queue {
	readonly position?: number;
	readonly waitSeconds?: number;
}

/* Who answered, where the server says it. */
export interface Peer {
	readonly name?: string;
	readonly codeWord?: string;
}

/* Two states of the far side that a server may name one day. */
export type FarState = ServerState | "queued" | "transferring";

export interface StateNews {
	readonly state: FarState;
	readonly reason?: Reason;
	readonly by?: EndedBy;
	readonly seconds?: number;
}

export interface Availability {
	readonly open: boolean;
	readonly opensAt?: string;
	readonly zone: string;
	readonly waitSeconds?: number;
	readonly queueLength?: number;
	readonly callback?: CallbackOffer;
	readonly consent?: ConsentAsked;
	readonly message?: string;
}

/* number: of the verified profile, masked; without one it is asked for. */
export interface CallbackOffer {
	readonly number?: string;
	readonly slots?: readonly { readonly from: string; readonly to: string }[];
}

/* The version goes into the record, so that it is known what was read. */
export interface ConsentAsked {
	readonly version: string; /* "": the page asks, not the server */
	readonly text?: string;
}

export interface Follower {
	news(news: StateNews, all: Json): void; /* all: whatever else was said */
	message?(data: string): void; /* of the advisor's side, unread */
	gone(error: RingdownError): void; /* the call is not ours or not there */
}

export type Json = Readonly<Record<string, unknown>>;

const STATUS_REASON: Readonly<Record<number, Reason>> = {
	400: "bad_request",
	401: "auth_refused",
	403: "forbidden_destination",
	404: "not_found",
	413: "too_large",
	429: "limit_rate",
	502: "provider_down",
	503: "provider_down",
	504: "provider_down",
};

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const SILENCE_MS = 40_000; /* the server says something every 15 s */
const START_TRIES = 3;

const isJson = (value: unknown): value is Json =>
	typeof value === "object" && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined =>
	typeof value === "string" && value !== "" ? value : undefined;

function retryAfterMs(answer: HttpAnswer, problem: Json): number | undefined {
	const header = Number(answer.headers.get("retry-after") ?? Number.NaN);
	const seconds = Number.isFinite(header) ? header : problem["retryAfter"];

	return typeof seconds === "number" && seconds >= 0 ? seconds * 1000 : undefined;
}

export async function problemOf(answer: HttpAnswer): Promise<RingdownError> {
	const body: unknown = await answer.json().catch(() => null);
	const problem = isJson(body) ? body : {};
	const named = problem["code"];
	const code = isReason(named) ? named : (STATUS_REASON[answer.status] ?? "internal");

	return new RingdownError(code, {
		retry: REASONS[code].retry,
		detail: text(problem["detail"]),
		supportId: text(problem["supportId"]),
		retryAfterMs: retryAfterMs(answer, problem),
	});
}

export function startedCall(body: unknown): StartedCall {
	if (isJson(body)) {
		const callId = text(body["callId"]);
		const supportId = text(body["supportId"]);
		const callKey = text(body["callKey"]);
		const provider = text(body["provider"]);
		const connection = body["ConnectionData"];

		if (callId && supportId && callKey && provider && isJson(connection))
			return {
				callId,
				supportId,
				callKey,
				provider,
				connection,
				more: body,
				eventsUrl:
					text(body["eventsUrl"]) ??
					`/v1/calls/${encodeURIComponent(callId)}/events`,
			};
	}
	throw new RingdownError("internal", { detail: "a call lacks a member" });
}

export function stateNews(data: string): StateNews | null {
	let body: unknown;

	try {
		body = JSON.parse(data);
	} catch {
		return null;
	}
	if (!isJson(body)) return null;
	const { state, reason, by, seconds } = body;
	if (!isServerState(state) && state !== "queued" && state !== "transferring") return null;
	return {
		state,
		...(isReason(reason) ? { reason } : {}),
		...(by === "caller" || by === "advisor" || by === "system" ? { by } : {}),
		...(typeof seconds === "number" && seconds >= 0 ? { seconds } : {}),
	};
}

export class Api {
	readonly #pauses = new Set<() => void>();

	constructor(
		private readonly origin: string,
		private readonly net: {
			fetch: Fetch;
			clock: Clock;
			chance: Chance;
			isOnline: () => boolean;
		},
	) {}

	/* The key makes repeating safe: a lost answer does not become a second
	 * call.  RingdownError: what the server answered, or server_unreachable. */
	async start(
		request: StartRequest,
		token: string,
		key: string,
	): Promise<StartedCall> {
		const headers = {
			...(token ? { authorization: `Bearer ${token}` } : {}),
			"content-type": "application/json",
			"idempotency-key": key,
		};
		for (let tried = 1; ; tried++) {
			try {
				const answer = await this.#send("/v1/calls", {
					method: "POST",
					headers,
					body: JSON.stringify(request),
				});
				return startedCall(await answer.json());
			} catch (error) {
				const isNet =
					error instanceof RingdownError &&
					error.code === "server_unreachable";
				if (!isNet || tried === START_TRIES) throw error;
			}
			await this.#pause(FIRST_WAIT_MS * tried);
		}
	}

	/* The network is back, or somebody looks: whoever waits tries now. */
	hurry(): void {
		for (const finish of [...this.#pauses]) finish();
	}

	/* keepalive: the request outlives the page. */
	async end(callId: string, callKey: string, keepalive = false): Promise<void> {
		await this.#send(`/v1/calls/${encodeURIComponent(callId)}`, {
			method: "DELETE",
			headers: { "ringdown-call-key": callKey },
			keepalive,
		});
	}

	/* The page goes.  The key is the body, not a header: a browser would ask
	 * first whether it may send that, and the answer would find no page. */
	async leave(callId: string, callKey: string): Promise<void> {
		await this.#send(`/v1/calls/${encodeURIComponent(callId)}/leaving`, {
			method: "POST",
			headers: {},
			body: callKey,
			keepalive: true,
		});
	}

	/* What is done to a call: digits, hold, rating and their like. */
	async act(callId: string, callKey: string, what: string, body: object): Promise<unknown> {
		return this.post(`/v1/calls/${encodeURIComponent(callId)}/${what}`, body, {
			"ringdown-call-key": callKey,
		});
	}

	/* What is answered, or undefined where the answer is empty. */
	async post(
		path: string,
		body: object,
		headers: Record<string, string>,
	): Promise<unknown> {
		const answer = await this.#send(path, {
			method: "POST",
			headers: { ...headers, "content-type": "application/json" },
			body: JSON.stringify(body),
		});

		return answer.json().catch(() => undefined);
	}

	async availability(to: string): Promise<Availability> {
		const answer = await this.#send(`/v1/destinations/${encodeURIComponent(to)}`, {
			method: "GET",
			headers: {},
		});
		const body: unknown = await answer.json().catch(() => null);
		if (!isJson(body) || typeof body["open"] !== "boolean")
			throw new RingdownError("internal", { detail: "not an availability" });
		return { zone: "UTC", ...body } as unknown as Availability;
	}

	/* Follows the call until it ended or is gone, through every break of the
	 * connection.  Returns: stop. */
	follow(eventsUrl: string, callKey: string, follower: Follower): () => void {
		const stop = new AbortController();

		void this.#followLoop(eventsUrl, callKey, follower, stop.signal);
		return () => stop.abort();
	}

	async #followLoop(
		eventsUrl: string,
		callKey: string,
		follower: Follower,
		signal: AbortSignal,
	): Promise<void> {
		let lastId = "";
		let failures = 0;

		while (!signal.aborted) {
			let waitMs = 0;
			try {
				const read = await this.#readStream(
					eventsUrl,
					callKey,
					lastId,
					follower,
					signal,
				);
				if (read.ended) return;
				lastId = read.lastId;
				failures = read.heard ? 0 : failures + 1;
			} catch (error) {
				failures++;
				if (error instanceof RingdownError) {
					if (
						error.code === "not_found" ||
						error.code.startsWith("auth_")
					) {
						if (!signal.aborted) follower.gone(error);
						return;
					}
					waitMs = error.retryAfterMs ?? 0;
				}
			}
			const backOff = Math.min(
				LONGEST_WAIT_MS,
				FIRST_WAIT_MS * 2 ** Math.min(Math.max(0, failures - 1), 6),
			);
			const jitter = 0.75 + this.net.chance.random() / 2;
			await this.#pause(Math.max(waitMs, backOff * jitter));
		}
	}

	async #readStream(
		eventsUrl: string,
		callKey: string,
		lastId: string,
		follower: Follower,
		signal: AbortSignal,
	): Promise<{ ended: boolean; heard: boolean; lastId: string }> {
		const attempt = new AbortController();
		const stop = (): void => attempt.abort();
		const stream = new EventStream();
		const decoder = new TextDecoder();
		let heard = false;
		let quiet = this.net.clock.after(SILENCE_MS, stop);

		signal.addEventListener("abort", stop);
		try {
			const answer = await this.#send(eventsUrl, {
				method: "GET",
				headers: {
					accept: "text/event-stream",
					"ringdown-call-key": callKey,
					...(lastId ? { "last-event-id": lastId } : {}),
				},
				signal: attempt.signal,
			});
			const reader = answer.body?.getReader();
			if (!reader)
				throw new RingdownError("internal", {
					detail: "no body",
				});
			for (;;) {
				const { done, value } = await reader.read();
				if (done || signal.aborted) break;
				quiet();
				quiet = this.net.clock.after(SILENCE_MS, stop);
				for (const event of stream.feed(
					decoder.decode(value, { stream: true }),
				)) {
					heard = true;
					lastId = stream.lastId || lastId;
					if (event.event === "message")
						follower.message?.(event.data);
					const news =
						event.event === "state"
							? stateNews(event.data)
							: null;
					if (!news || signal.aborted) continue;
					follower.news(news, JSON.parse(event.data) as Json);
					if (news.state === "ended")
						return { ended: true, heard, lastId };
				}
			}
		} catch (error) {
			/* A stream that broke after speaking is resumed, not a failure. */
			if (!heard) throw error;
		} finally {
			quiet();
			signal.removeEventListener("abort", stop);
			attempt.abort();
		}
		return { ended: false, heard, lastId };
	}

	async #send(
		path: string,
		request: Pick<HttpRequest, "method" | "headers" | "body" | "signal" | "keepalive">,
	): Promise<HttpAnswer> {
		let answer: HttpAnswer;

		try {
			answer = await this.net.fetch(new URL(path, this.origin).href, {
				...request,
				credentials: "omit",
				cache: "no-store",
			});
		} catch (error) {
			throw new RingdownError(
				this.net.isOnline() ? "server_unreachable" : "network_offline",
				{
					retry: true,
					detail: messageOf(error),
				},
			);
		}
		if (!answer.ok) throw await problemOf(answer);
		return answer;
	}

	#pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const finish = (): void => {
				cancel();
				this.#pauses.delete(finish);
				resolve();
			};
			const cancel = this.net.clock.after(ms, finish);

			this.#pauses.add(finish);
		});
	}
}
