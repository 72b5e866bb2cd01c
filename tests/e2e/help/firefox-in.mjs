/* e2e/help/firefox-in.mjs NAMESPACE FOLDER [WORDS...] - Firefox in a network namespace, driven from outside of it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Chromium is driven through a pipe, Firefox through a port, which would be
 * inside: what comes to the same port outside is carried there.  FOLDER has
 * hosts, and policies.json as of an administrator; only this Firefox sees them. */
import { spawn } from "node:child_process";
import net from "node:net";
import { freePort } from "../../help/server.mjs";

const [namespace, folder, ...words] = process.argv.slice(2);
const port = await freePort();
const inside = (stdio, ...command) => spawn("ip", ["netns", "exec", namespace, ...command], { stdio });

const MOUNT = 'mount --bind "$0/hosts" /etc/hosts && mount --bind "$0" /usr/lib/firefox-esr/distribution && exec firefox-esr "$@"';
const CARRY = "const s = require('net').connect(process.argv[1], '127.0.0.1'); process.stdin.pipe(s).pipe(process.stdout)";

net.createServer((socket) => {
	const { stdin, stdout } = inside(["pipe", "pipe", "inherit"], process.execPath, "-e", CARRY, String(port));

	socket.pipe(stdin);
	stdout.pipe(socket);
	for (const end of [socket, stdin, stdout]) end.on("error", () => socket.destroy());
}).listen(port, "127.0.0.1", () => {
	const firefox = inside("inherit", "sh", "-c", MOUNT, folder,
		...words.map((word) => word.replace(/^(--remote-debugging-port)=0$/, `$1=${port}`)));

	firefox.on("exit", (code) => process.exit(code ?? 1));
});
