/* interop/baresip.test.mjs - sound both ways with baresip: it calls us, and a browser's call reaches it.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Caller } from "../help/call.mjs";
import { certificates } from "../help/certificates.mjs";
import { startAnswer, startRingdown } from "../help/server.mjs";
import { Baresip } from "./help/baresip.mjs";
import { has } from "./help/dial.mjs";

const skip = has("baresip") ? false : "baresip is not installed";
const CODECS = ["pcmu", "pcma", "g722", "opus"];
const OURS_HZ = 500;
const THEIRS_HZ = 800;
const ENOUGH_S = 1; /* of the other's tone, for each */

let pems;
before(() => { pems = certificates(); });
after(() => pems?.close());
afterEach(Caller.leave);

/* Not over TLS: it knows no sips: Contact, so neither ACK nor BYE would come. */
async function baresipCalls(codec, transport) {
	const answer = await startAnswer("--tone", String(OURS_HZ), "--hear", String(THEIRS_HZ), "--transport", transport);
	let phone;
	try {
		phone = await new Baresip({
			codec, tone: THEIRS_HZ,
			dials: `sip:x@127.0.0.1:${answer.port}${transport === "udp" ? "" : `;transport=${transport}`}`,
		}).open();
		await answer.hears(THEIRS_HZ, ENOUGH_S);
		await phone.hears(OURS_HZ, ENOUGH_S);
		await phone.close();
		const end = await answer.ended();
		assert.equal(end.codec.toLowerCase(), codec);
		assert.equal(end.by_far_end, true);
		assert.ok(Math.abs(end.tone.hz - THEIRS_HZ) < 5, JSON.stringify(end));
	} finally {
		await phone?.close();
		await answer.stop();
	}
}

for (const codec of CODECS)
	test(`baresip calls us by ${codec}`, { skip }, () => baresipCalls(codec, "udp"));
test("baresip calls us over TCP", { skip }, () => baresipCalls("pcma", "tcp"));

/* tls: which certificate it has, if any. */
async function browserCalls(codec, tls, run) {
	const phone = await new Baresip({
		codec, tone: THEIRS_HZ, transport: tls ? "tls" : "udp",
		...(tls ? { certificate: `${pems.folder(tls)}/agent.pem`, authority: `${pems.folder("ours")}/cafile.pem` } : {}),
	}).open();
	const server = await startRingdown({
		destinations: [{ name: "phone", to: "sip", trunk: "far", user: "desk", codecs: [codec] }],
		more: {
			/* Its SDP names the machine's address, its packets come from the loopback one. */
			trunks: [{ name: "far", options_s: 0, peers: ["127.0.0.1"], learn_media_address: true,
				...(tls ? { host: "localhost", port: phone.port + 1, transport: "tls" } : { host: "127.0.0.1", port: phone.port }) }],
			sip: { bind: "127.0.0.1:0", ...(tls ? { tls_dir: pems.folder("ours") } : {}) },
		},
	});
	try {
		await run({ phone, server, caller: new Caller(server, "phone", ["--tone", String(OURS_HZ), "--hear", String(THEIRS_HZ)]) });
	} finally {
		await Caller.leave();
		await phone.close();
		await server.stop();
	}
}

const bothHear = async ({ phone, caller }) => {
	await caller.hears(THEIRS_HZ, ENOUGH_S);
	await phone.hears(OURS_HZ, ENOUGH_S);
	const report = await caller.hangup();
	assert.equal(report.outcome, "ok", JSON.stringify(report));
};

for (const codec of CODECS)
	test(`a browser's call reaches baresip by ${codec}`, { skip }, () => browserCalls(codec, undefined, bothHear));

test("a browser's call reaches baresip over TLS", { skip }, () => browserCalls("pcmu", "good", bothHear));

test("baresip with a certificate for another name gets no call", { skip }, () =>
	browserCalls("pcmu", "wrong", async ({ phone, server, caller }) => {
		assert.equal((await caller.report()).outcome, "refused");
		await server.program.line(/Subject Mismatch/);
		await phone.close();
		assert.doesNotMatch(phone.output, /sndfile: dumping/);
	}));
