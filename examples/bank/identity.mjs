// A local OpenID provider for the demo: the bank's customers sign in here.
//
// oidc-provider is a certified OpenID provider, so the bank and Ringdown take
// the same path as with Cognito, Auth0 or Keycloak.  Accounts, keys and
// sessions live in memory and are gone when the demo ends.
// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import express from "express";
import { Provider } from "oidc-provider";

/** The audience of access tokens that Ringdown accepts. */
export const AUDIENCE = "ringdown";

const accounts = new Map([
  ["alice", { sub: "customer-1001", name: "Alice", tier: "gold" }],
  ["bob", { sub: "customer-1002", name: "Bob", tier: "standard" }],
]);
const PASSWORD = "demo";

function findAccount(_ctx, sub) {
  const account = [...accounts.values()].find((a) => a.sub === sub);
  return account && { accountId: sub, claims: () => ({ ...account }) };
}

/** Access tokens for Ringdown are JWTs (RFC 9068) that it can check itself. */
const resourceIndicators = {
  enabled: true,
  defaultResource: () => `urn:${AUDIENCE}`,
  useGrantedResource: () => true,
  getResourceServerInfo: () => ({
    scope: "call",
    audience: AUDIENCE,
    accessTokenTTL: 600,
    accessTokenFormat: "jwt",
    jwt: { sign: { alg: "RS256" } },
  }),
};

/** The bank is the provider's only client and asks for nothing to consent to. */
async function loadExistingGrant(ctx) {
  const { oidc } = ctx;
  const grant = new oidc.provider.Grant({
    clientId: oidc.client.clientId,
    accountId: oidc.session.accountId,
  });
  grant.addOIDCScope("openid profile");
  grant.addResourceScope(`urn:${AUDIENCE}`, "call");
  await grant.save();
  return grant;
}

function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: randomUUID() };
}

/**
 * @param {{issuer: string, client: object}} options issuer: where this app is
 *   mounted, as browsers see it; client: the bank's registration.
 * @returns {import("express").Express}
 */
export function identityProvider({ issuer, client }) {
  const provider = new Provider(issuer, {
    clients: [client],
    jwks: { keys: [signingKey()] },
    claims: { openid: ["sub"], profile: ["name"] },
    scopes: ["openid", "profile"],
    findAccount,
    loadExistingGrant,
    extraTokenClaims: (_ctx, token) =>
      ({ tier: [...accounts.values()].find((a) => a.sub === token.accountId)?.tier }),
    features: { devInteractions: { enabled: false }, resourceIndicators },
    interactions: { url: (_ctx, interaction) => `${issuer}/sign-in/${interaction.uid}` },
    cookies: { keys: [randomUUID()] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 3600, Grant: 3600, IdToken: 600 },
    renderError: (ctx, out) => {
      ctx.type = "text/plain";
      ctx.body = `Sign-in failed: ${out.error_description ?? out.error}\n`;
    },
  });
  const base = new URL(issuer).pathname;
  provider.proxy = true;

  const app = express().disable("x-powered-by");
  app.get(`${base}/sign-in/:uid`, async (_req, res) => {
    res.type("html").send(await readFile(new URL("pages/sign-in.html", import.meta.url)));
  });
  app.post(`${base}/sign-in/:uid`, express.urlencoded({ extended: false }), async (req, res) => {
    const account = accounts.get(String(req.body.user ?? ""));
    if (!account || req.body.password !== PASSWORD) {
      res.redirect(303, `${base}/sign-in/${encodeURIComponent(req.params.uid)}?wrong`);
      return;
    }
    await provider.interactionFinished(req, res, { login: { accountId: account.sub } });
  });
  app.use(base, provider.callback());
  return app;
}
