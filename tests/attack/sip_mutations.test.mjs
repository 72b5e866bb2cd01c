/* attack/sip_mutations.test.mjs - mutated requests from a trunk's own address: we live on, and take calls.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RD_MUTATIONS (5000) are sent; RD_SEED repeats a run.  What must not happen
 * is that the process ends, at once or when the timers of what it answered
 * run out. */
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { test } from "node:test";
import { freePort } from "../help/server.mjs";
import { Dial, Sipp, has } from "../interop/help/dial.mjs";

const COUNT = Number(process.env.RD_MUTATIONS ?? 5000);
const SEED = Number(process.env.RD_SEED ?? Date.now() % 2 ** 31);
const GIVE_UP_MS = 1000;

/* Small and repeatable: Marsaglia's xorshift. */
function dice(seed) {
	let state = seed || 1;
	return (below) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}

const METHODS = ["OPTIONS", "BYE", "CANCEL", "REFER", "ACK", "SUBSCRIBE", "NOTIFY", "INFO", "UPDATE", "PRACK",
	"MESSAGE", "REGISTER", "PUBLISH", "X"];
const PIECES = ["<", ">", ";", ",", "\"", "\\", "\r\n", "\0", "%", ":", "@", "= ", "[", "]", "sips:", "tel:", "\r\n ",
	";lr", ";tag=", "4294967296", "-1", "\xff", "\xc3\x28", "*", "?", "()", "\t"];
const TAILS = [
	"Record-Route: <sip:127.0.0.1;lr>,<sip:127.0.0.1:9;lr>", "Session-Expires: 90;refresher=uas", "Require: 100rel",
	"Refer-To: <sip:x@127.0.0.1>", "Event: refer;id=1", "Replaces: a;to-tag=b;from-tag=c", "Retry-After: 99999999999",
	"Reason: Q.850;cause=16", "Authorization: Digest username=\"x\",realm=\"y\",nonce=\"z\",uri=\"sip:a\",response=\"0\"",
	"RAck: 1 1 INVITE", "X-Dial: zz", "Accept: a/b;q=1,c/d", "Subscription-State: terminated;reason=noresource",
	"Content-Encoding: gzip", "Alert-Info: <http://x/>", "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKv",
];
const CONTACTS = ["<sip:a@127.0.0.1:9>", "<sip:a@127.0.0.1:9>", "<http://x/>", "<tel:+1>", "*", "<sip:>", "sip:a@[::1]"];

function request(roll, port, i) {
	const method = roll(3) ? "INVITE" : METHODS[roll(METHODS.length)];
	const body = roll(4) ? "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n" : "";
	const tails = Array.from({ length: roll(5) }, () => TAILS[roll(TAILS.length)]);
	return [
		`${method} sip:w@127.0.0.1 SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${i};rport`,
		`From: "A" <sip:a@127.0.0.1>;tag=t${i}`, `To: <sip:w@127.0.0.1>${roll(8) ? "" : ";tag=x"}`,
		`Call-ID: m${roll(10) ? i : i - 1}@x`, `CSeq: ${1 + roll(3)} ${method}`,
		`Contact: ${CONTACTS[roll(CONTACTS.length)]}`, "Max-Forwards: 70", "Supported: 100rel,timer", ...tails,
		`Content-Type: ${roll(5) ? "application/sdp" : "multipart/mixed;boundary=b"}`,
		`Content-Length: ${roll(9) ? body.length : roll(1000)}`, "", body,
	].join("\r\n");
}

function mutate(roll, text) {
	let bytes = Buffer.from(text, "latin1");
	for (let n = roll(6); n > 0 && bytes.length > 1; n--) {
		const at = roll(bytes.length);
		const cut = Math.min(bytes.length, at + 1 + roll(40));
		switch (roll(5)) {
		case 0:
			bytes[at] = roll(256);
			break;
		case 1:
			bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(cut)]);
			break;
		case 2:
			bytes = Buffer.concat([bytes.subarray(0, at),
				Buffer.from(PIECES[roll(PIECES.length)].repeat(1 + roll(60)), "latin1"), bytes.subarray(at)]);
			break;
		case 3:
			bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, cut), bytes.subarray(at)]);
			break;
		default:
			bytes = bytes.subarray(0, at);
		}
	}
	return bytes.subarray(0, 60_000);
}

test(`${COUNT} mutated requests leave us standing (RD_SEED=${SEED})`, {
	skip: has("sipp") ? false : "sipp is not installed", timeout: 900_000,
}, async () => {
	const dial = await new Dial({ accept: 1, give_up_ms: GIVE_UP_MS, refer: "any" }).open();
	const socket = dgram.createSocket("udp4");
	await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
	socket.on("message", () => {});
	const { port } = socket.address();
	const roll = dice(SEED);
	/* Every other offer is accepted, and never acknowledged; the rest ring. */
	const answering = setInterval(() => {
		for (const event of dial.events.splice(0))
			if (event.event === "incoming") {
				dial.say(`about ${event.dialog}`);
				dial.say(event.dialog % 4 ? "respond 200 sendrecv" : "respond 183 sendrecv");
				if (event.dialog % 8 === 1)
					dial.say("hangup 16");
			}
	}, 5);
	for (let i = 0; i < COUNT; i++) {
		socket.send(mutate(roll, request(roll, port, i)), dial.port, "127.0.0.1");
		if (i % 20 === 0)
			await new Promise((resolve) => setTimeout(resolve, 10));
		assert.equal(dial.child.exitCode ?? dial.child.signalCode, null, `ended after ${i}: ${dial.errors.slice(-2000)}`);
	}
	await new Promise((resolve) => setTimeout(resolve, 4 * GIVE_UP_MS));
	clearInterval(answering);
	socket.close();
	dial.events.length = 0;
	const far = new Sipp("uac_call.xml", { port: await freePort(), remote: dial.port });
	/* What is left of the others is not it. */
	let call;
	do call = await dial.next("incoming"); while (call.headers["X-Dial"] !== "hello");
	dial.say(`about ${call.dialog}`);
	dial.say("respond 183 sendrecv");
	dial.say("respond 200 sendrecv");
	await far.succeeded();
	dial.say("state");
	const state = await dial.next("state");
	assert.ok(state.guarded > 0);
	await dial.close();
});
