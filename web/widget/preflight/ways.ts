/* widget/preflight/ways.ts - the ways by which sound may get through.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tried one after the other, the best first; each is kept from using another,
 * so that what works is known by its name. */
import type { PreflightPath } from "../types.js";

export interface Way {
	readonly path: PreflightPath;
	readonly rtc: RTCConfiguration;
	readonly transport?: "udp" | "tcp"; /* of the server's candidates; else all */
	readonly patienceMs: number;
}

const UDP_MS = 5000;
const TCP_MS = 5000;
const RELAY_MS = 4000;

const isTls = (url: string): boolean => /^turns:|[?&]transport=tcp/.test(url);
const isUdp = (url: string): boolean => url.startsWith("turn:") && !isTls(url);

function relays(servers: readonly RTCIceServer[], fits: (url: string) => boolean): RTCIceServer[] {
	return servers.flatMap((server) => {
		const urls = [server.urls].flat().filter(fits);
		return urls.length > 0 ? [{ ...server, urls }] : [];
	});
}

export function waysOf(servers: readonly RTCIceServer[]): Way[] {
	const ways: Way[] = [
		{ path: "direct", rtc: {}, transport: "udp", patienceMs: UDP_MS },
		{ path: "direct-tcp", rtc: {}, transport: "tcp", patienceMs: TCP_MS },
	];

	for (const [path, fits] of [
		["relay-udp", isUdp],
		["relay-tls", isTls],
	] as const) {
		const iceServers = relays(servers, fits);
		if (iceServers.length > 0)
			ways.push({
				path,
				rtc: { iceServers, iceTransportPolicy: "relay" },
				patienceMs: RELAY_MS,
			});
	}
	return ways;
}

/* The server's answer with the candidates of that way alone (RFC 8839 5.1);
 * null: it has none. */
export function only(sdp: string, { transport }: Way): string | null {
	const lines = sdp.split("\r\n");
	const isCandidate = (line: string): boolean => line.startsWith("a=candidate:");
	const kept = lines.filter(
		(line) =>
			!isCandidate(line) ||
			!transport ||
			line.split(" ")[2]?.toLowerCase() === transport,
	);

	return kept.some(isCandidate) ? kept.join("\r\n") : null;
}
