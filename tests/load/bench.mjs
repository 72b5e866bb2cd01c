// What script/bench runs: the server on one core, the generator on the other.
// SPDX-License-Identifier: Apache-2.0
import { execFile, execFileSync } from "node:child_process";
import { createSign, generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { RINGDOWN, freePort, startRingdown } from "../help/server.mjs";

const { values, positionals } = parseArgs({
  options: {
    calls: { type: "string", default: "100" },
    seconds: { type: "string", default: "20" },
    floor: { type: "string" },
  },
  allowPositionals: true,
});
const calls = Number(values.calls);
const seconds = Number(values.seconds);
const wanted = positionals.length ? positionals : ["opus", "tcp", "transcode", "api"];
const NO_LIMITS = "{ at_once: 0, per_minute: 0, per_hour: 0, per_day: 0 }";
const SERVER_CORE = "0";
const LOAD_CORE = "1";

const print = (line) => console.log(JSON.stringify(line));

/** Puts a running program, with all its threads, on one core. */
const pin = (pid, core) => execFileSync("taskset", ["-a", "-cp", core, String(pid)]);

/** What the work must cost at least, by somebody else's program. */
function floor(key) {
  if (!values.floor) return undefined;
  const [command, ...args] = values.floor.split(" ");
  return JSON.parse(execFileSync(command, args, { cwd: path.dirname(path.resolve(command)) }))[key];
}

/** Calls between browsers and a SIP party that accepts only `codec`; words: more options of `ringdown call`. */
async function bridged(name, codec, floorKey, words = []) {
  const before = floor(floorKey);
  const sip = await freePort();
  const server = await startRingdown({
    server: "  most_calls: 2000\n  most_per_address: 20000\n  log_level: warn",
    destinations: `
  - name: far
    to: sip
    trunk: peer
    user: far
    codecs: [${codec}]
    limits: ${NO_LIMITS}
`,
    more: `
trunks:
  - name: peer
    host: 127.0.0.1
    port: ${sip}
    options_s: 0
    session_expires_s: 0
`,
  });
  pin(server.pid, SERVER_CORE);
  const args = ["-c", LOAD_CORE, RINGDOWN, "call", "--url", server.url, "--token", server.token(),
    "--destination", "far", "--count", String(calls), "--rate", "20", "--duration", String(seconds),
    "--settle", "3", "--peer-answer", "--listen", `127.0.0.1:${sip}`, "--answer-codec", codec,
    "--server-pid", String(server.pid), "--json", ...words];
  let report;
  try {
    const { stdout } = await promisify(execFile)("taskset", args, { maxBuffer: 1 << 26 });
    report = JSON.parse(stdout);
  } catch (error) {
    if (!error.stdout) throw error;
    report = JSON.parse(error.stdout);
  } finally {
    await server.stop();
  }
  const after = floor(floorKey);
  const least = before === undefined ? undefined : (before + after) / 2;
  const cpu = report.server?.cpu_ms_per_call_s;
  print({
    measurement: name, calls, seconds,
    cpu_ms_per_call_s: cpu,
    floor_ms_per_call_s: least,
    ratio: least && cpu ? Number((cpu / least).toFixed(3)) : undefined,
    ...report,
  });
}

/** Starts a second, each with a token of its own signed RS256. */
async function api() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-bench-"));
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keys = path.join(folder, "keys.json");
  await writeFile(keys, JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k", use: "sig", alg: "RS256" }] }));
  const now = Math.floor(Date.now() / 1000);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = encode({ alg: "RS256", typ: "at+jwt", kid: "k" });
  const tokens = Array.from({ length: 6000 }, (_, i) => {
    const text = `${head}.${encode({ iss: "https://bench.test", aud: "ringdown", sub: `person-${i}`, iat: now, exp: now + 3600 })}`;
    return `${text}.${createSign("sha256").update(text).sign(privateKey, "base64url")}`;
  });
  await writeFile(path.join(folder, "tokens.txt"), tokens.join("\n"));
  await writeFile(path.join(folder, "post.lua"), `
local tokens = {}
for line in io.lines("${folder}/tokens.txt") do tokens[#tokens + 1] = line end
local i = 0
request = function()
  i = i % #tokens + 1
  return wrk.format("POST", "/v1/calls", { ["Authorization"] = "Bearer " .. tokens[i], ["Content-Type"] = "application/json" }, '{"destination":"echo"}')
end
local bad = 0
response = function(status) if status ~= 201 then bad = bad + 1; if bad < 3 then io.stderr:write("status " .. status .. "\\n") end end end
`);
  const server = await startRingdown({
    server: "  most_calls: 20000\n  most_per_address: 20000\n  log_level: error",
    more: "",
    destinations: `
  - name: echo
    limits: ${NO_LIMITS}
`,
    issuers: `
  - name: bench
    issuer: https://bench.test
    keys_file: ${keys}
    audience: [ringdown]
`,
  });
  try {
    pin(server.pid, SERVER_CORE);
    // 20,000 calls at most: as many seconds as they last at this rate.
    const out = execFileSync("taskset", ["-c", LOAD_CORE, "wrk", "-t1", "-c32", "-d4s", "--latency", "-s",
      path.join(folder, "post.lua"), server.url]).toString();
    const number = (pattern) => Number(pattern.exec(out)?.[1] ?? 0);
    const total = number(/(\d+) requests in/);
    const refused = number(/Non-2xx or 3xx responses: (\d+)/);
    print({
      measurement: "api", connections: 32,
      starts_per_s: Math.round(number(/Requests\/sec:\s+([\d.]+)/) * (total ? (total - refused) / total : 0)),
      requests: total, refused,
      latency_ms: Object.fromEntries([50, 90, 99].map((q) => {
        const m = new RegExp(`${q}%\\s+([\\d.]+)(us|ms|s)`).exec(out);
        return [`p${q}`, m ? Number(m[1]) * { us: 0.001, ms: 1, s: 1000 }[m[2]] : undefined];
      })),
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

if (wanted.includes("opus")) await bridged("opus", "opus", "floor.b.passthrough.batch32");
if (wanted.includes("tcp")) await bridged("tcp", "opus", "floor.b.passthrough.batch32", ["--tcp"]);
if (wanted.includes("transcode")) await bridged("transcode", "pcmu", "floor.a.transcoded.batch32");
if (wanted.includes("api")) await api();
