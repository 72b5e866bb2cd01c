/* widget/preflight/test.ts - checks microphone and network, and lets go of everything.
 * SPDX-License-Identifier: Apache-2.0 */
import { problemOf } from "../../core/api.js";
import type { Reason } from "../../core/catalogue.js";
import { RingdownError } from "../../core/ports.js";
import type { TokenSource } from "../../core/ports.js";
import { browserMedia, obstacle } from "../panel/media.js";
import type { BrowserMicrophone, PageServices, PreflightReport } from "../types.js";
import { Attempt } from "./attempt.js";
import type { Wait } from "./attempt.js";
import { listen } from "./mic.js";
import { judge } from "./verdict.js";
import type { Findings } from "./verdict.js";
import { waysOf } from "./ways.js";

export interface Task {
	readonly api: string;
	readonly to: string;
	readonly token: TokenSource;
	readonly mic: boolean;
	readonly network: boolean;
	readonly signal?: AbortSignal | undefined;
	/* For who watches: what is being done, and how loud it is. */
	readonly tell?: (news: News) => void;
}

export type News =
	| { readonly is: "mic" | "network" } /* begins */
	| { readonly is: "level"; readonly level: number };

/* What POST /v1/preflight answers. */
interface Room {
	readonly testId: string;
	readonly connection: unknown;
	readonly iceServers: readonly RTCIceServer[];
}

const ROOM_MS = 8000;
const CLOSE_MS = 1000;

const called = (): RingdownError =>
	new RingdownError("ended_by_caller", { detail: "the test was called off" });

const reasonOf = (error: unknown): Reason =>
	error instanceof RingdownError ? error.code : "internal";

export class Preflight {
	readonly #page: PageServices;
	readonly #task: Task;
	readonly #aborter = new AbortController();

	constructor(page: PageServices, task: Task) {
		this.#page = page;
		this.#task = task;
	}

	/* Rejects only when it is called off: with ended_by_caller. */
	async run(): Promise<PreflightReport> {
		const { signal } = this.#task;
		const stop = (): void => this.#aborter.abort();
		let microphone: BrowserMicrophone | null = null;
		const reasons: Reason[] = [];
		let found: Omit<Findings, "reasons"> = {};

		if (signal?.aborted) throw called();
		signal?.addEventListener("abort", stop);
		try {
			const before = await this.#unless(obstacle(this.#page));
			if (before) reasons.push(before);
			else if (this.#task.mic) {
				microphone = await this.#capture(reasons);
				if (microphone) found = { ...found, ...(await this.#listen(microphone, reasons)) };
			}
			const mayCall = before !== "insecure" && before !== "unsupported";
			if (this.#task.network && mayCall)
				found = { ...found, ...(await this.#network(microphone, reasons)) };
			return judge({ ...found, reasons });
		} finally {
			microphone?.stop();
			signal?.removeEventListener("abort", stop);
			this.#aborter.abort();
		}
	}

	/* --- called off, at any moment --- */

	readonly #wait: Wait = (ms) =>
		this.#unless(
			new Promise((resolve) => {
				const timer = setTimeout(resolve, ms);
				this.#aborter.signal.addEventListener("abort", () => clearTimeout(timer), {
					once: true,
				});
			}),
		);

	#unless<T>(promise: Promise<T>): Promise<T> {
		const { signal } = this.#aborter;

		return new Promise((resolve, reject) => {
			const stop = (): void => reject(called());
			if (signal.aborted) stop();
			signal.addEventListener("abort", stop, { once: true });
			promise
				.then(resolve, reject)
				.finally(() => signal.removeEventListener("abort", stop));
		});
	}

	/* --- the microphone --- */

	async #capture(reasons: Reason[]): Promise<BrowserMicrophone | null> {
		const asked = browserMedia(this.#page).capture() as Promise<BrowserMicrophone>;

		this.#task.tell?.({ is: "mic" });
		try {
			return await this.#unless(asked);
		} catch (error) {
			/* The question cannot be taken back; a late yes is not used. */
			if (this.#aborter.signal.aborted) {
				asked.then((late) => late.stop()).catch(() => undefined);
				throw error;
			}
			reasons.push(reasonOf(error));
			return null;
		}
	}

	async #listen(
		microphone: BrowserMicrophone,
		reasons: Reason[],
	): Promise<Pick<Findings, "micLevel">> {
		const micLevel = await listen(microphone.stream, this.#wait, (level) =>
			this.#task.tell?.({ is: "level", level }),
		);

		if (micLevel === undefined) return {};
		if (micLevel === 0) reasons.push("no_audio_out");
		return { micLevel };
	}

