// Signs a user in at the running demo as a browser would (authorization code
// with PKCE) and prints the access token that the bank then has for Ringdown.
//
//   node token.mjs [--port 8080] [alice|bob]
//
// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { port: { type: "string", default: "8080" } },
  allowPositionals: true,
});
const user = positionals[0] ?? "alice";
const origin = `http://localhost:${values.port}`;
const cookies = new Map();

async function request(url, options = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await fetch(url, { redirect: "manual", ...options, headers: { ...options.headers, cookie } });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (value) cookies.set(name, value);
    else cookies.delete(name);
  }
  return answer;
}

/** Follows redirects until a page; returns its address. */
async function follow(url) {
  for (let hops = 0; hops < 12; hops++) {
    const answer = await request(url);
    const next = answer.headers.get("location");
    if (!next) return url;
    url = new URL(next, url).href;
  }
  throw new Error("redirected without end");
}

try {
  const form = await follow(`${origin}/sign-in`);
  const posted = await request(form, {
    method: "POST",
    body: new URLSearchParams({ user, password: "demo" }),
  });
  const next = new URL(posted.headers.get("location") ?? "", form).href;
  if (next.endsWith("?wrong")) throw new Error(`the bank has no customer called ${user}; there are alice and bob`);
  const landed = await follow(next);
  if (!landed.endsWith("/account")) throw new Error(`sign-in ended at ${landed}`);
  const answer = await request(`${origin}/ringdown-token`, { method: "POST", headers: { origin } });
  if (!answer.ok) throw new Error(`the bank gave no token (${answer.status})`);
  console.log((await answer.json()).token);
} catch (error) {
  const reason = error.cause?.code === "ECONNREFUSED" ? `no demo is running on port ${values.port}; start script/demo` : error.message;
  console.error(`script/token: ${reason}`);
  process.exit(1);
}
