// Starts the bank: its site, its customers' sign-in, and the way to Ringdown,
// all under one address.
//
//   node start.mjs --port 8080 --ringdown http://127.0.0.1:9000 [--phone TEXT]
//
// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import http from "node:http";
import { parseArgs } from "node:util";
import express from "express";
import { bank } from "./bank.mjs";
import { passRequest, passUpgrade } from "./calls.mjs";
import { AUDIENCE, identityProvider } from "./identity.mjs";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    ringdown: { type: "string" },
    phone: { type: "string", default: "" },
  },
});
if (!values.ringdown) {
  console.error("usage: node start.mjs --port N --ringdown http://127.0.0.1:PORT [--phone TEXT]");
  process.exit(2);
}

const origin = `http://localhost:${values.port}`;
const issuer = `${origin}/id`;
const ringdown = new URL(values.ringdown);
const clientId = "bank";
const clientSecret = randomBytes(32).toString("base64url");

const app = express();
app.disable("x-powered-by");
app.use(bank({ origin, issuer, clientId, clientSecret, resource: `urn:${AUDIENCE}`, phone: values.phone }));
app.use(identityProvider({
  issuer,
  client: {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [`${origin}/signed-in`],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  },
}));
app.use(passRequest(ringdown));

const server = http.createServer(app);
server.on("upgrade", passUpgrade(ringdown));
// localhost is 127.0.0.1 for some programs and ::1 for others.
server.listen({ port: Number(values.port), host: "127.0.0.1" }, () => console.log(`bank on ${origin}/`));
const server6 = http.createServer(app);
server6.on("upgrade", passUpgrade(ringdown));
server6.on("error", () => {}); // a machine without IPv6
server6.listen({ port: Number(values.port), host: "::1", ipv6Only: true });

for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => process.exit(0));
