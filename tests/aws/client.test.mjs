/* aws/client.test.mjs - the signed client against a fake AWS: signatures, repetition, deadline, clock, credentials.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { KEY, startFakeAws } from "../fake/aws.mjs";
import { CALLS, Client } from "./help/client.mjs";

let aws, client;
const folder = mkdtempSync(path.join(os.tmpdir(), "ringdown-aws-"));
after(() => rmSync(folder, { recursive: true }));
beforeEach(async () => { aws = await startFakeAws(); });
afterEach(async () => {
	const errors = client?.errors ?? "";
	await client?.close();
	client = undefined;
	await aws.close();
	/* Whatever happened: no secret and no token in the log. */
	for (const [, key] of aws.keys)
		for (const secret of [key.secret, key.token].filter(Boolean)) assert.ok(!errors.includes(secret), "a secret was logged");
});

function start(environment = {}, options = {}) {
	client = new Client(aws.environment(environment), { log: "debug", ...options });
	return client;
}

/* Keys and region away from the environment. */
const bare = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
function file(name, text) {
	const at = path.join(folder, name);
	writeFileSync(at, text);
	return at;
}

describe("a request", () => {
	test("of each operation has a signature that another signer makes too", async () => {
		start();
		const contact = (await client.call(CALLS.start("tok-1"))).body.ContactId;
		const calls = [
			CALLS.describe(contact), CALLS.createCall(), CALLS.stop(contact),
			{ service: "connect", operation: "GetContactAttributes", method: "GET", path: `/contact/attributes/i/${contact}` },
			{ service: "connect", operation: "UpdateContactAttributes", method: "POST", path: "/contact/attributes",
				body: JSON.stringify({ InitialContactId: contact, InstanceId: "i", Attributes: { a: "\u00e9" } }) },
			{ service: "connect", operation: "GetContactMetrics", method: "POST", path: "/metrics/contact",
				body: JSON.stringify({ ContactId: contact, InstanceId: "i", Metrics: [{ Name: "POSITION_IN_QUEUE" }] }) },
			{ service: "chime-meetings", operation: "CreateMeeting", method: "POST", path: "/meetings",
				body: '{"ClientRequestToken":"tok-2","MediaRegion":"us-east-1","ExternalMeetingId":"m-1"}' },
			{ service: "chime-meetings", operation: "CreateMeetingWithAttendees", method: "POST", path: "/meetings", query: "operation=create-attendees",
				body: '{"ClientRequestToken":"tok-3","MediaRegion":"us-east-1","ExternalMeetingId":"m-2","Attendees":[{"ExternalUserId":"caller"}]}' },
		];
		for (const call of calls) {
			const result = await client.call(call);
			assert.equal(result.err, "OK", `${call.operation}: ${result.name}`);
		}
		const [meeting] = aws.meetings.keys();
		const call = [...aws.calls.keys()][0];
		for (const one of [
			CALLS.getMeeting(meeting),
			{ service: "chime-meetings", operation: "CreateAttendee", method: "POST", path: `/meetings/${meeting}/attendees`, body: '{"ExternalUserId":"user-1"}' },
			{ service: "chime-meetings", operation: "BatchCreateAttendee", method: "POST", path: `/meetings/${meeting}/attendees`,
				query: "operation=batch-create", body: '{"Attendees":[{"ExternalUserId":"user-2"}]}' },
			{ service: "chime-meetings", operation: "ListAttendees", method: "GET", path: `/meetings/${meeting}/attendees`,
				query: "next-token=a%2Fb%2B%3D&max-results=5" },
			{ service: "chime-voice", operation: "UpdateSipMediaApplicationCall", method: "POST", path: `/sip-media-applications/s/calls/${call}`,
				body: '{"Arguments":{"action":"hangup"}}' },
			{ service: "chime-meetings", operation: "DeleteMeeting", method: "DELETE", path: `/meetings/${meeting}` },
			{ service: "lambda", operation: "Invoke", method: "POST", path: "/2015-03-31/functions/a%3Ab%2Fc/invocations", body: '{"x":1}' },
		]) {
			const result = await client.call(one);
			assert.equal(result.err, "OK", `${one.operation}: ${result.name}`);
		}
		assert.deepEqual(aws.requests.map((r) => r.fault).filter(Boolean), []);
		assert.equal(aws.requests.length, 16);
		assert.ok(aws.requests.every((r) => r.keyId === KEY.id && r.attempt === 1 && r.invocation && r.headers["x-amz-content-sha256"]));
		assert.equal(aws.of("Invoke")[0].target, "/2015-03-31/functions/a%3Ab%2Fc/invocations");
		assert.equal(aws.of("DeleteMeeting")[0].status, 204);
	});

	test("of the participant service has its bearer and no signature, and needs no credentials", async () => {
		start(bare);
		const made = await client.call({ service: "connect-participant", operation: "CreateParticipantConnection", method: "POST",
			path: "/participant/connection", body: '{"Type":["CONNECTION_CREDENTIALS"]}', bearer: "participant-unknown" });
		assert.deepEqual([made.err, made.name, made.status], ["REFUSED", "AccessDeniedException", 403]);
		assert.equal(aws.requests[0].headers["x-amz-bearer"], "participant-unknown");
		assert.equal(aws.requests[0].headers.authorization, undefined);
		assert.ok(!client.errors.includes("participant-unknown"));
	});

	test("that no path can carry is refused before it is sent", async () => {
		start();
		for (const path of ["/contacts/../x", "/contacts/.", "//x", "contacts", "/a b", "/a%2", "/a?b=c"])
			assert.equal((await client.call(CALLS.describe("x", { path }))).refused, "FORMAT", path);
		assert.equal((await client.call(CALLS.describe("x", { bearer: "a\nb" }))).refused, "FORMAT");
		assert.equal((await client.call(CALLS.describe("x", { path: `/${"x".repeat(3000)}` }))).refused, "SIZE");
		assert.equal(aws.requests.length, 0);
	});

	test("waits where there are more than the HTTP client takes at once", async () => {
		start({}, { rps: 1000, attempt_ms: 20_000, deadline_ms: 20_000 });
		aws.rude({ times: 400, delayMs: 20 });
		const results = await Promise.all(Array.from({ length: 400 }, () => client.call(CALLS.describe("x"))));
		assert.deepEqual([...new Set(results.map((r) => `${r.name} ${r.attempts}`))], ["ResourceNotFoundException 1"]);
	});

	test("that is cancelled says nothing more", async () => {
		aws.rude({ hang: true });
		start();
		const number = client.begin(CALLS.describe("x"));
		await aws.take("DescribeContact");
		client.say({ cancel: number });
		await client.ready();
		assert.ok(!client.lines.some((line) => line.call === number));
	});
});