	/* --- the network --- */

	async #network(
		microphone: BrowserMicrophone | null,
		reasons: Reason[],
	): Promise<Pick<Findings, "path" | "rttMs" | "lossPct">> {
		let token = "";
		let room: Room | null = null;

		this.#task.tell?.({ is: "network" });
		try {
			if (!navigator.onLine) throw new RingdownError("network_offline");
			token = await this.#unless(
				this.#task.token({ to: this.#task.to, reason: "start" }),
			);
			const opening = this.#open(token);
			/* What the server made is ended, also if nobody waits for it. */
			opening.then((late) => {
				if (this.#aborter.signal.aborted) void this.#close(late, token);
			}, () => undefined);
			room = await this.#unless(opening);
			return await this.#tryWays(room, microphone);
		} catch (error) {
			if (this.#aborter.signal.aborted) throw error;
			reasons.push(reasonOf(error));
			return {};
		} finally {
			if (room) await this.#close(room, token);
		}
	}

	async #tryWays(
		{ connection, iceServers }: Room,
		microphone: BrowserMicrophone | null,
	): Promise<Pick<Findings, "path" | "rttMs" | "lossPct">> {
		for (const way of waysOf(iceServers)) {
			const stream = microphone?.stream ?? null;
			const stats = await new Attempt(connection, way, stream, this.#wait).run();

			if (!stats) continue;
			const { rttMs, lossPct } = stats;
			return {
				path: way.path,
				...(rttMs !== undefined && { rttMs }),
				...(lossPct !== undefined && { lossPct }),
			};
		}
		throw new RingdownError("network_blocked");
	}

	async #open(token: string): Promise<Room> {
		const answer = await this.#ask("POST", "", token, {
			body: JSON.stringify({ destination: this.#task.to }),
			signal: AbortSignal.timeout(ROOM_MS),
		});
		const body = (await answer.json()) as {
			testId?: string;
			ConnectionData?: unknown;
			iceServers?: RTCIceServer[];
		};

		return {
			testId: body.testId ?? "",
			connection: body.ConnectionData,
			iceServers: body.iceServers ?? [],
		};
	}

	/* Also of a test that was called off.  The next one may come at once, and
	 * the server allows one at a time; but nobody waits long for it. */
	async #close({ testId }: Room, token: string): Promise<void> {
		const closed = this.#ask("DELETE", `/${encodeURIComponent(testId)}`, token, {
			keepalive: true,
		}).catch(() => undefined);

		if (!this.#aborter.signal.aborted)
			await Promise.race([closed, this.#wait(CLOSE_MS).catch(() => undefined)]);
	}

	async #ask(
		method: string,
		path: string,
		token: string,
		more: RequestInit,
	): Promise<Response> {
		let answer: Response;

		try {
			answer = await fetch(new URL(`/v1/preflight${path}`, this.#task.api), {
				method,
				headers: {
					authorization: `Bearer ${token}`,
					...(more.body ? { "content-type": "application/json" } : {}),
				},
				credentials: "omit",
				cache: "no-store",
				...more,
			});
		} catch {
			throw new RingdownError(
				navigator.onLine ? "server_unreachable" : "network_offline",
				{ retry: true },
			);
		}
		if (!answer.ok) throw await problemOf(answer);
		return answer;
	}
}
