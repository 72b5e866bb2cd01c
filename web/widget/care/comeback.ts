/* widget/care/comeback.ts - the part that goes on with the call of the page before.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched by a page that finds that a call was on before it was loaded, or
 * before it went into the back/forward cache. */
import type { Brought, Call, Comeback } from "../../core/call.js";
import { startedCall } from "../../core/api.js";
import type { Api, StartedCall } from "../../core/api.js";
import { RingdownError } from "../../core/ports.js";
import { put } from "../parts.js";
import type { InnerStart, PageServices } from "../types.js";
import { clear, read } from "./entry.js";
import type { Entry } from "./entry.js";

const RETRY_MS = [500, 1000, 2000, 4000, 0];
const ASKED_MS = 1500;
const PASSING: readonly string[] = ["server_unreachable", "network_offline", "elsewhere"];

/* The element is usually there; frameworks may bring it a little later. */
async function untilDrawn(to: string): Promise<void> {
	for (let i = 0; i < 10; i++) {
		if (document.querySelector(`ringdown-call[to="${CSS.escape(to)}"]`)) return;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

/* Goes on with what the page before left. */
async function resume(page: PageServices): Promise<unknown> {
	const entry = read(Date.now());

	clear();
	if (!entry) return null;
	await untilDrawn(entry.to);
	const offsetMs = Date.now() - performance.now();
	const comeback: Comeback = {
		isMuted: entry.muted,
		startedMs: entry.startedAt - offsetMs,
		answeredMs: entry.answeredAt === null ? null : entry.answeredAt - offsetMs,
		bring: (...given) => bring(entry, ...given),
	};
	const options: InnerStart = { api: entry.api, comeback };
	return window.Ringdown.start(entry.to, options).catch(
		(error: unknown) => page.warn(String(error)),
	);
}

async function ask(api: Api, callId: string, resumeKey: string): Promise<StartedCall> {
	for (const waitMs of RETRY_MS) {
		try {
			const path = `/v1/calls/${encodeURIComponent(callId)}/resume`;
			return startedCall(await api.post(path, { resumeKey }, {}));
		} catch (error) {
			/* "elsewhere" may be the page before, whose end the server has not
			 * noticed: no other tab has the call. */
			const { code = "" } = error as Partial<RingdownError>;
			if (!PASSING.includes(code) || waitMs === 0) throw error;
		}
		await new Promise((resolve) => setTimeout(resolve, waitMs));
	}
	throw new RingdownError("network_lost");
}

/* The server is asked at once, for it waits the shortest. */
async function bring(
	{ callId, resumeKey }: Entry,
	...[api, capture, asked]: Parameters<Comeback["bring"]>
): Promise<Brought> {
	const capturing = capture();
	let made: StartedCall;

	capturing.catch(() => undefined);
	try {
		made = await ask(api, callId, resumeKey);
	} catch (error) {
		capturing.then((spare) => spare.stop(), () => undefined);
		throw error;
	}
	/* A browser that gives at once is not worth a word. */
	const asking = setTimeout(asked, ASKED_MS);
	try {
		return { made, microphone: await capturing };
	} catch (error) {
		api.end(made.callId, made.callKey).catch(() => undefined);
		throw error;
	} finally {
		clearTimeout(asking);
	}
}

/* In the page that began it, which lay in the back/forward cache meanwhile. */
function again(call: Call, claim: () => Promise<boolean>): void {
	call.resume({
		isMuted: call.muted,
		startedMs: call.startedAt ?? performance.now(),
		answeredMs: call.answeredAt,
		async bring(...given) {
			const entry = read(Date.now());

			clear();
			if (!entry) throw new RingdownError("network_lost");
			if (!(await claim())) throw new RingdownError("elsewhere");
			return bring(entry, ...given);
		},
	});
}

put("comeback", { resume, again });
