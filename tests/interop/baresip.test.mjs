/* interop/baresip.test.mjs - sound both ways with baresip: it calls us, and a browser's call reaches it.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { certificates } from "../help/certificates.mjs";
import { runCall, startAnswer, startRingdown } from "../help/server.mjs";
import { Baresip, toneShare } from "./help/baresip.mjs";
import { has } from "./help/dial.mjs";

const skip = has("baresip") ? false : "baresip is not installed";
const CODECS = ["pcmu", "pcma", "g722", "opus"];
const OURS_HZ = 500;
const THEIRS_HZ = 800;

let pems;
before(() => { pems = certificates(); });
after(() => pems?.close());

/* Ours is switched on and off once a second, which spreads a fifth of it. */
function assertTone(sound, hz, what) {
	const share = toneShare(sound, hz);
	assert.ok(share > 0.6, `${what}: ${Math.round(share * 100)} % of it is ${hz} Hz, of ${sound.samples.length} samples`);
}

/* Not over TLS: it knows no sips: Contact, so neither ACK nor BYE would come. */
async function baresipCalls(codec, transport) {
	const answer = await startAnswer("--tone", String(OURS_HZ), "--hear", String(THEIRS_HZ), "--transport", transport);
	let phone;
	try {
		phone = await new Baresip({
			codec, tone: THEIRS_HZ,
			dials: `sip:x@127.0.0.1:${answer.port}${transport === "udp" ? "" : `;transport=${transport}`}`,
		}).open();
		await answer.program.line(/"event":"answered"/);
		await new Promise((resolve) => setTimeout(resolve, 3500));
		const sound = await phone.heard();
		const end = await answer.ended();
		assert.equal(end.codec.toLowerCase(), codec);
		assert.equal(end.by_far_end, true);
		assert.ok(Math.abs(end.tone.hz - THEIRS_HZ) < 5 && end.tone.snr_db > 20, JSON.stringify(end));
		assertTone(sound, OURS_HZ, "what baresip heard");
	} finally {
		await phone?.close();
		await answer.stop();
	}
}

for (const codec of CODECS)
	test(`baresip calls us by ${codec}`, { skip, timeout: 40_000 }, () => baresipCalls(codec, "udp"));
test("baresip calls us over TCP", { skip, timeout: 40_000 }, () => baresipCalls("pcma", "tcp"));

async function browserCalls(codec, tls) {
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
		return { ...await runCall(server, "--destination", "phone", "--tone", String(OURS_HZ), "--hear", String(THEIRS_HZ), "--duration", "4"),
			sound: await phone.heard(), log: server.program.output, phone: phone.output };
	} finally {
		await phone.close();
		await server.stop();
	}
}

for (const codec of CODECS)
	test(`a browser's call reaches baresip by ${codec}`, { skip, timeout: 60_000 }, async () => {
		const { status, output, sound, log } = await browserCalls(codec);
		assert.equal(status, 0, `${output}\n${log}`);
		assertTone(sound, OURS_HZ, "what baresip heard");
	});

test("a browser's call reaches baresip over TLS", { skip, timeout: 60_000 }, async () => {
	const { status, output, sound, log, phone } = await browserCalls("pcmu", "good");
	assert.equal(status, 0, `${output}\n${log}\n${phone}`);
	assertTone(sound, OURS_HZ, "what baresip heard");
});

test("baresip with a certificate for another name gets no call", { skip, timeout: 60_000 }, async () => {
	const { status, log, phone } = await browserCalls("pcmu", "wrong");
	assert.equal(status, 2);
	assert.match(log, /Subject Mismatch/);
	assert.doesNotMatch(phone, /sndfile: dumping/);
});
