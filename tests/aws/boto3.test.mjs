/* aws/boto3.test.mjs - Debian's boto3, and another one where there is one, against the AWS-compatible listener.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Program } from "../help/server.mjs";
import { startCompatible } from "./help/compatible.mjs";

const SCRIPT = fileURLToPath(new URL("boto3_test.py", import.meta.url));

let here;
before(async () => { here = await startCompatible(); });
after(() => here?.stop());

async function run(python) {
	const program = new Program(python, [SCRIPT], { env: { ...process.env, AWS_TEST_ENDPOINT: here.endpoint } });
	const { code } = await program.ended;
	return { code, output: program.output };
}

test("every operation that Debian's boto3 has, typed results and typed errors; the others signed by its signer", async () => {
	const { code, output } = await run("/usr/bin/python3");
	assert.equal(code, 0, output);
	assert.match(output, /^Ran \d\d tests/m);
});

test("the same with a newer boto3", async (t) => {
	const has = new Program("python3", ["-c", "import boto3; print(boto3.__version__, hasattr(boto3.client('connect', 'us-east-1'), 'start_web_rtc_contact'))"]);
	await has.ended;
	if (!has.output.endsWith("True")) return t.skip("python3 has none that knows StartWebRTCContact");
	const { code, output } = await run("python3");
	assert.equal(code, 0, output);
});
