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
  const first = await startRingdown();
  const calls = new Program(RINGDOWN, ["call", "--url", first.url, "--token", first.token(), "--destination", "echo",
    "--count", "20", "--rate", "50", "--duration", "600"]);
  const talking = async () => /^ringdown_calls 20$/m.test(await (await fetch(`${first.url}/metrics`)).text());
  await until(talking, () => `20 calls: ${calls.output}`);
  const answered = await first.call({ destination: "echo" }, { sub: "bob" });
  assert.equal(answered.status, 201);
  const { callId } = await answered.json();
  await first.kill();
  await calls.stop("SIGTERM");

  const second = await startRingdown({ folder: first.folder, port: first.port, secret: first.secret });
  try {
    await second.program.line(/event="calls of a crash closed" count=21 reason=server_lost/);
    const all = rows(second.database);
    assert.equal(all.length, 21);
    assert.equal(new Set(all.map((r) => r.call_id)).size, 21);
    for (const r of all) {
      assert.equal(r.reason, "server_lost");
      assert.equal(r.ended_by, "system");
      assert.ok(r.ended_ms >= r.started_ms && r.ended_ms <= Date.now(), JSON.stringify(r));
    }
    const seen = await fetch(`${second.url}/v1/calls/${callId}`,
      { headers: { authorization: `Bearer ${second.token({ sub: "bob" })}` } });
    assert.equal(seen.status, 200);
    assert.equal((await seen.json()).reason, "server_lost");
  } finally {
    await second.stop();
  }
});
