/* lambda/gateway.test.mjs - calls started behind API Gateway: who may, with which provider, and what the answer is.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test, { after } from "node:test";
import { startFakeAws } from "../fake/aws.mjs";
import { makeToken } from "../help/server.mjs";
import { measured } from "../help/wait.mjs";
import { rssKb, withFunction, writeConfig } from "./help/function.mjs";

const SECRET = randomBytes(24).toString("hex");
const ORIGIN = "https://www.example.com";
const ARN = "arn:aws:chime:us-east-1:111122223333:vc/abcdefghij1klmn2opq3rs";
const CONFIG = `
issuers:
  - { name: test, issuer: "https://issuer.test", secret: ${SECRET}, audience: [ringdown], attributes: { customer_id: customer } }
handler: { allow: ["+1202555"] }
destinations:
  - name: agents
    providers: [connect]
    origins: ["${ORIGIN}"]
    connect: { instance: 11111111-1111-4111-8111-111111111111, flow: 22222222-2222-4222-8222-222222222222 }
  - name: pbx
    providers: [chime]
    chime: { application: app-1, from: "+12025550100", dial: "1000", voice_connector: "${ARN}", headers: { X-Customer-Id: customer_id } }
  - name: phone
    providers: [chime]
    chime: { application: app-1, from: "+12025550100", dial: "+12025550177", allow: ["+1202555"] }
  - name: either
    providers: [connect, chime]
    connect: { instance: 11111111-1111-4111-8111-111111111111, flow: 22222222-2222-4222-8222-222222222222 }
    chime: { application: app-1, from: "+12025550100", dial: "1000", voice_connector: "${ARN}" }
  - name: here
    to: echo
`;

const aws = await startFakeAws();
after(() => aws.close());
const environment = { ...aws.environment(), ...writeConfig("gateway.yaml", CONFIG) };
const withGateway = (run) => withFunction(run, { environment });
const token = (claims) => makeToken(SECRET, { customer: "4711", ...claims });

/* --- events --- */

