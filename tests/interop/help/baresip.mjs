/* interop/help/baresip.mjs - a baresip of our own: one account, one codec, a tone instead of a microphone.
 * SPDX-License-Identifier: Apache-2.0 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { freePort, until } from "../../help/server.mjs";
import { isBound } from "./dial.mjs";

const CODECS = { pcmu: "pcmu/8000/1", pcma: "pcma/8000/1", g722: "G722/16000/1", opus: "opus/48000/2" };

/* Where Debian puts the modules differs between versions. */
function moduleFolder() {
	for (const folder of ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
		"/usr/lib/aarch64-linux-gnu/baresip/modules"])
		try {
			readdirSync(folder);
			return folder;
		} catch {
			/* the next one */
		}
	return "/usr/lib/baresip/modules";
}

export class Baresip {
	/* port: else one that is free; dials: a URI to call; tone: hertz it says; certificate: PEM file with key, for TLS at port + 1; authority: whom it trusts;
	 * mediaenc: srtp or srtp-mand. */
	constructor({ port, codec = "pcmu", tone = 800, answers = true, certificate, authority, transport = "udp", dials, mediaenc } = {}) {
		Object.assign(this, { port, codec, tone, answers, certificate, authority, transport, dials, mediaenc });
		this.output = "";
	}

	async open() {
		this.port ??= await freePort(2);
		this.work = mkdtempSync(path.join(os.tmpdir(), "rd-baresip-"));
		const modules = ["g711", "g722", "opus", "ausine", "aubridge", "sndfile", ...(this.mediaenc ? ["srtp"] : [])];
		writeFileSync(path.join(this.work, "config"), [
			"poll_method epoll",
			`sip_listen 127.0.0.1:${this.port}`,
			...(this.certificate ? [`sip_certificate ${this.certificate}`] : []),
			...(this.authority ? [`sip_cafile ${this.authority}`] : []),
			`audio_source ausine,${this.tone}`,
			"audio_player aubridge,x", "audio_alert aubridge,y",
			"ausrc_srate 48000", "auplay_srate 48000", "ausrc_channels 2", "auplay_channels 1",
			`module_path ${moduleFolder()}`,
			...modules.map((name) => `module ${name}.so`),
			"module_tmp uuid.so", "module_tmp account.so", "module_app menu.so",
			`snd_path ${this.work}`, "",
		].join("\n"));
		const at = this.transport === "tls" ? `127.0.0.1:${this.port + 1};transport=tls` : `127.0.0.1:${this.port}`;
		writeFileSync(path.join(this.work, "accounts"), `<sip:desk@${at}>;regint=0;audio_codecs=${CODECS[this.codec]};`
			+ `answermode=${this.answers ? "auto" : "manual"}${this.mediaenc ? `;mediaenc=${this.mediaenc}` : ""}\n`);
		writeFileSync(path.join(this.work, "contacts"), "");
		/* It reads no commands from a pipe, and holds back what it says. */
		this.child = spawn("baresip", ["-f", this.work, ...(this.dials ? ["-e", `/dial ${this.dials}`] : [])],
			{ stdio: ["ignore", "pipe", "pipe"] });
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.on("data", (text) => { this.output += text; });
		this.ended = new Promise((resolve) => this.child.on("exit", resolve));
		await until(() => isBound("udp", this.port), "baresip listens");
		return this;
	}

	/* What it heard, as samples; ends the program, which writes the file's length then. */
	async heard() {
		await this.close(true);
		const name = readdirSync(this.work).find((file) => file.endsWith("-dec.wav"));
		const wav = name ? readFileSync(path.join(this.work, name)) : Buffer.alloc(0);
		rmSync(this.work, { recursive: true });
		return samplesOf(wav);
	}

	async close(keep) {
		if (this.child?.exitCode === null) {
			this.child.kill("SIGINT"); /* hangs up first */
			const timer = setTimeout(() => this.child.kill("SIGKILL"), 5000);
			await this.ended;
			clearTimeout(timer);
		}
		if (!keep)
			rmSync(this.work, { recursive: true, force: true });
	}
}

function samplesOf(wav) {
	if (wav.length < 44)
		return { rate: 8000, samples: [] };
	const channels = wav.readUInt16LE(22);
	const samples = [];
	for (let at = 44; at + 1 < wav.length; at += 2 * channels)
		samples.push(wav.readInt16LE(at) / 32768);
	return { rate: wav.readUInt32LE(24), samples };
}

/* Share of the energy of the middle of the sound that is at hz (Goertzel), 0 to 1. */
export function toneShare({ rate, samples }, hz) {
	const from = Math.floor(samples.length * 0.4);
	const part = samples.slice(from, from + rate);
	const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
	let [one, two, energy] = [0, 0, 0];
	for (const sample of part) {
		[one, two] = [sample + turn * one - two, one];
		energy += sample * sample;
	}
	if (!energy || part.length < rate / 2)
		return 0;
	return (2 * (one * one + two * two - turn * one * two)) / (energy * part.length);
}
