// A small site for the examples: the files of a folder, and the one route that
// Ringdown needs of a site: an access token for who is signed in.  Here that
// is always alice of the running demo.
//
//   node serve.mjs FOLDER [--port 8000] [--demo 8080]
//
// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const SIGN_IN = fileURLToPath(new URL("bank/token.mjs", import.meta.url));

/** The token of alice, who signs in at the demo's bank. */
export const demoToken = (port = 8080) => async () =>
  (await promisify(execFile)(process.execPath, [SIGN_IN, "--port", String(port), "alice"])).stdout.trim();

/**
 * POST /ringdown-token, in the form of a middleware.  Your own looks into the
 * session of the request instead, and answers 401 where nobody is signed in.
 */
export const tokenRoute = (getToken) => async (_request, response) => {
  try {
    const token = await getToken();
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify({ token }));
  } catch (error) {
    console.error(String(error.stderr || error));
    response.writeHead(401).end();
  }
};

/** The header lines of a folder, where it has a file for them. */
async function headersOf(folder) {
  const text = await readFile(path.join(folder, "headers.json"), "utf8").catch(() => "{}");
  return Object.fromEntries(
    Object.entries(JSON.parse(text)).map(([name, value]) => [name, [value].flat().join("; ")]),
  );
}

/** A server, not yet listening, for the files of a folder. */
export async function siteOf(folder, getToken) {
  const headers = await headersOf(folder);
  const giveToken = tokenRoute(getToken);

  return http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/ringdown-token" && request.method === "POST") return giveToken(request, response);

    const file = path.join(folder, path.normalize(decodeURIComponent(pathname === "/" ? "/index.html" : pathname)));
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { "content-type": `${TYPES[path.extname(file)] ?? "application/octet-stream"}; charset=utf-8`, ...headers });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    options: { port: { type: "string", default: "8000" }, demo: { type: "string", default: "8080" } },
    allowPositionals: true,
  });
  if (positionals.length !== 1) {
    console.error("usage: node serve.mjs FOLDER [--port 8000] [--demo 8080]");
    process.exit(2);
  }
  const site = await siteOf(path.resolve(positionals[0]), demoToken(values.demo));
  site.listen(Number(values.port), "localhost", () => console.log(`http://localhost:${values.port}/`));
}