const usual = (more) => ({ Authorization: `Bearer ${token()}`, "Content-Type": "application/json", ...more });
const lower = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function httpApi(body, { headers = usual(), method = "POST", path = "/start-call", stage = "$default" } = {}) {
	return {
		version: "2.0", routeKey: "$default", rawPath: path, rawQueryString: "", headers: lower(headers),
		requestContext: { stage, http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.1" }, requestId: "x" },
		body: typeof body === "string" ? body : JSON.stringify(body), isBase64Encoded: false,
	};
}

function restApi(body, { headers = usual(), method = "POST", path = "/v1/calls" } = {}) {
	return {
		resource: path, path, httpMethod: method, headers,
		multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
		queryStringParameters: null, requestContext: { stage: "prod", httpMethod: method, resourcePath: path },
		body: Buffer.from(JSON.stringify(body)).toString("base64"), isBase64Encoded: true,
	};
}

async function ask(api, event) {
	const got = await api.invoke(event);
	assert.equal(got.status, "response", got.body);
	const { statusCode, headers, body, isBase64Encoded } = JSON.parse(got.body);
	assert.equal(isBase64Encoded, false);
	return { status: statusCode, headers, body: body ? JSON.parse(body) : null };
}

function assertJoining({ status, headers, body }) {
	assert.equal(status, 201, JSON.stringify(body));
	assert.equal(headers["Content-Type"], "application/json");
	assert.match(body.callId, /^[0-9a-f-]{36}$/);
	assert.match(body.supportId, /^[A-Z2-9]{2}-[A-Z2-9]{3}$/);
	const { Meeting, MediaPlacement, Attendee } = body.ConnectionData;
	assert.ok(Attendee.AttendeeId && Attendee.JoinToken && Attendee.ExternalUserId);
	assert.ok(Meeting.MeetingId && Meeting.MediaRegion);
	assert.deepEqual(MediaPlacement, Meeting.MediaPlacement);
	assert.ok(MediaPlacement.AudioHostUrl && MediaPlacement.SignalingUrl);
	return body;
}

/* --- tests --- */

for (const [name, event] of [["an HTTP API", httpApi], ["a REST API", restApi]])
	test(`${name} starts a contact in Amazon Connect, with what is verified`, () => withGateway(async (api) => {
		const body = { destination: "agents", displayName: "Zoë", hints: { topic: "refund", customer_id: "1" } };
		const answer = await ask(api, event(body, { headers: usual({ Origin: ORIGIN }) }));
		const { ContactId, ParticipantToken } = assertJoining(answer);
		assert.equal(answer.headers["Access-Control-Allow-Origin"], ORIGIN);
		assert.equal(answer.body.provider, "connect");
		const { request, answer: theirs } = aws.contacts.get(ContactId);
		assert.equal(ParticipantToken, theirs.ParticipantToken);
		assert.deepEqual(request.Attributes, { customer_id: "4711", hint_topic: "refund", hint_customer_id: "1" });
		assert.equal(request.ParticipantDetails.DisplayName, "Zoë");
		assert.equal(aws.of("StopContact").length, 0);
	}));

test("a stage stands in the path, or does not", () => withGateway(async (api) => {
	assertJoining(await ask(api, httpApi({ destination: "agents" }, { path: "/prod/v1/calls", stage: "prod" })));
	assert.equal((await ask(api, httpApi({ destination: "agents" }, { path: "/prod/v1/calls" }))).status, 404);
}));

test("the same request with the same key is one contact, in any process", async () => {
	const headers = usual({ "Idempotency-Key": "k-1" });
	const answers = [];
	for (let i = 0; i < 2; i++)
		await withGateway(async (api) => {
			answers.push(assertJoining(await ask(api, httpApi({ destination: "agents" }, { headers }))));
		});
	assert.equal(answers[0].ContactId, answers[1].ContactId);
	await withGateway(async (api) => {
		const other = assertJoining(await ask(api, httpApi({ destination: "agents" })));
		assert.notEqual(other.ContactId, answers[0].ContactId);
	});
});

/* What the provider told the handler is what the handler takes. */
for (const [destination, kind] of [["pbx", "AWS"], ["phone", "PSTN"]])
	test(`a meeting and a ${kind} leg: the handler takes what the provider said`, () => withGateway(async (api) => {
		const answer = assertJoining(await ask(api, restApi({ destination })));
		assert.equal(answer.provider, "chime");
		const { json } = aws.of("CreateSipMediaApplicationCall").at(-1);
		assert.equal(json.ToPhoneNumber, "+17035550122");
		assert.equal(json.SipHeaders["X-chime-meeting-id"], answer.ConnectionData.Meeting.MeetingId);
		assert.equal(aws.of("DeleteMeeting").length, 0);
		const call = {
			TransactionId: "c0ffee00-1111-4222-8333-444444444444", AwsAccountId: "111122223333", SipMediaApplicationId: "app-1",
			Participants: [{ CallId: "call-a", ParticipantTag: "LEG-A", Status: "Connected" }],
		};
		const created = JSON.parse((await api.invoke({
			SchemaVersion: "1.0", InvocationEventType: "NEW_OUTBOUND_CALL", CallDetails: call,
			ActionData: { Type: "CallCreateRequest", Parameters: { Arguments: json.ArgumentsMap } },
		})).body);
		assert.equal(created.TransactionAttributes.State, "new", JSON.stringify(created));
		const bridged = JSON.parse((await api.invoke({
			SchemaVersion: "1.0", InvocationEventType: "CALL_ANSWERED",
			CallDetails: { ...call, TransactionAttributes: created.TransactionAttributes },
		})).body);
		const { Endpoints, SipHeaders } = bridged.Actions[0].Parameters;
		assert.equal(Endpoints[0].BridgeEndpointType, kind);
		assert.equal(Endpoints[0].Uri, destination === "pbx" ? "1000" : "+12025550177");
		assert.deepEqual(SipHeaders, destination === "pbx" ? { "X-Customer-Id": "4711" } : undefined);
	}));

test("the next provider is asked when the first one does not take the call", () => withGateway(async (api) => {
	aws.rude({ operation: "StartWebRTCContact", times: 1, error: [402, "ServiceQuotaExceededException", "full"] });
	const answer = assertJoining(await ask(api, httpApi({ destination: "either" })));
	assert.equal(answer.provider, "chime");
}));

test("what AWS refuses is a problem that says when to try again", () => withGateway(async (api) => {
	aws.rude({ operation: "StartWebRTCContact", times: 9, error: [403, "AccessDeniedException", "no"] });
	const { status, headers, body } = await ask(api, httpApi({ destination: "agents" }));
	aws.behaviours.length = 0;
	assert.equal(status, 503);
	assert.equal(headers["Content-Type"], "application/problem+json");
	assert.equal(body.code, "provider_down");
	assert.ok(Number(headers["Retry-After"]) > 0);
	assertJoining(await ask(api, httpApi({ destination: "agents" })));
}));

test("who has no good token is refused before anything is asked", () => withGateway(async (api) => {
	const starts = aws.requests.length;
	const past = Math.floor(Date.now() / 1000) - 1000;
	for (const [authorization, code] of [
		[undefined, "auth_required"], ["Basic eDp5", "auth_required"], [`Bearer ${token({ aud: "other" })}`, "auth_refused"],
		[`Bearer ${token({ iat: past - 10, exp: past })}`, "auth_expired"], ["Bearer x.y.z", "auth_refused"],
		[`Bearer ${makeToken("another-secret-of-32-bytes-or-more")}`, "auth_refused"],
	]) {
		const headers = { "Content-Type": "application/json", ...(authorization ? { Authorization: authorization } : {}) };
		for (const event of [httpApi, restApi]) {
			const answer = await ask(api, event({ destination: "agents" }, { headers }));
			assert.equal(answer.status, 401);
			assert.equal(answer.body.code, code, authorization);
			assert.match(answer.headers["WWW-Authenticate"], /^Bearer /);
		}
	}
	assert.equal(aws.requests.length, starts);
}));

test("what the server refuses is refused here, in the same words", () => withGateway(async (api) => {
	const good = { destination: "agents" };
	const twice = restApi(good);
	twice.multiValueHeaders.Authorization.push("Bearer x");
	for (const [event, status, code] of [
		[httpApi(good, { path: "/" }), 404, "not_found"],
		[httpApi(good, { path: "/v1/calls/1" }), 404, "not_found"],
		[httpApi(good, { method: "GET" }), 405, "method_not_allowed"],
		[httpApi(good, { headers: { ...usual(), "Content-Type": "text/plain" } }), 415, "unsupported_media_type"],
		[httpApi("{"), 400, "bad_request"],
		[httpApi(""), 400, "bad_request"],
		[httpApi({}), 400, "bad_request"],
		[httpApi({ ...good, more: 1 }), 400, "bad_request"],
		[httpApi(good, { headers: usual({ "Idempotency-Key": "a b" }) }), 400, "bad_request"],
		[httpApi(JSON.stringify(good) + " ".repeat(70_000)), 413, "too_large"],
		[httpApi({ destination: "nobody" }), 403, "forbidden_destination"],
		[httpApi(good, { headers: usual({ Origin: "https://evil.example" }) }), 403, "forbidden_destination"],
		[httpApi({ destination: "pbx" }, { headers: usual({ Origin: ORIGIN }) }), 403, "forbidden_destination"],
		[httpApi({ destination: "here" }), 503, "provider_down"],
		[twice, 401, "auth_required"],
	]) {
		const answer = await ask(api, event);
		assert.equal(answer.status, status, JSON.stringify(answer));
		assert.equal(answer.body.code, code);
		assert.equal(answer.headers["Access-Control-Allow-Origin"], undefined);
	}
}));

test("a page may ask first", () => withGateway(async (api) => {
	const headers = { Origin: ORIGIN, "Access-Control-Request-Method": "POST" };
	const answer = await ask(api, httpApi("", { method: "OPTIONS", headers }));
	assert.equal(answer.status, 204);
	assert.equal(answer.headers["Access-Control-Allow-Origin"], ORIGIN);
	assert.match(answer.headers["Access-Control-Allow-Headers"], /authorization/);
}));

test("nothing goes on after the answer: contacts are left to themselves", () => withGateway(async (api) => {
	assertJoining(await ask(api, httpApi({ destination: "agents" })));
	const before = aws.requests.length;
	for (let i = 0; i < 20; i++) assert.equal((await ask(api, httpApi({}, { path: "/" }))).status, 404);
	assert.equal(aws.requests.length, before);
}));

test("without a configuration nothing is found", () => withFunction(async (api) => {
	assert.equal((await ask(api, httpApi({ destination: "agents" }))).status, 404);
}));

test("starts are quick and take no memory", () => withGateway(async (api, program) => {
	const start = async () => {
		const got = await api.invoke(httpApi({ destination: "agents" }));
		assert.equal(JSON.parse(got.body).statusCode, 201, got.body);
		return got.ms;
	};
	for (let i = 0; i < 200; i++) await start(); /* the heap finds its size */
	await measured(async () => {
		const before = rssKb(program.pid);
		const taken = [];
		for (let i = 0; i < 300; i++) taken.push(await start());
		taken.sort((a, b) => a - b);
		const grown = rssKb(program.pid) - before;
		console.log(`300 starts against a local AWS: median ${taken[150].toFixed(1)} ms, p99 ${taken[297].toFixed(1)} ms; grown by ${grown} kB`);
		assert.ok(taken[150] <= 100 && grown <= 256);
	});
}));
