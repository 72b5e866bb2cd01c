/* e2e/help/front.mjs - TLS in front of a server, and a page with the widget, as a site has them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * All but the page "/" is handed on to the server as it is. */
import http from "node:http";
import https from "node:https";
import net from "node:net";

/* body: of the page.  to: port of the server on loopback. */
export async function openFront({ address, port, certificate, to, body }) {
	const options = { host: "127.0.0.1", port: to };
	const front = https.createServer({ cert: certificate, key: certificate }, (asked, answer) => {
		if (asked.url === "/") {
			answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
			answer.end(`<!doctype html><html lang=en><title>Office</title>${body()}</html>`);
			return;
		}
		const onward = http.request({ ...options, method: asked.method, path: asked.url, headers: asked.headers }, (back) => {
			answer.writeHead(back.statusCode, back.headers);
			back.pipe(answer);
		});
		onward.on("error", () => answer.destroy());
		answer.on("close", () => onward.destroy());
		asked.pipe(onward);
	});

	front.on("upgrade", (asked, socket, head) => {
		const onward = net.connect(to, "127.0.0.1", () => {
			const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
			for (let i = 0; i < asked.rawHeaders.length; i += 2) lines.push(`${asked.rawHeaders[i]}: ${asked.rawHeaders[i + 1]}`);
			onward.write(`${lines.join("\r\n")}\r\n\r\n`);
			onward.write(head);
			onward.pipe(socket).pipe(onward);
		});
		for (const end of [socket, onward]) {
			end.on("error", () => undefined);
			end.on("close", () => [socket, onward].forEach((one) => one.destroy()));
		}
	});
	await new Promise((done, failed) => {
		front.once("error", failed);
		front.listen(port, address, done);
	});
	return {
		origin: `https://${address}`,
		close: async () => {
			front.closeAllConnections();
			await new Promise((done) => front.close(done));
		},
	};
}
