// The bank's own site: pages, sign-in by OpenID Connect, and the one route
// that Ringdown needs of a site: an access token for who is signed in.
// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import express from "express";
import * as oidc from "openid-client";

const here = (path) => new URL(path, import.meta.url);

/** Sessions by cookie; in memory, as this is a demo. */
const sessions = new Map();

function sessionOf(req) {
  const id = /(?:^|; )bank=([\w-]+)/.exec(req.headers.cookie ?? "")?.[1];
  return (id && sessions.get(id)) || null;
}

function openSession(res, session) {
  const id = randomBytes(24).toString("base64url");
  sessions.set(id, session);
  res.cookie("bank", id, { httpOnly: true, sameSite: "lax", path: "/" });
}

/** {{name}} in a page becomes its value, escaped. */
async function page(file, values) {
  const escape = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const html = await readFile(here(`pages/${file}`), "utf8");
  return html.replace(/\{\{(\w+)\}\}/g, (_, key) => escape(values[key] ?? ""));
}

/**
 * @param {{origin: string, issuer: string, clientId: string, clientSecret: string,
 *   resource: string, phone: string}} options phone: how a phone registers or is
 *   called, as the page tells it.
 */
export function bank({ origin, issuer, clientId, clientSecret, resource, phone }) {
  const app = express().disable("x-powered-by");
  const redirectUri = `${origin}/signed-in`;
  let discovered;
  const provider = () =>
    (discovered ??= oidc.discovery(new URL(issuer), clientId, clientSecret, undefined,
      { execute: [oidc.allowInsecureRequests] }));

  app.use("/bootstrap", express.static(here("node_modules/bootstrap/dist").pathname));
  app.use("/pages", express.static(here("pages").pathname, { index: false }));

  app.get("/", async (req, res) => {
    if (sessionOf(req)) return res.redirect("/account");
    res.type("html").send(await page("welcome.html", {}));
  });

  app.get("/account", async (req, res) => {
    const session = sessionOf(req);
    if (!session) return res.redirect("/");
    res.type("html").send(await page("account.html", { name: session.name, phone }));
  });

  // Authorization code with PKCE (RFC 6749 4.1, RFC 7636).
  app.get("/sign-in", async (_req, res) => {
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    res.cookie("sign-in", `${state}.${verifier}`, { httpOnly: true, sameSite: "lax", maxAge: 600_000 });
    res.redirect(oidc.buildAuthorizationUrl(await provider(), {
      redirect_uri: redirectUri,
      scope: "openid profile call",
      resource,
      state,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).href);
  });

  app.get("/signed-in", async (req, res) => {
    const [, state, verifier] = /(?:^|; )sign-in=([\w-]+)\.([\w~.-]+)/.exec(req.headers.cookie ?? "") ?? [];
    try {
      const tokens = await oidc.authorizationCodeGrant(await provider(), new URL(req.originalUrl, origin),
        { pkceCodeVerifier: verifier, expectedState: state }, { resource });
      const { sub, name } = tokens.claims();
      const expires = Date.now() + (tokens.expires_in ?? 0) * 1000;
      res.clearCookie("sign-in");
      openSession(res, { sub, name: name ?? sub, token: tokens.access_token, expires });
      res.redirect("/account");
    } catch {
      res.status(400).type("text").send("Signing in did not work. Please go back and try again.\n");
    }
  });

  app.post("/sign-out", (req, res) => {
    const id = /(?:^|; )bank=([\w-]+)/.exec(req.headers.cookie ?? "")?.[1];
    sessions.delete(id);
    res.clearCookie("bank").redirect(303, "/");
  });

  // What the widget asks for at the click (data-token-url).  The cookie is
  // SameSite=Lax and the request must come from our own page.
  app.post("/ringdown-token", (req, res) => {
    const session = sessionOf(req);
    const from = req.headers.origin ?? origin;
    if (!session || session.expires < Date.now()) return res.status(401).json({ error: "sign in first" });
    if (from !== origin) return res.status(403).json({ error: "not from here" });
    res.set("Cache-Control", "no-store").json({ token: session.token });
  });
  return app;
}
