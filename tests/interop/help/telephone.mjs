/* interop/help/telephone.mjs - a SIP telephone over UDP that does what a test says, also what no good telephone does.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It speaks PCMU and telephone-event, in clear.  Loopback loses nothing, so
 * it repeats nothing, but it knows a repeated request when it sees one. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import dgram from "node:dgram";
import { once } from "node:events";
import { WAIT_MS, until } from "../../help/server.mjs";
import { toneSeconds } from "../../help/sound.mjs";

const FRAME = 160; /* samples of 20 ms */
const RATE = 8000;
const EVENTS = 101; /* payload type of telephone-event */
const BIAS = 0x84; /* ITU-T G.711 table 2 */

function toPcmu(sample) {
	const sign = sample < 0 ? 0x80 : 0;
	const size = Math.min(Math.abs(sample), 32635) + BIAS;
	const exponent = Math.max(0, Math.floor(Math.log2(size)) - 7);
	return ~(sign | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff;
}

function fromPcmu(byte) {
	const b = ~byte & 0xff;
	const size = ((((b & 0x0f) << 3) + BIAS) << ((b >> 4) & 7)) - BIAS;
	return b & 0x80 ? -size : size;
}

const QUIET_MS = 500; /* 25 frames */

/* One RTP port: says a tone, hears what comes. */
class Sound {
	constructor(host, hz) {
		Object.assign(this, { host, hz, packets: 0, heard: [], digits: "", types: new Set() });
		this.ssrc = randomBytes(4);
		this.sequence = 0;
	}

	async open() {
		this.socket = dgram.createSocket(this.host.includes(":") ? "udp6" : "udp4");
		this.socket.on("message", (packet) => this.take(packet));
		this.socket.bind(0, this.host);
		await once(this.socket, "listening");
		this.port = this.socket.address().port;
		return this;
	}

	take(packet) {
		const type = packet[1] & 0x7f;
		if (packet.length < 13 || (type >= 64 && type < 96)) return; /* RTCP, RFC 5761 4 */
		this.packets++;
		this.types.add(type);
		if (type === EVENTS && (packet[13] & 0x80) && this.event !== packet.readUInt32BE(4)) {
			this.event = packet.readUInt32BE(4); /* one digit has one time stamp */
			this.digits += "0123456789*#ABCD"[packet[12]];
		}
		if (type === EVENTS) return;
		for (const byte of packet.subarray(12)) this.heard.push(fromPcmu(byte));
		if (this.heard.length > 10 * RATE) this.heard.splice(0, 5 * RATE);
	}

	header(type, marker) {
		const header = Buffer.alloc(12);
		header[0] = 0x80;
		header[1] = type | (marker ? 0x80 : 0);
		header.writeUInt16BE(this.sequence++ & 0xffff, 2);
		header.writeUInt32BE(this.frames * FRAME, 4);
		this.ssrc.copy(header, 8);
		return header;
	}

	frame(to) {
		const bytes = Buffer.alloc(FRAME);
		for (let i = 0; i < FRAME; i++)
			bytes[i] = toPcmu(Math.round(10000 * Math.sin((2 * Math.PI * this.hz * (this.frames * FRAME + i)) / RATE)));
		this.socket.send(Buffer.concat([this.header(0), bytes]), to.port, to.address);
		this.frames++;
	}

	/* Says its tone to that address from now on. */
	say(to) {
		this.quiet();
		const began = Date.now();
		this.frames ??= 0;
		const first = this.frames;
		this.timer = setInterval(() => {
			/* A busy machine is late; who hears it wants every frame. */
			while ((this.frames - first) * 20 <= Date.now() - began) this.frame(to);
		}, 10);
	}

	quiet() {
		clearInterval(this.timer);
	}

	/* RFC 4733 2.5: one digit of 100 ms, its end three times. */
	press(digit, to) {
		const event = "0123456789*#ABCD".indexOf(digit);
		const at = this.frames;
		for (let i = 1; i <= 7; i++) {
			const body = Buffer.from([event, i >= 5 ? 0x8a : 0x0a, 0, 0]);
			body.writeUInt16BE(Math.min(i, 5) * FRAME, 2);
			this.frames = at;
			this.socket.send(Buffer.concat([this.header(EVENTS, i === 1), body]), to.port, to.address);
		}
		this.frames = at + 5;
	}

	get all() {
		return { samples: this.heard, rate: RATE };
	}

	/* Until so many seconds of what comes from now on are a clean tone. */
	async hears(hz, seconds = 0.25) {
		let got;
		this.heard = [];
		await until(() => {
			got = toneSeconds(this.all, hz);
			return got.clean >= seconds;
		}, () => `${seconds} s of ${hz} Hz at the telephone, but ${JSON.stringify(got)}`);
	}

	/* Until nothing has come for a while. */
	async isQuiet() {
		let [packets, since] = [this.packets, Date.now()];
		await until(() => {
			if (packets !== this.packets) [packets, since] = [this.packets, Date.now()];
			return Date.now() - since >= QUIET_MS;
		}, "nothing more comes to the telephone");
	}

	close() {
		this.quiet();
		this.socket.close();
	}
}

const SHORT = { f: "from", t: "to", i: "call-id", m: "contact", l: "content-length", c: "content-type", v: "via", r: "refer-to" };

function parse(text) {
	const [head, ...rest] = text.split("\r\n\r\n");
	const [first, ...lines] = head.split("\r\n");
	const headers = {};
	for (const line of lines) {
		const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
		if (!name) continue;
		const key = SHORT[name.toLowerCase()] ?? name.toLowerCase();
		(headers[key] ??= []).push(value);
	}
	const message = { first, headers, text, body: rest.join("\r\n\r\n"), header: (name) => headers[name.toLowerCase()]?.[0] ?? "" };
	if (first.startsWith("SIP/2.0 ")) message.status = Number(first.slice(8, 11));
	else [message.method, message.uri] = first.split(" ");
	[message.number, message.of] = message.header("cseq").split(" ");
	return message;
}

/* Where a description wants its sound, and how. */
export function described(sdp) {
	const [, port, proto, types] = /^m=audio (\d+) (\S+) (.*?)\r?$/m.exec(sdp) ?? [];
	return {
		port: Number(port), proto, types: types?.split(" ").map(Number),
		address: /^c=IN IP[46] (\S+?)\r?$/m.exec(sdp)?.[1],
		direction: /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(sdp)?.[1] ?? "sendrecv",
		version: Number(/^o=\S+ \S+ (\d+)/m.exec(sdp)?.[1]),
	};
}

/* One dialog, from the INVITE on. */
class Dialog {
	constructor(phone, invite) {
		Object.assign(this, { phone, invite, id: invite.header("call-id"), queue: [], number: 1, tag: randomBytes(4).toString("hex") });
		this.theirs = described(invite.body);
		this.isOver = false;
		this.isHasty = false; /* has answered before it sees a CANCEL */
	}

	/* The next request of that method; requests before it are passed over. */
	async next(method, ms = WAIT_MS) {
		return until(() => {
			const at = this.queue.findIndex((r) => r.method === method);
			return at >= 0 && this.queue.splice(0, at + 1)[at];
		}, `${method} to the telephone; it has ${this.queue.map((r) => r.first)}`, ms);
	}

	respond(request, status, { sdp, headers = [], words = "As the test says" } = {}) {
		const to = request.header("to");
		const lines = [`SIP/2.0 ${status} ${words}`,
			...request.headers.via.map((value) => `Via: ${value}`),
			`From: ${request.header("from")}`, `To: ${to}${/;tag=/.test(to) ? "" : `;tag=${this.tag}`}`,
			`Call-ID: ${this.id}`, `CSeq: ${request.header("cseq")}`, `Contact: <sip:phone@${this.phone.at}>`,
			"Allow: INVITE, ACK, BYE, CANCEL, REFER, NOTIFY, INFO, UPDATE", ...headers,
			...(sdp ? ["Content-Type: application/sdp"] : []), `Content-Length: ${Buffer.byteLength(sdp ?? "")}`];
		request.answer = `${lines.join("\r\n")}\r\n\r\n${sdp ?? ""}`;
		this.phone.write(request.answer);
	}

	/* A request inside the dialog; gives its final answer.  An INVITE is acknowledged, with the SDP of `ack` if there is one. */
	async request(method, { sdp, body, headers = [], ack } = {}) {
		const number = ++this.number;
		this.write(method, number, { sdp, body, headers });
		const answer = await until(() => this.phone.answers.find((a) => a.header("call-id") === this.id
			&& Number(a.number) === number && a.of === method && a.status >= 200), `an answer to ${method}`);
		if (method === "INVITE")
			this.write("ACK", number, { sdp: answer.status < 300 ? await ack?.(answer) : undefined });
		return answer;
	}

	write(method, number, { sdp, body = sdp ?? "", headers = [] }) {
		const contact = /<([^>]+)>/.exec(this.invite.header("contact"))[1];
		const from = this.invite.header("to");
		const lines = [`${method} ${contact} SIP/2.0`,
			`Via: SIP/2.0/UDP ${this.phone.at};branch=z9hG4bK${randomBytes(6).toString("hex")}`, "Max-Forwards: 70",
			`From: ${from};tag=${this.tag}`, `To: ${this.invite.header("from")}`, `Call-ID: ${this.id}`,
			`CSeq: ${number} ${method}`, `Contact: <sip:phone@${this.phone.at}>`, ...headers,
			...(sdp ? ["Content-Type: application/sdp"] : []), `Content-Length: ${Buffer.byteLength(body)}`];
		this.phone.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
	}

	/* An offer or answer of ours; sound: where we hear. */
	sdp(sound, { direction = "sendrecv", address = this.phone.host, events = true, proto = "RTP/AVP", type = 0, more = [] } = {}) {
		this.version = (this.version ?? 0) + 1;
		const family = address.includes(":") ? "IP6" : "IP4";
		return [`v=0`, `o=- 1 ${this.version} IN ${family} ${address}`, "s=-", `c=IN ${family} ${address}`, "t=0 0",
			`m=audio ${sound.port} ${proto} ${type}${events ? ` ${EVENTS}` : ""}`, `a=rtpmap:${type} PCMU/8000`,
			...(events ? [`a=rtpmap:${EVENTS} telephone-event/8000`] : []), `a=${direction}`, ...more, ""].join("\r\n");
	}

	/* 200 to the INVITE, and the tone begins. */
	async answer(hz = 700, options = {}) {
		this.sound ??= await this.phone.sound(hz);
		this.respond(this.invite, 200, { sdp: this.sdp(this.sound, options), headers: options.headers });
		await this.next("ACK");
		this.sound.say(this.theirs);
		return this.sound;
	}

	async bye(cause) {
		this.isOver = true;
		return this.request("BYE", { headers: cause ? [`Reason: Q.850;cause=${cause}`] : [] });
	}
}

export class Telephone {
	constructor(host = "127.0.0.1") {
		Object.assign(this, { host, dialogs: [], answers: [], seen: new Map(), sounds: [], strays: [] });
	}

	async open() {
		this.socket = dgram.createSocket(this.host.includes(":") ? "udp6" : "udp4");
		this.socket.on("message", (bytes, from) => this.take(parse(bytes.toString("utf8")), from));
		this.socket.bind(0, this.host);
		await once(this.socket, "listening");
		this.port = this.socket.address().port;
		this.at = `${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.port}`;
		return this;
	}

	write(text) {
		this.socket.send(text, this.server.port, this.server.address);
	}

	take(message, from) {
		this.server = from;
		if (message.status) {
			this.answers.push(message);
			return;
		}
		const key = `${message.header("via")} ${message.method}`;
		const before = this.seen.get(key);
		if (before) {
			if (before.answer) this.write(before.answer);
			return;
		}
		this.seen.set(key, message);
		let dialog = this.dialogs.find((d) => d.id === message.header("call-id"));
		if (!dialog && message.method === "INVITE") {
			dialog = new Dialog(this, message);
			this.dialogs.push(dialog);
			return;
		}
		if (!dialog) {
			this.strays.push(message);
			return;
		}
		dialog.queue.push(message);
		/* What every telephone says yes to. */
		if (["BYE", "CANCEL", "NOTIFY", "INFO", "PRACK", "UPDATE"].includes(message.method)) {
			dialog.isOver ||= ["BYE", "CANCEL"].includes(message.method);
			dialog.respond(message, 200);
		}
		if (message.method === "CANCEL" && !dialog.isHasty) dialog.respond(dialog.invite, 487);
	}

	/* The n-th call to this telephone, from 0. */
	async dialog(n = 0, ms = WAIT_MS) {
		return until(() => this.dialogs[n], `call ${n} at the telephone`, ms);
	}

	async sound(hz) {
		const sound = await new Sound(this.host, hz).open();
		this.sounds.push(sound);
		return sound;
	}

	close() {
		for (const sound of this.sounds) sound.close();
		this.socket.close();
	}
}