describe("an error", () => {
	test("has its name by header, by body and by type, its message and its request", async () => {
		start();
		const raw = (status, headers, body) => ({ raw: `HTTP/1.1 ${status} X\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}` });
		for (const [behaviour, name, message] of [
			[{ error: [404, "ResourceNotFoundException", "gone"] }, "ResourceNotFoundException", "gone"],
			[raw(404, "x-amzn-ErrorType: NotFoundException:http://internal/\r\n", '{"message":"m"}'), "NotFoundException", "m"],
			[raw(404, "", '{"Code":"NotFound","Message":"n"}'), "NotFound", "n"],
			[raw(404, "", '{"__type":"com.amazonaws.chime#NotFoundException","message":"t"}'), "NotFoundException", "t"],
			[raw(404, "", ""), "Unknown", ""],
			[raw(404, "", "<html>"), "Unknown", ""],
			[raw(400, "x-amzn-ErrorType: <script>\r\n", "{}"), "Unknown", ""],
		]) {
			aws.rude(behaviour);
			const result = await client.call(CALLS.describe("x"));
			assert.deepEqual([result.err, result.name, result.message, result.attempts], ["REFUSED", name, message, 1]);
		}
		assert.match((await client.call(CALLS.describe("x"))).requestId, /^[0-9a-f-]{36}$/);
	});

	test("of a wrong secret is told as what it is, and not repeated", async () => {
		start({ AWS_SECRET_ACCESS_KEY: "wrong" });
		const result = await client.call(CALLS.describe("x"));
		assert.deepEqual([result.err, result.name, result.status, aws.requests.length], ["REFUSED", "InvalidSignatureException", 403, 1]);
	});

	test("that cannot be read after a success says that it may have happened", async () => {
		start();
		aws.rude({ raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<xml>" });
		const result = await client.call(CALLS.createCall());
		assert.deepEqual([result.err, result.mayHaveHappened, aws.requests.length], ["UPSTREAM", true, 1]);
	});
});

describe("repetition", () => {
	test("of what is idempotent has the same token and makes one contact, however the answer is lost", async () => {
		start({}, { attempt_ms: 1000 });
		for (const [i, behaviour] of [
			{ cut: true }, { cut: true, done: true }, { hang: true, done: true }, { error: [500, "InternalServiceException"] },
			{ error: [503, "ServiceUnavailableException"] }, { raw: "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{" },
		].entries()) {
			aws.rude({ operation: "StartWebRTCContact", ...behaviour });
			const result = await client.call(CALLS.start(`tok-${i}`));
			assert.equal(result.err, "OK", JSON.stringify(behaviour));
			/* One that meets a closed connection libcurl sends again by itself. */
			assert.ok(result.attempts === 2 || behaviour.cut, JSON.stringify(behaviour));
		}
		const sent = aws.of("StartWebRTCContact");
		assert.equal(sent.length, 12);
		for (let i = 0; i < 12; i += 2) {
			assert.equal(sent[i].body, sent[i + 1].body);
			assert.equal(sent[i].invocation, sent[i + 1].invocation);
		}
		assert.equal(aws.starts.StartWebRTCContact, 6);
		assert.deepEqual(aws.requests.map((r) => r.fault).filter(Boolean), []);
	});

	test("ends after three attempts", async () => {
		start();
		aws.rude({ times: 9, error: [500, "InternalServiceException"] });
		const result = await client.call(CALLS.start("tok"));
		assert.deepEqual([result.err, result.name, result.status, result.attempts, result.mayHaveHappened],
			["UPSTREAM", "InternalServiceException", 500, 3, true]);
	});

	test("of what is not idempotent happens only when it surely had no effect", async () => {
		start({}, { attempt_ms: 500, rps: 50 });
		for (const behaviour of [{ error: [500, "ServiceFailureException"] }, { cut: true, done: true }, { hang: true, done: true }]) {
			aws.rude(behaviour);
			const result = await client.call(CALLS.createCall());
			assert.equal(result.attempts, 1, JSON.stringify(behaviour));
			assert.equal(result.mayHaveHappened, true);
			assert.match(result.err, /UPSTREAM|TIMEOUT/);
		}
		aws.rude({ error: [429, "ThrottledClientException"] });
		const result = await client.call(CALLS.createCall());
		assert.deepEqual([result.err, result.attempts], ["OK", 2]);
		assert.equal(aws.starts.CreateSipMediaApplicationCall, 3);
	});

	test("of what is refused does not happen", async () => {
		start();
		for (const name of ["InvalidRequestException", "LimitExceededException", "ConflictException"]) {
			aws.rude({ error: [400, name] });
			assert.equal((await client.call(CALLS.start("tok"))).attempts, 1);
		}
	});

	test("reaches nobody where nobody listens, and says that nothing happened", async () => {
		start({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
		const result = await client.call(CALLS.createCall());
		assert.deepEqual([result.err, result.attempts, result.mayHaveHappened, result.status], ["UPSTREAM", 3, false, 0]);
	});
});

describe("being throttled", () => {
	test("waits as long as Retry-After says, and so do the others", async () => {
		start();
		aws.rude({ error: [429, "TooManyRequestsException"], headers: { "Retry-After": "1" } });
		const first = client.begin(CALLS.describe("a"));
		await aws.take("DescribeContact");
		await client.logged(/event=throttled service=connect operation=DescribeContact/);
		const [one, two] = await Promise.all([client.result(first), client.call(CALLS.describe("b"))]);
		assert.deepEqual([one.name, one.attempts, two.attempts], ["ResourceNotFoundException", 2, 1]);
		const at = aws.of("DescribeContact").map((r) => r.at);
		assert.ok(at[1] - at[0] >= 990, `${at[1] - at[0]} ms`);
	});

	test("for good is an answer with its wait", async () => {
		start();
		aws.rude({ times: 9, error: [429, "ThrottlingException"], headers: { "x-amz-retry-after": "700" } });
		const result = await client.call(CALLS.describe("a"));
		assert.deepEqual([result.err, result.throttled, result.attempts, result.retryAfterS, result.mayHaveHappened], ["LIMIT", true, 3, 1, false]);
	});

	test("is avoided by a queue of our own", async () => {
		start({}, { deadline_ms: 3000 });
		/* 4 at once, then 108 a minute: 3 s are enough for 9. */
		const results = await Promise.all(Array.from({ length: 14 }, (_, i) => client.call(CALLS.start(`tok-${i}`))));
		const done = results.filter((r) => r.err === "OK");
		const refused = results.filter((r) => r.err === "LIMIT");
		assert.equal(done.length, 9);
		assert.equal(refused.length, 5);
		assert.ok(refused.every((r) => r.throttled && r.attempts === 0 && r.retryAfterS >= 1 && !r.mayHaveHappened && r.afterMs < 2000));
		const at = aws.of("StartWebRTCContact").map((r) => r.at);
		for (let i = 4; i < at.length; i++) assert.ok(at[i] - at[i - 4] > 500, "faster than the account's rate");
	});
});

describe("the deadline", () => {
	test("of 8 s holds for all attempts together", async () => {
		start();
		aws.rude({ times: 9, hang: true });
		const began = Date.now();
		const result = await client.call(CALLS.start("tok"));
		const took = Date.now() - began;
		assert.deepEqual([result.err, result.mayHaveHappened, result.attempts], ["TIMEOUT", true, 3]);
		assert.ok(took > 7000 && took < 16_000, `${took} ms`);
	});

	test("holds while credentials do not come", async () => {
		aws.rude({ operation: "Container", times: 99, hang: true });
		start({ ...bare, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container` }, { deadline_ms: 1500 });
		const result = await client.call(CALLS.start("tok"));
		assert.deepEqual([result.err, result.attempts, result.mayHaveHappened], ["AUTH", 0, false]);
		assert.ok(result.afterMs < 6000, `${result.afterMs} ms`); /* 8 s otherwise */
	});
});

describe("a clock that is off", () => {
	for (const [skewMs, what] of [[20 * 60_000, "behind"], [-3 * 3600_000, "ahead"]])
		test(`${what} is corrected at the first refusal, for this call and the next`, async () => {
			aws.skewMs = skewMs;
			start();
			const one = await client.call(CALLS.start("tok"));
			const two = await client.call(CALLS.createCall());
			assert.deepEqual([one.err, two.err], ["OK", "OK"], `${one.name} ${two.name}`);
			assert.deepEqual(aws.requests.map((r) => r.status), [403, 200, 201]);
			assert.match(client.errors, /clock corrected/);
		});

	test("is corrected by what chime answers as well", async () => {
		aws.skewMs = 30 * 60_000;
		start();
		assert.equal((await client.call(CALLS.createCall())).err, "OK");
		assert.deepEqual(aws.requests.map((r) => r.status), [400, 201]);
	});

	test("is left alone where that is switched off", async () => {
		aws.skewMs = 20 * 60_000;
		start({ AWS_DISABLE_CLOCK_SKEW_CORRECTION: "true" });
		const result = await client.call(CALLS.start("tok"));
		assert.deepEqual([result.err, result.name, aws.requests.length], ["REFUSED", "InvalidSignatureException", 1]);
	});
});

describe("credentials", () => {
	const meets = async (environment, options) => {
		start({ ...bare, ...environment }, options);
		const result = await client.call(CALLS.start("tok"));
		assert.equal(result.err, "OK", `${result.name} ${result.message} ${client.errors}`);
		assert.equal((await client.ready()).ready, true);
		return aws.of("StartWebRTCContact")[0].keyId;
	};
	const keysText = (k) => `aws_access_key_id = ${k.id}\naws_secret_access_key=${k.secret}\n${k.token ? `aws_session_token = ${k.token}\n` : ""}`;

	test("come from the environment, temporary ones too", async () => {
		const k = aws.newKeys();
		assert.equal(await meets({ AWS_ACCESS_KEY_ID: k.id, AWS_SECRET_ACCESS_KEY: k.secret, AWS_SESSION_TOKEN: k.token }), k.id);
		assert.equal(aws.requests[0].headers["x-amz-security-token"], k.token);
		assert.match(aws.requests[0].headers.authorization, /SignedHeaders=[^,]*x-amz-security-token/);
	});

	test("come from the credentials file, before the config file", async () => {
		const k = aws.newKeys();
		assert.equal(await meets({
			AWS_SHARED_CREDENTIALS_FILE: file("keys", `[default]\n${keysText(k)}`),
			AWS_CONFIG_FILE: file("config", "[default]\naws_access_key_id = no\naws_secret_access_key = no\n"),
		}), k.id);
	});

	test("come from the chosen profile rather than from the environment", async () => {
		const k = aws.newKeys();
		assert.equal(await meets({
			AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret, AWS_REGION: "", AWS_PROFILE: "desk",
			AWS_CONFIG_FILE: file("config", `[profile desk]\nregion = us-east-1\n${keysText(k)}`),
		}), k.id);
	});

	test("come from roles assumed one after the other", async () => {
		const k = aws.newKeys();
		const given = await meets({
			AWS_CONFIG_FILE: file("config", `[default]\nrole_arn = arn:aws:iam::111122223333:role/outer\nsource_profile = inner\nexternal_id = ex=1\n`
				+ `duration_seconds = 900\n[profile inner]\nrole_arn = arn:aws:iam::111122223333:role/inner\nsource_profile = base\nrole_session_name = me\n`),
			AWS_SHARED_CREDENTIALS_FILE: file("keys", `[base]\n${keysText(k)}`),
		});
		const [inner, outer] = aws.of("AssumeRole");
		assert.deepEqual(inner.form, { Action: "AssumeRole", Version: "2011-06-15", RoleArn: "arn:aws:iam::111122223333:role/inner", RoleSessionName: "me" });
		assert.deepEqual(outer.form, { Action: "AssumeRole", Version: "2011-06-15", RoleArn: "arn:aws:iam::111122223333:role/outer",
			RoleSessionName: "ringdown", ExternalId: "ex=1", DurationSeconds: "900" });
		assert.equal(inner.keyId, k.id);
		assert.notEqual(outer.keyId, k.id);
		assert.notEqual(given, outer.keyId);
		assert.deepEqual([inner.fault, outer.fault], ["", ""]);
	});

	test("come from a role assumed with a clock that is off", async () => {
		aws.skewMs = 40 * 60_000;
		await meets({ AWS_CONFIG_FILE: file("config", `[default]\nrole_arn = arn:aws:iam::111122223333:role/r\ncredential_source = Environment\n`),
			AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret, AWS_PROFILE: "default" });
		assert.deepEqual(aws.of("AssumeRole").map((r) => r.status), [403, 200]);
	});

	test("come from a web identity", async () => {
		const token = file("web", `${aws.webToken}\n`);
		await meets({ AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/c2c", AWS_ROLE_SESSION_NAME: "pod" });
		const [asked] = aws.of("AssumeRoleWithWebIdentity");
		assert.deepEqual(asked.form, { Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: "arn:aws:iam::111122223333:role/c2c",
			RoleSessionName: "pod", WebIdentityToken: aws.webToken });
		assert.equal(asked.headers.authorization, undefined);
		assert.ok(!client.errors.includes(aws.webToken));
	});

	test("come from the container endpoint with its token, read from a file", async () => {
		aws.containerToken = "Bearer of-the-container";
		await meets({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container`, AWS_CONTAINER_AUTHORIZATION_TOKEN: "wrong",
			AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file("token", aws.containerToken) });
		assert.ok(!client.errors.includes("of-the-container"));
	});

	test("come from instance metadata of version 2", async () => {
		await meets({ AWS_EC2_METADATA_DISABLED: "", AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url });
		assert.deepEqual(aws.requests.map((r) => r.operation), ["MetadataToken", "MetadataRole", "MetadataKeys", "StartWebRTCContact"]);
		assert.equal(aws.requests[0].headers["x-aws-ec2-metadata-token-ttl-seconds"], "21600");
	});

	test("never come from instance metadata of version 1", async () => {
		aws.rude({ operation: "MetadataToken", times: 99, error: [403, "Forbidden"] });
		start({ ...bare, AWS_EC2_METADATA_DISABLED: "", AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url });
		const result = await client.call(CALLS.start("tok"));
		assert.deepEqual([result.err, result.attempts], ["AUTH", 0]);
		assert.ok(aws.requests.every((r) => r.operation === "MetadataToken"));
		assert.match(client.errors, /no credentials.*instance metadata answered 403/);
	});

	test("that are nowhere end a call at once", async () => {
		start(bare);
		const result = await client.call(CALLS.start("tok"));
		assert.equal(result.err, "AUTH");
		assert.ok(result.afterMs < 4000); /* of 8 s */
		assert.equal((await client.ready()).ready, false);
		assert.match(client.errors, /not in the environment, in no profile/);
	});

	test("of a plain container endpoint elsewhere are not asked for", async () => {
		start({ ...bare, AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://192.0.2.1/container" });
		assert.equal((await client.call(CALLS.start("tok"))).err, "AUTH");
		assert.match(client.errors, /must be an https URL, or one of this machine/);
	});

	test("are renewed before they end, once, while the old ones serve", async () => {
		aws.credentialsMs = 4000;
		start({ ...bare, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container` }, { rps: 100 });
		const first = (await client.call(CALLS.start("tok"))).err;
		aws.rude({ operation: "Container", delayMs: 400 });
		const began = Date.now(), results = [];
		while (aws.of("Container").length < 3 && Date.now() - began < 60_000) {
			results.push((await client.call(CALLS.describe("x"))).name);
			await new Promise((done) => setTimeout(done, 30));
		}
		assert.equal(first, "OK");
		assert.ok(results.every((name) => name === "ResourceNotFoundException"), [...new Set(results)].join());
		assert.equal(aws.of("Container").length, 3);
		assert.ok(new Set(aws.of("DescribeContact").map((r) => r.keyId)).size >= 2);
	});

	test("that end in the middle are renewed and the call goes on", async () => {
		start({ ...bare, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container` });
		assert.equal((await client.call(CALLS.start("tok-1"))).err, "OK");
		await new Promise((done) => setTimeout(done, 1100)); /* keys of a moment ago are not renewed */
		for (const [, key] of aws.keys) key.revoked = true;
		const results = await Promise.all([CALLS.start("tok-2"), CALLS.describe("x"), CALLS.createCall()].map((c) => client.call(c)));
		assert.deepEqual(results.map((r) => r.err), ["OK", "REFUSED", "OK"], JSON.stringify(results));
		assert.equal(results[1].name, "ResourceNotFoundException");
		assert.equal(aws.of("Container").length, 2);
		assert.equal(aws.starts.StartWebRTCContact, 2);
		assert.equal(aws.starts.CreateSipMediaApplicationCall, 1);
	});

	test("that end and cannot be renewed are told by AWS's name", async () => {
		const k = aws.newKeys();
		start({ AWS_ACCESS_KEY_ID: k.id, AWS_SECRET_ACCESS_KEY: k.secret, AWS_SESSION_TOKEN: k.token });
		assert.equal((await client.call(CALLS.start("tok-1"))).err, "OK");
		await new Promise((done) => setTimeout(done, 1100));
		aws.keys.get(k.id).revoked = true;
		const result = await client.call(CALLS.start("tok-2"));
		assert.deepEqual([result.err, result.name, result.status], ["REFUSED", "ExpiredTokenException", 403]);
		assert.equal(aws.of("StartWebRTCContact").length, 2);
	});

	test("of a source that fails for a moment are asked for again", async () => {
		aws.rude({ operation: "Container", error: [500, "Busy"] }, { operation: "Container", cut: true });
		await meets({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container` });
		assert.equal(aws.of("Container").length, 3);
	});
});

describe("an endpoint", () => {
	test("is the region's, or what overrides it, in their order", async () => {
		const ask = async (environment, options) => {
			start({ AWS_ENDPOINT_URL: "", ...environment }, options);
			const { endpoints, region } = await client.ready();
			await client.close();
			client = undefined;
			return { ...endpoints, region };
		};
		const config = file("config", `[default]
region = eu-west-2
endpoint_url = http://127.0.0.1:1111
services = local
[services local]
connect =
  endpoint_url = http://127.0.0.1:2222/
chime_sdk_voice =
  endpoint_url = http://127.0.0.1:3333/base
`);
		assert.equal((await ask({})).connect, "https://connect.us-east-1.amazonaws.com");
		assert.equal((await ask({}))["connect-participant"], "https://participant.connect.us-east-1.amazonaws.com");
		assert.equal((await ask({ AWS_REGION: "cn-north-1" }))["chime-voice"], "https://voice-chime.cn-north-1.amazonaws.com.cn");
		const ofFile = await ask({ AWS_REGION: "", AWS_CONFIG_FILE: config });
		assert.deepEqual([ofFile.connect, ofFile["chime-voice"], ofFile["chime-meetings"], ofFile.region],
			["http://127.0.0.1:2222", "http://127.0.0.1:3333/base", "http://127.0.0.1:1111", "eu-west-2"]);
		const ofAll = await ask({ AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL: "http://127.0.0.1:4444", AWS_ENDPOINT_URL_CHIME_SDK_VOICE: "http://127.0.0.1:5555" });
		assert.deepEqual([ofAll.connect, ofAll["chime-voice"]], ["http://127.0.0.1:4444", "http://127.0.0.1:5555"]);
		const ignored = await ask({ AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL: "http://127.0.0.1:4444", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" });
		assert.equal(ignored.connect, "https://connect.us-east-1.amazonaws.com");
		const own = await ask({ AWS_ENDPOINT_URL_CONNECT: "http://127.0.0.1:4444" }, { endpoint: "http://127.0.0.1:6666", region: "us-west-2" });
		assert.deepEqual([own.connect, own.sts, own.region], ["http://127.0.0.1:6666", "http://127.0.0.1:6666", "us-west-2"]);
	});

	test("with a base path has it in each signed path", async () => {
		start({ AWS_ENDPOINT_URL_CONNECT: `${aws.url}/base/path/` });
		const result = await client.call(CALLS.describe("x"));
		assert.equal(result.name, "UnknownOperationException");
		assert.match(aws.requests[0].target, /^\/base\/path\/contacts\//);
		assert.equal(await aws.judge(aws.requests[0], "connect"), "");
	});

	test("that is no URL is refused with a sentence", async () => {
		for (const [environment, what] of [
			[{ AWS_ENDPOINT_URL: "ftp://x" }, /AWS_ENDPOINT_URL must be an http or https URL/],
			[{ AWS_ENDPOINT_URL: "http://x/?a" }, /without a query/],
			[{ AWS_ENDPOINT_URL: "http://x/../y" }, /AWS_ENDPOINT_URL must be/],
			[{ AWS_REGION: "us east" }, /region must be a name/],
			[{ AWS_REGION: "" }, /no region: set aws.region/],
		]) {
			const refused = new Client(aws.environment(environment));
			assert.equal((await refused.ended).status, 1);
			assert.match(refused.errors, what);
		}
	});
});
