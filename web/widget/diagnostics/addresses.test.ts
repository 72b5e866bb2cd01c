/* widget/diagnostics/addresses.test.ts - networks are told, machines and people are not.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, scrub } from "./addresses.js";

test("of IPv4 the first 24 bits are left", () => {
	assert.equal(cut("192.0.2.77"), "192.0.2.0/24");
	assert.equal(cut("10.1.255.1"), "10.1.255.0/24");
	assert.equal(cut("0.0.0.0"), "0.0.0.0/24");
});

test("of IPv6 the first 48 bits are left, however it is written", () => {
	for (const [whole, net] of [
		["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
		["2001:0DB8:0001::5", "2001:db8:1::/48"],
		["2001:db8::1:2", "2001:db8::/48"],
		["2001:0:1::", "2001:0:1::/48"],
		["2001:10::7", "2001:10::/48"],
		["fe80::1%eth0", "fe80::/48"],
		["[fd12:3456:789a:1::1]", "fd12:3456:789a::/48"],
		["::1", "::/48"],
		["::", "::/48"],
		["64:ff9b::192.0.2.33", "64:ff9b::/48"],
		["1:2:3:4:5:6:192.0.2.33", "1:2:3::/48"],
		["::ffff:192.0.2.33", "192.0.2.0/24"],
	] as const)
		assert.equal(cut(whole), net, whole);
});

test("names, and what is no address, are left out", () => {
	for (const one of [
		"8f4b2c1e-7a11-4c57-9a0e-0d8c6f0b7e11.local",
		"host.example.com",
		"",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"1:2:3",
		"1:2:3:4:5:6:7:8:9",
		"1::2::3",
		"12345::1",
		"g::1",
		"[redacted]",
		undefined,
		null,
		7,
	])
		assert.equal(cut(one), undefined, String(one));
});

test("a sentence keeps what is technical", () => {
	for (const one of [
		"Requested device not found",
		"token-url answered 500",
		"Failed to fetch",
		"the answer to a new call lacks a member",
		"SIP 486 from the trunk; Q.850 cause 17",
		"no SignalingUrl",
	])
		assert.equal(scrub(one, []), one);
});

test("a sentence loses addresses, numbers, names that are known, and keys", () => {
	for (const [one, left] of [
		["call to +1 555 010-0123 refused", "call to \u2026 refused"],
		["no route to 192.0.2.77", "no route to \u2026"],
		["no route to [2001:db8:1::5]:443", "no route to"],
		["POST https://a.example/x?token=1 failed", "POST \u2026 failed"],
		["alice@example.com is not allowed", "\u2026 is not allowed"],
		['no session for "Alice Smith"', "no session for \u2026"],
		["bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln is bad", "bearer \u2026 is bad"],
		["Ana does not answer", "\u2026 does not answer"],
	] as const)
		assert.ok(scrub(one, ["Ana"]).startsWith(left), `${one}: ${scrub(one, ["Ana"])}`);
	assert.doesNotMatch(scrub("no route to [2001:db8:1::5]:443", []), /2001|db8|::5/);
	assert.equal(scrub("a b ".repeat(100), []).length, 200);
});
