// Passes what is Ringdown's (API, signaling socket, widget) to the ringdown
// program, so that the demo has one address.  In production this is the
// reverse proxy you have, or Ringdown has a host name of its own.
// SPDX-License-Identifier: Apache-2.0
import http from "node:http";

function options(req, target) {
  const peer = req.socket.remoteAddress ?? "";
  const headers = { ...req.headers, "x-forwarded-for": peer, "x-forwarded-proto": "http" };
  return { host: target.hostname, port: target.port, method: req.method, path: req.url, headers };
}

/** Request handler; `target` is the URL of the ringdown program. */
export function passRequest(target) {
  return (req, res) => {
    const out = http.request(options(req, target), (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    out.on("error", () => {
      if (!res.headersSent) res.writeHead(502, { "content-type": "text/plain" });
      res.end("ringdown does not answer\n");
    });
    res.on("close", () => out.destroy());
    req.pipe(out);
  };
}

/** Handler of `upgrade`: the signaling socket. */
export function passUpgrade(target) {
  return (req, socket, head) => {
    const out = http.request(options(req, target));
    const drop = () => { socket.destroy(); out.destroy(); };
    const write = (answer) => {
      const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
      for (let i = 0; i < answer.rawHeaders.length; i += 2)
        lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    };
    out.on("upgrade", (answer, upstream, rest) => {
      write(answer);
      if (rest.length) socket.write(rest);
      if (head.length) upstream.write(head);
      upstream.on("error", drop).on("close", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
      socket.setNoDelay(true);
      upstream.setNoDelay(true);
      upstream.pipe(socket).pipe(upstream);
    });
    out.on("response", (answer) => { write(answer); answer.pipe(socket); });
    out.on("error", drop);
    socket.on("error", drop);
    out.end();
  };
}
