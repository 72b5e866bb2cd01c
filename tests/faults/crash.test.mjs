/* faults/crash.test.mjs - kill -9 during 20 calls: after the restart every call has exactly one closed record.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Program, RINGDOWN, startRingdown, until } from "../help/server.mjs";

const rows = (database) =>
  JSON.parse(execFileSync("sqlite3", ["-cmd", ".timeout 10000", "-json", database,
    "SELECT call_id, reason, ended_by, started_ms, answered_ms, ended_ms FROM calls"]).toString() || "[]");

test("kill -9 during 20 calls leaves exactly one closed record of each", async () => {
  const server = await startRingdown();
  const calls = new Program(RINGDOWN, ["call", "--url", server.url, "--token", server.token(), "--destination", "echo",
    "--count", "20", "--rate", "50", "--duration", "600"]);
  const talking = async () => /^ringdown_calls 20$/m.test(await (await fetch(`${server.url}/metrics`)).text());
  let callId;
  try {
    await until(talking, () => `20 calls: ${calls.output}`);
    const answered = await server.call({ destination: "echo" }, { sub: "bob" });
    assert.equal(answered.status, 201);
    ({ callId } = await answered.json());
  } finally {
    await server.kill();
    await calls.stop("SIGTERM");
  }

  await server.start();
  try {
    await server.program.line(/event="calls of a crash closed" count=21 reason=server_lost/);
    const all = rows(server.database);
    assert.equal(all.length, 21);
    assert.equal(new Set(all.map((r) => r.call_id)).size, 21);
    for (const r of all) {
      assert.equal(r.reason, "server_lost");
      assert.equal(r.ended_by, "system");
      assert.ok(r.ended_ms >= r.started_ms && r.ended_ms <= Date.now(), JSON.stringify(r));
    }
    const seen = await fetch(`${server.url}/v1/calls/${callId}`,
      { headers: { authorization: `Bearer ${server.token({ sub: "bob" })}` } });
    assert.equal(seen.status, 200);
    assert.equal((await seen.json()).reason, "server_lost");
  } finally {
    await server.stop();
  }
});
