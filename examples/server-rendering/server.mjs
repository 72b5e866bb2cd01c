// A page rendered by a server.  Without script it has the telephone link; with
// it the link becomes the button.
//
//   node server.mjs [--port 8000]
//
// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import http from "node:http";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { demoToken, tokenRoute } from "../serve.mjs";
import { App } from "./dist/server/app.js";

const page = (order) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Garden tools</title>
  <link rel="icon" href="data:,">
  <script type="module" src="/client.js"></script>
</head>
<body>
  <div id="root" data-order="${order}">${renderToString(createElement(App, { order }))}</div>
</body>
</html>
`;

export function site(getToken) {
  const giveToken = tokenRoute(getToken);

  return http.createServer(async (request, response) => {
    if (request.method === "POST" && request.url === "/ringdown-token") return giveToken(request, response);
    if (request.url === "/client.js") {
      response.writeHead(200, { "content-type": "text/javascript" });
      return response.end(await readFile(new URL("dist/client/client.js", import.meta.url)));
    }
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(page("4711"));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { port } = parseArgs({ options: { port: { type: "string", default: "8000" } } }).values;
  site(demoToken()).listen(Number(port), "localhost", () => console.log(`http://localhost:${port}/`));
}
