/* e2e/help/networks.mjs - an office whose firewall lets little through, in network namespaces.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   new Network().open()   three hosts in a row: this one, a router, the office
 *     .site .relay           two addresses of this host, as the office reaches it; Firefox knows the second as relay.test, too
 *     .blockUdp()            the router drops UDP, silently as firewalls do
 *     .onlyTcp(port)         and everything but TCP to that port
 *     .openAll()             nothing any more
 *     .programs              those that are each browser in the office, by its name
 *     .trust(file)           an authority whose certificates Firefox takes there, also in WebRTC
 *     .close()
 *   lack()                 why there can be none here, or undefined
 *
 * Rules of routing by protocol and port do it, so no packet filter is needed.
 * Addresses are of 198.18.0.0/15, which is for such tests (RFC 2544). */
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const TRIES = 10;
const FIREFOX_IN = fileURLToPath(new URL("firefox-in.mjs", import.meta.url));

const ip = (text) => execFileSync("ip", text.trim().split(/\s+/), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const quietly = (text) => {
	try {
		return ip(text);
	} catch {
		return "";
	}
};

const isAlive = (pid) => {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === "EPERM";
	}
};

/* What a test left behind that was killed. */
function sweep() {
	for (const [name, pid] of quietly("netns list").matchAll(/^rd(\d+)-\w+/gm))
		if (!isAlive(Number(pid))) quietly(`netns del ${name}`);
}

export function lack() {
	const name = `rd${process.pid}-may`;

	try {
		ip(`netns add ${name}`);
		ip(`-n ${name} rule add pref 10 ipproto udp blackhole`);
		return undefined;
	} catch (error) {
		return `no network namespaces here: ${String(error.stderr || error.message).trim()}`;
	} finally {
		quietly(`netns del ${name}`);
	}
}

export class Network {
	#router = `rd${process.pid}-router`;
	#office = `rd${process.pid}-office`;
	#link = `rd${process.pid}`;
	#rules = []; /* their preferences */
	#folder = mkdtempSync(path.join(os.tmpdir(), "ringdown-office-"));

	open() {
		sweep();
		for (let tried = 1; ; tried++) {
			try {
				this.#connect(`198.18.${randomInt(256)}`);
				break;
			} catch (error) {
				this.#disconnect();
				if (tried === TRIES) throw error;
			}
		}
		writeFileSync(path.join(this.#folder, "hosts"), `127.0.0.1 localhost\n${this.relay} relay.test\n`);
		this.programs = {
			chromium: this.#program("chromium", `ip netns exec ${this.#office} /usr/bin/chromium`),
			firefox: this.#program("firefox", `${process.execPath} ${FIREFOX_IN} ${this.#office} ${this.#folder}`),
		};
		return this;
	}

	trust(file) {
		writeFileSync(path.join(this.#folder, "policies.json"), JSON.stringify({ policies: { Certificates: { Install: [file] } } }));
	}

	#program(name, command) {
		const file = path.join(this.#folder, name);

		writeFileSync(file, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o700 });
		return file;
	}

	/* This host -- router -- office. */
	#connect(net) {
		const [router, office, link] = [this.#router, this.#office, this.#link];

		ip(`netns add ${router}`);
		ip(`netns add ${office}`);
		ip(`link add ${link} type veth peer name out netns ${router}`);
		ip(`addr add ${net}.1/29 dev ${link}`);
		ip(`addr add ${net}.2/29 dev ${link}`);
		ip(`link set ${link} up`);
		ip(`-n ${router} addr add ${net}.6/29 dev out`);
		ip(`-n ${router} link set out up`);
		ip(`-n ${router} link add in type veth peer name eth0 netns ${office}`);
		ip(`-n ${router} addr add ${net}.129/30 dev in`);
		ip(`-n ${router} link set in up`);
		ip(`-n ${office} addr add ${net}.130/30 dev eth0`);
		ip(`-n ${office} link set eth0 up`);
		ip(`-n ${office} link set lo up`);
		ip(`-n ${office} route add default via ${net}.129`);
		execFileSync("ip", ["netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
		ip(`route add ${net}.128/30 via ${net}.6`);
		[this.site, this.relay] = [`${net}.1`, `${net}.2`];
	}

	#rule(pref, text) {
		ip(`-n ${this.#router} rule add pref ${pref} ${text}`);
		this.#rules.push(pref);
	}

	blockUdp() {
		this.openAll();
		this.#rule(20, "ipproto udp blackhole");
	}

	onlyTcp(port) {
		this.openAll();
		this.#rule(10, `iif in ipproto tcp dport ${port} lookup main`);
		this.#rule(20, "iif in blackhole");
	}

	openAll() {
		for (const pref of this.#rules.splice(0)) ip(`-n ${this.#router} rule del pref ${pref}`);
	}

	#disconnect() {
		quietly(`link del ${this.#link}`); /* and its route */
		quietly(`netns del ${this.#office}`);
		quietly(`netns del ${this.#router}`);
	}

	close() {
		this.#disconnect();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}
