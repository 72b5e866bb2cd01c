/* widget/preflight/verdict.test.ts - the word for what was found.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REASONS } from "../../core/catalogue.js";
import type { Reason } from "../../core/catalogue.js";
import { judge } from "./verdict.js";
import { only, waysOf } from "./ways.js";

const verdict = (...reasons: Reason[]): string => judge({ reasons }).verdict;

test("all is well: ready, with what was measured", () => {
	assert.deepEqual(judge({ reasons: [], micLevel: 0.2, rttMs: 31.6, path: "direct" }), {
		verdict: "ready",
		reasons: [],
		micLevel: 0.2,
		rttMs: 32,
		path: "direct",
	});
});

test("a detour, a long way, a lossy one and a silent microphone are degraded", () => {
	for (const path of ["direct-tcp", "relay-udp", "relay-tls"] as const)
		assert.equal(judge({ reasons: [], path }).verdict, "degraded", path);
	assert.equal(judge({ reasons: [], path: "direct", rttMs: 401 }).verdict, "degraded");
	assert.equal(judge({ reasons: [], path: "direct", lossPct: 6 }).verdict, "degraded");
	assert.equal(verdict("no_audio_out"), "degraded");
});

test("no way for a call is blocked, and the worst counts", () => {
	for (const reason of [
		"insecure",
		"unsupported",
		"mic_policy",
		"mic_none",
		"mic_busy",
		"network_offline",
		"network_blocked",
		"server_unreachable",
	] as const)
		assert.equal(verdict(reason), "blocked", reason);
	assert.equal(verdict("mic_denied"), "no-permission");
	assert.equal(verdict("mic_dismissed"), "no-permission");
	assert.equal(verdict("mic_denied", "network_blocked"), "blocked");
	assert.equal(verdict("auth_required", "mic_denied"), "no-permission");
});

test("what the test itself was refused for is unclear, never a blocked network", () => {
	for (const reason of Object.keys(REASONS) as Reason[])
		if (/^(auth|limit)_/.test(reason)) assert.equal(verdict(reason), "unclear", reason);
	assert.equal(verdict("not_found"), "unclear");
});

const SDP = [
	"v=0",
	"m=audio 40000 UDP/TLS/RTP/SAVPF 111",
	"a=candidate:1 1 udp 2113937151 192.0.2.1 40000 typ host",
	"a=candidate:2 1 TCP 1518280447 192.0.2.1 40001 typ host tcptype passive",
	"a=end-of-candidates",
	"",
].join("\r\n");

test("each way keeps the candidates that are its own", () => {
	const [udp, tcp, ...more] = waysOf([]);

	assert.ok(udp && tcp);
	assert.deepEqual([udp.path, tcp.path, more.length], ["direct", "direct-tcp", 0]);
	assert.match(only(SDP, udp) ?? "", /192\.0\.2\.1 40000/);
	assert.doesNotMatch(only(SDP, udp) ?? "", /40001/);
	assert.match(only(SDP, tcp) ?? "", /40001/);
	assert.doesNotMatch(only(SDP, tcp) ?? "", /typ host\r\na=candidate.*40000|40000 typ/);
	assert.equal(only(SDP.replace(/a=candidate:2.*\r\n/, ""), tcp), null, "nothing to try");
});

test("relays are tried by UDP, then by TLS, each with its own servers", () => {
	const ways = waysOf([
		{
			urls: [
				"turn:turn.example.com:3478?transport=udp",
				"turn:turn.example.com:3478?transport=tcp",
				"turns:turn.example.com:443?transport=tcp",
				"stun:turn.example.com",
			],
			username: "u",
			credential: "c",
		},
	]);

	assert.deepEqual(
		ways.map(({ path }) => path),
		["direct", "direct-tcp", "relay-udp", "relay-tls"],
	);
	const servers = (i: number): unknown => ways[i]?.rtc.iceServers?.[0]?.urls;
	assert.deepEqual(servers(2), ["turn:turn.example.com:3478?transport=udp"]);
	assert.deepEqual(servers(3), [
		"turn:turn.example.com:3478?transport=tcp",
		"turns:turn.example.com:443?transport=tcp",
	]);
	assert.equal(ways[2]?.rtc.iceTransportPolicy, "relay");
	assert.match(only(SDP, ways[3] ?? ways[0]!) ?? "", /40000[^]*40001/, "the relay may use all");
});
