/* interop/help/baresip.mjs - a baresip of our own: one account, one codec, a tone instead of a microphone.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { WAIT_MS, freePort, until } from "../../help/server.mjs";
import { untilTone } from "../../help/sound.mjs";
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
		this.ended = new Promise((resolve) => this.child.on("close", resolve));
		await until(() => isBound("udp", this.port) && (!this.certificate || isBound("tcp", this.port + 1)), "baresip listens");
		return this;
	}

	/* Until so many seconds of what it hears from now on are a tone.  It writes the sound as it comes. */
	async hears(hz, seconds) {
		const find = () => readdirSync(this.work).find((file) => file.endsWith("-dec.wav"));
		const name = await until(() => {
			assert.equal(this.child.exitCode, null, `baresip ended: ${this.output}`);
			return find();
		}, "baresip hears something");
		await untilTone(path.join(this.work, name), hz, seconds, "baresip");
	}

	/* Hangs up first.  All that it has said is in .output then. */
	async close() {
		if (this.child && this.child.exitCode === null && !this.child.signalCode) this.child.kill("SIGINT");
		const timer = setTimeout(() => this.child?.kill("SIGKILL"), WAIT_MS);
		await this.ended;
		clearTimeout(timer);
		rmSync(this.work, { recursive: true, force: true });
	}
}
