/* e2e/synthetic.test.mjs - `ringdown call` and `ringdown answer` on the two sides of a real server.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every codec with tones both ways, digits, reasons, TLS and SRTP, many calls. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { Caller } from "../help/call.mjs";
import { destination, freePort, runCall, startAnswer, startRingdown, trunk } from "../help/server.mjs";
import { measured } from "../help/wait.mjs";

const destinations = (names) => names.map((name) =>
  name === "echo" ? destination(name) : destination(name, "sip", name === "any" ? {} : { codecs: [name] }));

const answer = (port, ...words) => startAnswer("--listen", `127.0.0.1:${port}`, ...words);
const near = (got, wanted, slack, what) => assert.ok(Math.abs(got - wanted) <= slack, `${what} is ${got}, not ${wanted}`);

afterEach(Caller.leave);

describe("a server with a trunk", () => {
  let server, port;

  before(async () => {
    port = await freePort();
    server = await startRingdown({
      destinations: destinations(["echo", "any", "opus", "g722", "pcmu", "pcma"]),
      more: { trunks: [trunk(port)] },
    });
  });
  after(() => server.stop());

  test("the echo brings the tone back, clean and without loss", () => measured(async () => {
    const { status, report } = await runCall(server, "--destination", "echo", "--duration", "5", "--hear", "440");
    assert.equal(status, 0, JSON.stringify(report));
    assert.equal(report.outcome, "ok");
    assert.equal(report.packets.lost, 0);
    near(report.packets.received / report.talked_s, 50, 5, "packets a second");
    near(report.tone.hz, 440, 1, "frequency");
    near(report.tone.level_db, -10, 1, "level");
    assert.ok(report.tone.snr_db > 20);
    for (const step of ["http", "socket", "join", "answer", "ice", "dtls", "first_packet"]) assert.ok(report.setup_ms[step] > 0, step);
    assert.deepEqual(report.events.map((e) => e.state), ["connecting", "in-call", "ended"]);
    assert.equal(report.reason, "ended_by_caller");
  }));

  test("over TCP the echo brings the tone back as well", () => measured(async () => {
    const { status, report } = await runCall(server, "--tcp", "--destination", "echo", "--duration", "2", "--hear", "440");
    assert.equal(status, 0, JSON.stringify(report));
    assert.equal(report.packets.lost, 0);
    near(report.tone.hz, 440, 1, "frequency");
    assert.ok(report.tone.snr_db > 20);
  }));

  for (const codec of ["opus", "g722", "pcmu", "pcma"]) {
    test(`${codec}: both sides hear the other's tone, digits arrive`, async () => {
      const phone = await answer(port, "--codec", codec, "--tone", "700", "--hear", "440");
      try {
        const caller = new Caller(server, codec, ["--hear", "700", "--digits", "12#"]);
        await caller.hears(700, 1);
        await phone.hears(440, 1);
        await phone.program.line(/"event":"digit".*"digits":"12#"/);
        const report = await caller.hangup();
        assert.equal(report.outcome, "ok", JSON.stringify(report));
        near(report.tone.hz, 700, 2, "caller hears");
        near(report.tone.level_db, -10, 2, "level");
        const far = await phone.ended();
        assert.equal(far.codec.toLowerCase(), codec);
        near(far.tone.hz, 440, 2, "the phone hears");
        near(far.tone.level_db, -10, 2, "level");
        assert.equal(far.digits, "12#");
        assert.equal(far.by_far_end, true);
      } finally {
        await phone.stop();
      }
    });
  }

  for (const [code, reason] of [["486", "busy"], ["600", "busy"], ["603", "declined"], ["480", "no_answer"], ["503", "provider_down"]]) {
    test(`SIP ${code} ends the call as ${reason}`, async () => {
      const phone = await answer(port, "--status", code, "--ring-ms", "200");
      try {
        const { status, report } = await runCall(server, "--destination", "any");
        assert.equal(status, 2);
        assert.equal(report.outcome, "refused");
        assert.equal(report.reason, reason);
        assert.equal(report.events.at(-1).state, "ended");
      } finally {
        await phone.stop();
      }
    });
  }

  test("nobody at the trunk ends the call as provider_down", async () => {
    const { status, report } = await runCall(server, "--destination", "any", "--duration", "5");
    assert.equal(status, 2);
    assert.equal(report.reason, "provider_down");
  });

  test("early media is heard before the answer", async () => {
    const phone = await answer(port, "--early-media", "--ring-ms", "120000", "--tone", "700");
    try {
      const caller = new Caller(server, "pcma", ["--hear", "700"]);
      await caller.hears(700);
      const report = await caller.hangup();
      assert.equal(report.outcome, "ok", JSON.stringify(report));
      assert.ok(report.events.every((e) => e.state !== "in-call"));
    } finally {
      await phone.stop();
    }
  });

  test("the far end hangs up and the call ends by it", async () => {
    const phone = await answer(port, "--hangup-after", "0.8");
    try {
      const report = await new Caller(server, "any").report();
      assert.equal(report.outcome, "ok", JSON.stringify(report));
      assert.equal(report.reason, "ended_by_advisor");
      assert.equal(report.ended_by, "server");
    } finally {
      await phone.stop();
    }
  });

  test("what is played is what is recorded at the other end", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-test-"));
    execFileSync("sox", ["-n", "-r", "16000", `${folder}/say.wav`, "synth", "2", "sine", "600", "gain", "-10"]);
    const phone = await answer(port, "--play", `${folder}/say.wav`);
    try {
      const caller = new Caller(server, "opus", ["--play", `${folder}/say.wav`]);
      await caller.hears(600, 1);
      await phone.hears(600, 1);
      await caller.hangup();
      await phone.program.stop();
      for (const file of [caller.file, phone.file]) {
        const wav = await readFile(file);
        assert.equal(wav.toString("latin1", 0, 4), "RIFF");
        assert.equal(wav.readUInt32LE(40), wav.length - 44, "the head of a file that was closed tells its length");
      }
    } finally {
      await phone.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  for (const codec of ["opus", "pcmu"]) {
    test(`ten calls to ${codec}, both ends here: no loss, delays both ways`, () => measured(async () => {
      const { status, report } = await runCall(server, "--destination", codec, "--answer-codec", codec, "--count", "10", "--rate", "20",
        "--duration", "4", "--peer-answer", "--listen", `127.0.0.1:${port}`, "--server-pid", String(server.pid));
      assert.equal(status, 0, JSON.stringify(report));
      assert.equal(report.ok, 10);
      assert.equal(report.paired, 10);
      assert.equal(report.packets.lost + report.far_packets.lost, 0);
      assert.ok(report.delay_ms.to_far.p50 > 0 && report.delay_ms.to_far.p50 < 60, JSON.stringify(report.delay_ms));
      assert.ok(report.delay_ms.to_caller.p50 > 0 && report.delay_ms.to_caller.p50 < 60);
      assert.ok(report.server.cpu_ms_per_call_s > 0);
      assert.ok(report.server.rss_kib > 1000);
    }));
  }

  test("each kind of failure has its exit status", async () => {
    const broken = { url: server.url, token: () => `${server.token().slice(0, -4)}AAAA` };
    assert.equal((await runCall(broken)).status, 2);
    assert.equal((await runCall(server, "--destination", "nowhere")).status, 2);
    assert.equal((await runCall({ url: `http://127.0.0.1:${port}`, token: () => "x" })).status, 2);
    const deaf = await runCall(server, "--destination", "echo", "--duration", "1", "--hear", "1900");
    assert.equal(deaf.status, 4);
    assert.match(deaf.report.problem, /1900 Hz was not heard/);
    for (const wrong of [["--duration", "x"], ["--count", "0"], ["--codec", "mp3"], ["--digits", "1E"], ["--no-such-option"], ["--play", "/no/such.wav"]]) {
      const { status, output } = await runCall(server, ...wrong);
      assert.equal(status, 1, wrong.join(" "));
      assert.ok(output.length > 0);
    }
  });
});

describe("a trunk over TLS with SRTP", () => {
  let server, port, folder;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-test-"));
    for (const name of ["good", "bad"]) {
      const dir = path.join(folder, name);
      await mkdir(dir);
      execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", `${dir}/key.pem`, "-out", `${dir}/cafile.pem`],
      { stdio: "ignore" });
      await writeFile(`${dir}/agent.pem`, (await readFile(`${dir}/cafile.pem`)) + (await readFile(`${dir}/key.pem`)), { mode: 0o600 });
    }
    // Both know the good one; the bad one shows a certificate nobody knows.
    await copyFile(`${folder}/good/cafile.pem`, `${folder}/bad/cafile.pem`);
    port = await freePort();
    server = await startRingdown({
      destinations: destinations(["any"]),
      more: {
        trunks: [trunk(port, { transport: "tls", srtp: "required" })],
        sip: { tls_bind: "127.0.0.1:0", tls_dir: `${folder}/good` },
      },
    });
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("a known certificate: the tone comes through, encrypted", async () => {
    const phone = await answer(port, "--transport", "tls", "--tls-dir", `${folder}/good`, "--tone", "700", "--hear", "440");
    try {
      const caller = new Caller(server, "any", ["--hear", "700"]);
      await caller.hears(700, 1);
      await phone.hears(440, 1);
      const report = await caller.hangup();
      assert.equal(report.outcome, "ok", JSON.stringify(report));
      const far = await phone.ended();
      assert.match(far.srtp, /^AES_CM_128_HMAC_SHA1_80$/);
      near(far.tone.hz, 440, 2, "the phone hears");
    } finally {
      await phone.stop();
    }
  });

  test("an unknown certificate: no call", async () => {
    const phone = await answer(port, "--transport", "tls", "--tls-dir", `${folder}/bad`);
    try {
      const { status, report } = await runCall(server, "--destination", "any", "--duration", "5");
      assert.equal(status, 2);
      assert.equal(report.reason, "provider_down");
    } finally {
      await phone.stop();
    }
  });
});
