/* aws/providers.test.mjs - the providers connect and chime, against an AWS that answers as it is told.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One `ringdown serve` for all; each test has callers of its own.  What the client alone does (signatures, retries) is
 * in client.test.mjs; here is what a caller sees, what AWS was asked, and what stays behind. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { KEY, startFakeAws } from "../fake/aws.mjs";
import { NO_LIMITS, freePort, newId, startRingdown, until } from "../help/server.mjs";

const INSTANCE = "11111111-1111-4111-8111-111111111111";
const FLOW = "22222222-2222-4222-8222-222222222222";
const SMA = "33333333-3333-4333-8333-333333333333";
const CONNECTOR = "arn:aws:chime:us-east-1:111122223333:vc/abcdefghij1klmn2opq3rs";
const PATH_SECRET = "a-path-nobody-guesses";
const DEADLINE_MS = 8000;

const connect = `connect: { instance: ${INSTANCE}, flow: ${FLOW}, queue_position: true }`;
const chime = `application: ${SMA}, from: "+12025550100", dial: "+12025550142", allow: ["+1202555"]`;
const destination = (name, lines) => `  - name: ${name}\n    origins: ["*"]\n    limits: ${NO_LIMITS}\n    ${lines.join("\n    ")}\n`;
const destinations = () => [
	destination("agent", ["providers: [connect]", connect]),
	destination("mapped", ["providers: [connect]", `connect: { instance: ${INSTANCE}, flow: ${FLOW}, answered_by: flow, `
		+ `attributes: { customer: customer_id }, hint_prefix: "page-", description: "From the web", `
		+ `references: { where: page }, capabilities: [customer_video, agent_video, agent_screen] }`]),
	destination("either", ["providers: [connect, engine]", connect]),
	destination("all", ["providers: [connect, chime, engine]", connect, `chime: { ${chime} }`]),
	destination("phone", ["providers: [chime]", `chime: { ${chime}, dial_hint: number }`]),
	destination("told", ["providers: [chime]", `chime: { ${chime}, answered_by: handler }`]),
	destination("pbx", ["providers: [chime]", `chime: { application: ${SMA}, from: "+12025550100", dial: "1000", `
		+ `voice_connector: "${CONNECTOR}", headers: { X-Customer-Id: customer_id } }`]),
].join("\n");

let aws, server, handler;

before(async () => {
	aws = await startFakeAws();
	Object.assign(process.env, aws.environment());
	handler = await freePort();
	server = await startRingdown({
		destinations: destinations(),
		more: `aws: { requests_per_second: 1000 }\nhandler: { listen: [127.0.0.1:${handler}], path_secret: ${PATH_SECRET} }`,
	});
	/* Credentials are read at once; the first call may not find them ready otherwise. */
	await until(async () => (await (await fetch(`${server.url}/v1/destinations/agent`)).json()).open, "credentials");
});
after(async () => {
	await server?.stop();
	await aws?.close();
});

/* --- callers --- */

const started = [];

/* POST /v1/calls by somebody new; gives the answer, its status and how long it took. */
async function start(destinationName, { hints, displayName, sub = newId(), key = newId() } = {}) {
	const at = Date.now();
	const response = await server.call({ destination: destinationName, ...(hints && { hints }), ...(displayName && { displayName }) },
		{ sub }, { "idempotency-key": key });
	const call = { status: response.status, headers: response.headers, ...await response.json(), sub, key, ms: Date.now() - at };
	started.push(call);
	return call;
}

/* But for the one that a crash has left. */
const noMeeting = () => [...aws.meetings.keys()].every((id) => id === left?.phone.ConnectionData.Meeting.MeetingId);
const asked = (call, method, path = "", body) => fetch(`${server.url}/v1/calls/${call.callId}${path}`, {
	method, headers: { "x-call-key": call.callKey, authorization: `Bearer ${server.token({ sub: call.sub })}`,
		...(body && { "content-type": "application/json" }) },
	...(body && { body: JSON.stringify(body) }),
});
const look = async (call) => (await asked(call, "GET")).json();
const digits = (call, text) => asked(call, "POST", "/digits", { digits: text });
const hangUp = (call) => asked(call, "DELETE");

/* Follows the events of a call: what came so far, and an end. */
function follow(call) {
	const seen = { states: [], events: [] };
	const abort = new AbortController();
	seen.stop = () => abort.abort();
	seen.over = (async () => {
		const response = await fetch(`${server.url}/v1/calls/${call.callId}/events`, {
			headers: { authorization: `Bearer ${server.token({ sub: call.sub })}` }, signal: abort.signal });
		let rest = "";
		for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
			rest += chunk;
			for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
				const data = /^data: (.*)$/m.exec(rest.slice(0, end));
				if (!data) continue;
				seen.events.push(JSON.parse(data[1]));
				seen.states.push(seen.events.at(-1).state);
			}
		}
	})().catch((error) => error);
	seen.last = () => seen.events.at(-1);
	seen.until = (state) => until(() => seen.states.includes(state), () => `state ${state}, only ${seen.states}`);
	return seen;
}

const contactOf = (call) => aws.contacts.get(call.ContactId);
const ended = (call) => until(async () => (await look(call)).state === "ended", "the end");

/* --- connect --- */

test("a caller is connected, followed, heard and let go", async () => {
	const call = await start("agent", { hints: { page: "/orders/17", customer_id: "forged" }, displayName: "Zoë N." });

	assert.equal(call.status, 201);
	assert.equal(call.provider, "connect");
	const contact = contactOf(call);
	const { ConnectionData: theirs } = contact.answer;
	assert.deepEqual(call.ConnectionData.Meeting.MediaPlacement, theirs.Meeting.MediaPlacement);
	assert.deepEqual(call.ConnectionData.MediaPlacement, theirs.Meeting.MediaPlacement);
	assert.deepEqual(call.ConnectionData.Meeting.MeetingFeatures, theirs.Meeting.MeetingFeatures);
	assert.equal(call.ConnectionData.Meeting.MeetingId, theirs.Meeting.MeetingId);
	assert.equal(call.ConnectionData.Meeting.MediaRegion, "us-east-1");
	assert.equal(call.ConnectionData.Attendee.JoinToken, theirs.Attendee.JoinToken);
	assert.equal(call.ParticipantToken, contact.answer.ParticipantToken);
	assert.equal(call.ParticipantId, contact.answer.ParticipantId);

	const { request } = contact;
	assert.equal(request.InstanceId, INSTANCE);
	assert.equal(request.ContactFlowId, FLOW);
	assert.equal(request.ParticipantDetails.DisplayName, "Zoë N.");
	assert.deepEqual(request.Attributes, { customer_id: call.sub, hint_page: "/orders/17", hint_customer_id: "forged" });
	assert.match(request.ClientToken, /^[0-9a-f]{40}$/);

	const events = follow(call);
	assert.equal((await digits(call, "1")).status, 409, "nobody is there yet");
	contact.state = "queued";
	contact.metrics = { POSITION_IN_QUEUE: 3, ESTIMATED_WAIT_TIME: 95 };
	await events.until("ringing");
	await until(() => events.last().queuePosition === 3, "the place in the queue");
	assert.equal(events.last().expectedWaitSeconds, 95);
	assert.equal((await digits(call, "1")).status, 202, "the flow takes digits in a queue");
	contact.state = "agent";
	await events.until("in-call");
	assert.equal((await digits(call, "2#")).status, 202);
	await until(() => contact.digits === "12#", () => `digits, only ${contact.digits}`);
	assert.ok([200, 202].includes((await hangUp(call)).status));
	await ended(call);
	await events.over;
	assert.equal(contact.state, "ended");
	assert.equal(events.last().reason, "ended_by_caller");
	assert.equal((await look(call)).provider, "connect");
});

test("a destination says what the contact is told", async () => {
	const call = await start("mapped", { hints: { page: "https://shop.example/17", customer: "forged", "page-x": "1" } });
	const { request } = contactOf(call);

	assert.equal(call.status, 201);
	assert.deepEqual(request.Attributes, { customer: call.sub, "page-page": "https://shop.example/17",
		"page-customer": "forged", "page-page-x": "1" });
	assert.deepEqual(request.References, { "page-where": { Type: "URL", Value: "https://shop.example/17" } });
	assert.deepEqual(request.AllowedCapabilities, { Customer: { Video: "SEND" }, Agent: { Video: "SEND", ScreenShare: "SEND" } });
	assert.equal(request.Description, "From the web");
	assert.equal(request.ParticipantDetails.DisplayName, "Customer");
	const events = follow(call);
	await events.until("in-call"); /* its flow is the answer */
	await hangUp(call);
	await events.over;
});

test("the far end's going is seen, with its reason", async () => {
	for (const [reason, code, by] of [["AGENT_DISCONNECT", "ended_by_advisor", "advisor"],
		["TELECOM_PROBLEM", "network_lost", "system"], ["SOMETHING_NEW", "ended_by_system", "system"]]) {
		const call = await start("agent");
		const events = follow(call);
		const contact = contactOf(call);

		contact.state = "agent";
		await events.until("in-call");
		Object.assign(contact, { hadAgent: true, state: "ended", reason });
		await events.over;
		assert.equal(events.last().state, "ended");
		assert.equal(events.last().reason, code);
		assert.equal(events.last().by, by);
		assert.equal(aws.of("StopContact").filter((r) => r.json.ContactId === contact.id).length, 0, "there is nothing to stop");
	}
});

test("the connection token is renewed before it expires, and after it was refused", async () => {
	const call = await start("mapped");
	const events = follow(call);
	const contact = contactOf(call);
	const connections = () => aws.of("CreateParticipantConnection")
		.filter((r) => r.headers["x-amz-bearer"] === call.ParticipantToken).length;
	const key = async (text, all) => {
		assert.equal((await digits(call, text)).status, 202);
		await until(() => contact.digits === all, () => `digits ${all}, only ${contact.digits}`);
	};

	await events.until("in-call");
	aws.connectionMs = 60_000; /* less than the five minutes that it must be good for */
	await key("1", "1");
	assert.equal(connections(), 1);
	aws.connectionMs = 24 * 3600_000;
	await key("2", "12");
	assert.equal(connections(), 2);
	await key("3", "123");
	assert.equal(connections(), 2);
	contact.connection = "another one"; /* ours is not known any more */
	await key("4", "1234");
	assert.equal(connections(), 3);
	assert.equal((await digits(call, "A")).status >= 400, true, "audio/dtmf has no A");
	await hangUp(call);
	await events.over;
});

/* --- errors --- */

const REFUSALS = [
	["InvalidParameterException", 400, 500, "internal"], ["InvalidRequestException", 400, 500, "internal"],
	["AccessDeniedException", 403, 503, "provider_down"], ["ResourceNotFoundException", 404, 503, "provider_down"],
	["ServiceQuotaExceededException", 402, 503, "queue_full"], ["UnrecognizedClientException", 403, 503, "provider_down"],
	["ExpiredTokenException", 403, 503, "provider_down"], ["SerializationException", 400, 500, "internal"],
];

test("every refusal leads to its reason, and to one closed record", async () => {
	for (const [name, status, answer, code] of REFUSALS) {
		aws.rude({ operation: "StartWebRTCContact", error: [status, name, "said by the test"], times: 3 });
		const call = await start("agent");
		aws.behaviours.length = 0;
		assert.equal(call.status, answer, name);
		assert.equal(call.code, code, name);
		assert.ok(!JSON.stringify(call).includes("said by the test"), "what AWS says is not the caller's to read");
	}
});

test("throttling is waited for, then said, with when to come back", async () => {
	aws.rude({ operation: "StartWebRTCContact", error: [429, "LimitExceededException", ""] });
	const waited = await start("agent");
	assert.equal(waited.status, 201);
	await hangUp(waited);

	aws.rude({ operation: "StartWebRTCContact", error: [429, "TooManyRequestsException", ""], times: 9 });
	const refused = await start("agent");
	aws.behaviours.length = 0;
	assert.equal(refused.status, 503);
	assert.equal(refused.code, "queue_full");
	assert.ok(Number(refused.headers.get("retry-after")) >= 1);
	assert.ok(refused.ms < 2 * DEADLINE_MS);
});

const startsOf = (token) => aws.of("StartWebRTCContact").filter((r) => r.json.ClientToken === token);

test("a lost answer makes no second contact", async () => {
	for (const lost of [{ cut: true, done: true }, { error: [500, "InternalServiceException", ""] }, { hang: true, done: true }]) {
		const before = aws.starts.StartWebRTCContact;
		aws.rude({ operation: "StartWebRTCContact", ...lost });
		const call = await start("agent");

		assert.equal(call.status, 201, JSON.stringify(lost));
		assert.ok(call.ms < DEADLINE_MS);
		assert.equal(startsOf(contactOf(call).request.ClientToken).length, 2, "asked twice with one token");
		assert.equal(aws.starts.StartWebRTCContact, before + 1, "one contact");
		await hangUp(call);
		await ended(call);
		assert.equal(contactOf(call).state, "ended");
	}
});

test("no answer at all keeps the deadline, and leaves no contact behind", async () => {
	const before = aws.starts.StartWebRTCContact;
	aws.rude({ operation: "StartWebRTCContact", hang: true, done: true, times: 9 });
	const call = await start("agent");
	aws.behaviours.length = 0;

	assert.equal(call.status, 503);
	assert.equal(call.code, "provider_down");
	assert.ok(call.ms > 5000 && call.ms < 2 * DEADLINE_MS, `after ${call.ms} ms`);
	const [contact] = [...aws.contacts.values()].filter((c) => c.request.Attributes.customer_id === call.sub);
	assert.equal(aws.starts.StartWebRTCContact, before + 1);
	await until(() => contact.state === "ended", "the contact that nobody knew of is stopped");
	assert.equal(aws.starts.StartWebRTCContact, before + 1, "found by its token");
});

let left; /* what a crash left, since when */

test("one key is one contact, for two who press and after a crash", async () => {
	const key = newId(), sub = newId(), phoneKey = newId();
	const both = await Promise.all([start("agent", { key, sub }), start("agent", { key, sub })]);

	assert.equal(both[0].ContactId, both[1].ContactId);
	assert.equal(both[0].callId, both[1].callId);
	const token = contactOf(both[0]).request.ClientToken;
	assert.equal(startsOf(token).length, 1);
	left = { contact: await start("agent"), phone: await start("phone") };
	const phone = await start("phone", { key: phoneKey, sub });
	const calls = aws.starts.CreateSipMediaApplicationCall;
	await server.restart();
	left.at = Date.now();
	await until(async () => (await (await fetch(`${server.url}/v1/destinations/agent`)).json()).open, "credentials");
	const again = await start("agent", { key, sub });
	assert.equal(again.ContactId, both[0].ContactId);
	assert.equal(startsOf(token).length, 2);
	const samePhone = await start("phone", { key: phoneKey, sub });
	assert.equal(samePhone.ConnectionData.Meeting.MeetingId, phone.ConnectionData.Meeting.MeetingId);
	assert.equal(aws.starts.CreateSipMediaApplicationCall, calls, "the phone does not ring twice");
	await hangUp(samePhone);
	await until(() => callOf(phone).updates.some((u) => u.action === "hangup"), "the phone is hung up");
	await hangUp(again);
	await ended(again);
	assert.equal(contactOf(again).state, "ended");
	const old = await look(both[0]);
	assert.equal(old.reason, "server_lost");
});

test("a contact that cannot be stopped at once is stopped later, and the record does not wait", async () => {
	const call = await start("mapped");
	const events = follow(call);
	await events.until("in-call");
	aws.rude({ operation: "StopContact", error: [500, "InternalServiceException", ""], times: 4 });
	await hangUp(call);
	await ended(call);
	await until(() => contactOf(call).state === "ended", "stopped in the end");
	aws.behaviours.length = 0;

	const gone = await start("agent");
	contactOf(gone).state = "ended"; /* so the answer is 410 */
	await hangUp(gone);
	await ended(gone);
});

test("an answer that nobody could join with is refused, and its contact stopped", async () => {
	let id;
	aws.on("StartWebRTCContact", (request) => {
		id = newId();
		aws.contacts.set(id, { id, request: request.json, answer: {}, state: "started", since: Date.now(), digits: "" });
		return { ContactId: id, ConnectionData: { Meeting: {} } };
	});
	const call = await start("agent");
	aws.replaced.delete("StartWebRTCContact");
	assert.equal(call.status, 503);
	await until(() => aws.contacts.get(id).state === "ended", "stopped");
});

test("keys that expire in the middle do not end a call", async () => {
	const call = await start("agent");
	const events = follow(call);
	aws.keys.get(KEY.id).revoked = true;
	const refused = await start("agent");
	assert.equal(refused.status, 503);
	assert.equal(refused.code, "provider_down");
	await until(() => aws.of("DescribeContact").some((r) => r.fault.startsWith("ExpiredToken")), "a look with the old keys");
	assert.ok(!events.states.includes("ended"));
	aws.keys.get(KEY.id).revoked = false;
	contactOf(call).state = "agent";
	await events.until("in-call");
	await hangUp(call);
	await events.over;
	assert.equal(contactOf(call).state, "ended");
});

/* --- fail-over --- */

/* A yes of Amazon Connect: what failed before does not count any more. */
const forgive = async () => hangUp(await start("agent"));

test("the next provider takes what the first refuses", async () => {
	for (const rude of [{ error: [403, "AccessDeniedException", ""] }, { error: [429, "LimitExceededException", ""] },
		{ error: [404, "ResourceNotFoundException", ""] }, { error: [500, "InternalServiceException", ""] }, { cut: true }, { raw: "no HTTP" }]) {
		await forgive();
		aws.rude({ operation: "StartWebRTCContact", ...rude, times: 9 });
		const call = await start("either");
		aws.behaviours.length = 0;

		assert.equal(call.status, 201, JSON.stringify(rude));
		assert.equal(call.provider, "engine");
		assert.ok(call.ms < DEADLINE_MS);
		assert.equal((await look(call)).provider, "engine");
		await hangUp(call);
		await ended(call);
		assert.equal((await look(call)).provider, "engine");
	}
	await server.program.line(/event="provider did not take the call" provider=connect/);
});

test("one that does not answer has its share of the time, and what it began is undone", async () => {
	await forgive();
	aws.rude({ operation: "StartWebRTCContact", hang: true, done: true, times: 9 });
	const call = await start("either");
	aws.behaviours.length = 0;

	assert.equal(call.status, 201);
	assert.equal(call.provider, "engine");
	assert.ok(call.ms < DEADLINE_MS, `after ${call.ms} ms`);
	const [contact] = [...aws.contacts.values()].filter((c) => c.request.Attributes.customer_id === call.sub);
	await until(() => contact.state === "ended", "the contact is stopped");
	assert.equal((await look(call)).state !== "ended", true, "the call goes on");
	await hangUp(call);
});

test("one that fails again and again is left alone until it is well", async () => {
	await forgive();
	aws.rude({ operation: "StartWebRTCContact", error: [503, "", ""], times: 99 });
	const before = aws.requests.length;
	const calls = await Promise.all(Array.from({ length: 8 }, () => start("either")));
	const asked = aws.of("StartWebRTCContact").length;
	const quick = await Promise.all(Array.from({ length: 8 }, () => start("either")));
	aws.behaviours.length = 0;
	assert.ok([...calls, ...quick].every((c) => c.provider === "engine"));
	/* One may try whether it is well, three times as every request. */
	assert.ok(aws.of("StartWebRTCContact").length - asked <= 3, "nobody waits for it");
	await server.program.line(/event="provider is left alone" provider=connect/);
	assert.ok(aws.requests.length > before);
	await forgive();
	await server.program.line(/event="provider is well again" provider=connect/);
	for (const call of [...calls, ...quick]) await hangUp(call);
});

test("three in a row, each asked once", async () => {
	aws.rude({ operation: "StartWebRTCContact", error: [403, "AccessDeniedException", ""] },
		{ operation: "CreateSipMediaApplicationCall", error: [400, "ResourceLimitExceededException", ""] });
	const meetings = aws.of("CreateMeetingWithAttendees").length;
	const call = await start("all");

	assert.equal(call.provider, "engine");
	assert.equal(aws.of("CreateMeetingWithAttendees").length, meetings + 1);
	await until(noMeeting, "its meeting is deleted");
	await hangUp(call);
});

/* --- chime --- */

const callOf = (call) => [...aws.calls.values()].find((c) => c.request.ArgumentsMap.MeetingId === call.ConnectionData.Meeting.MeetingId);
const report = (body) => fetch(`http://127.0.0.1:${handler}/sma/${PATH_SECRET}`, { method: "POST", body: JSON.stringify(body) });
const event = (sma, type, more = {}, legs = 1) => ({
	SchemaVersion: "1.0", Sequence: 2, InvocationEventType: type, ...more,
	CallDetails: {
		TransactionId: sma.id, TransactionAttributes: { ...sma.request.ArgumentsMap, State: "bridging" }, AwsAccountId: "111122223333",
		AwsRegion: "us-east-1", SipMediaApplicationId: SMA,
		Participants: ["LEG-A", "LEG-B"].slice(0, legs).map((tag) => ({ CallId: `call-${tag}`, ParticipantTag: tag, To: "+17035550122",
			From: "+12025550100", Direction: "Outbound", StartTimeInMilliseconds: "1772618000125", Status: "Connected" })),
	},
});

test("a telephone is called into a meeting, keyed into, and both are ended", async () => {
	const call = await start("phone");
	const sma = callOf(call);
	const meeting = aws.meetings.get(call.ConnectionData.Meeting.MeetingId);

	assert.equal(call.status, 201);
	assert.equal(call.provider, "chime");
	assert.equal(call.ParticipantToken, undefined);
	assert.deepEqual(meeting.request.Attendees.map((a) => a.ExternalUserId), ["client-user", "phone-user"]);
	assert.deepEqual(call.ConnectionData.Meeting.MediaPlacement, meeting.Meeting.MediaPlacement);
	assert.equal(call.ConnectionData.Attendee.ExternalUserId, "client-user");
	assert.equal(sma.request.ToPhoneNumber, "+17035550122");
	assert.equal(sma.request.FromPhoneNumber, "+12025550100");
	const phone = [...meeting.attendees.values()].find((a) => a.ExternalUserId === "phone-user");
	assert.deepEqual(sma.request.SipHeaders, { "X-chime-meeting-id": meeting.id, "X-chime-join-token": phone.JoinToken });
	assert.notEqual(call.ConnectionData.Attendee.JoinToken, phone.JoinToken);
	assert.deepEqual(sma.request.ArgumentsMap, { MeetingId: meeting.id, Destination: "phone", Target: "pstn", Dial: "+12025550142",
		CallerId: "+12025550100", Timeout: "45" });

	const events = follow(call);
	await events.until("in-call"); /* nothing tells the answer: shown once the caller is there */
	assert.equal((await digits(call, "12#")).status, 202);
	await until(() => sma.updates.some((u) => u.action === "digits" && u.digits === "12#"), "digits");
	await hangUp(call);
	await events.over;
	await until(() => !aws.meetings.has(meeting.id), "the meeting is deleted");
	await until(() => sma.updates.some((u) => u.action === "hangup"), "the phone is hung up");
});

test("the page's number must pass the policy, whatever the page says", async () => {
	const good = await start("phone", { hints: { number: "(202) 555-0111" } });
	assert.equal(callOf(good).request.ArgumentsMap.Dial, "+12025550111");
	await hangUp(good);
	const before = aws.requests.length;
	for (const number of ["+19005550100", "+17035550122", "911", "+4930901820", "sip:1000@pbx", "+12025550111;ext=1"]) {
		const bad = await start("phone", { hints: { number } });
		assert.equal(bad.status, 403, number);
		assert.equal(bad.code, "forbidden_destination");
	}
	assert.equal(aws.requests.slice(before).filter((r) => r.operation.startsWith("Create")).length, 0, "AWS was not asked");
});

test("verified attributes reach the PBX, a forged hint does not", async () => {
	const call = await start("pbx", { hints: { customer_id: "forged", "X-Customer-Id": "forged" } });
	const { ArgumentsMap: args } = callOf(call).request;

	assert.equal(args.Target, "vc");
	assert.equal(args.Dial, "1000");
	assert.equal(args.VoiceConnectorArn, CONNECTOR);
	assert.deepEqual(JSON.parse(args.Headers), { "X-Customer-Id": call.sub });
	await hangUp(call);
});

test("where the handler is ours, the answer and the end are known", async () => {
	const bridge = { Type: "CallAndBridge", Parameters: { CallId: "call-LEG-A" } };
	const cases = [
		["ended_by_advisor", "advisor", true, { ActionData: { Type: "Hangup", Parameters: { SipResponseCode: 0, CallId: "call-LEG-B", ParticipantTag: "LEG-B" } } }],
		["busy", "system", false, { ActionData: { Type: "Hangup", Parameters: { SipResponseCode: 486, CallId: "call-LEG-B", ParticipantTag: "LEG-B" } } }],
	];
	for (const [reason, by, answers, hangup] of cases) {
		const call = await start("told");
		const events = follow(call);
		const sma = callOf(call);

		assert.equal((await digits(call, "1")).status, 409, "not answered");
		assert.equal((await report(event(sma, "CALL_ANSWERED"))).status, 200);
		if (answers) {
			await report(event(sma, "ACTION_SUCCESSFUL", { ActionData: bridge }, 2));
			await events.until("in-call");
		}
		await report(event(sma, "HANGUP", hangup, 2));
		await events.over;
		assert.equal(events.last().reason, reason);
		assert.equal(events.last().by, by);
		await until(() => !aws.meetings.has(call.ConnectionData.Meeting.MeetingId), "the meeting is deleted");
	}
	const call = await start("told");
	const events = follow(call);
	await report(event(callOf(call), "ACTION_FAILED", { ActionData: { ...bridge, ErrorType: "CallNotAnswered" } }));
	await events.over;
	assert.equal(events.last().reason, "no_answer");
});

/* The contact and the meeting are Amazon's: the same tokens let the next page in. */
for (const [name, seconds] of [["agent", 55], ["phone", 45]])
	test(`${name}: a page that leaves is followed by another, or the call ends`, async () => {
		const call = await start(name);
		assert.equal(call.resumeSeconds, seconds);
		let events = follow(call);
		if (name === "agent") {
			await until(() => contactOf(call), "the contact");
			contactOf(call).state = "agent";
		}
		await events.until("in-call");
		const resume = ({ resumeKey }) => asked(call, "POST", "/resume", { resumeKey });
		assert.equal((await resume(call)).status, 409);
		assert.equal((await asked(call, "POST", "/leaving")).status, 204);
		await events.until("reconnecting");
		const answer = await resume(call);
		assert.equal(answer.status, 200);
		const next = await answer.json();
		assert.deepEqual(next.ConnectionData, call.ConnectionData);
		assert.equal(next.ParticipantToken, call.ParticipantToken);
		assert.notEqual(next.callKey, call.callKey);
		await events.over;
		events = follow(call);
		await events.until("in-call");
		assert.equal((await resume(call)).status, 404);

		/* It goes as well, and nobody comes. */
		assert.equal((await asked(call, "POST", "/hold", { on: true })).status, 409);
		assert.equal((await asked(call, "POST", "/leaving")).status, 204);
		await events.until("ended");
		assert.equal(events.last().reason, "ended_by_caller");
		assert.equal((await resume(next)).status, 404);
	});

test("a call that is not there any more is found out", async () => {
	const call = await start("phone");
	const events = follow(call);
	await events.until("in-call");
	aws.calls.delete(callOf(call).id);
	await events.over;
	assert.equal(events.last().reason, "ended_by_system");
	await until(() => !aws.meetings.has(call.ConnectionData.Meeting.MeetingId), "the meeting is deleted");
});

test("every refusal of the Chime SDK leads to its reason, and leaves no meeting", async () => {
	const cases = [
		["CreateMeetingWithAttendees", 400, "BadRequestException", "internal"],
		["CreateMeetingWithAttendees", 400, "LimitExceededException", "queue_full"],
		["CreateMeetingWithAttendees", 401, "UnauthorizedException", "provider_down"],
		["CreateMeetingWithAttendees", 403, "ForbiddenException", "provider_down"],
		["CreateMeetingWithAttendees", 409, "ConflictException", "internal"],
		["CreateMeetingWithAttendees", 429, "ThrottlingException", "queue_full"],
		["CreateMeetingWithAttendees", 503, "ServiceUnavailableException", "provider_down"],
		["CreateSipMediaApplicationCall", 400, "ResourceLimitExceededException", "queue_full"],
		["CreateSipMediaApplicationCall", 401, "UnauthorizedClientException", "provider_down"],
		["CreateSipMediaApplicationCall", 403, "ConcurrentCallLimit", "queue_full"],
		["CreateSipMediaApplicationCall", 429, "ThrottledClientException", "queue_full"],
		["CreateSipMediaApplicationCall", 500, "ServiceFailureException", "provider_down"],
	];
	for (const [operation, status, name, code] of cases) {
		aws.rude({ operation, error: [status, name, ""], times: 9 });
		const call = await start("phone");
		aws.behaviours.length = 0;
		assert.equal(call.code, code, `${operation} ${name}`);
		await until(noMeeting, `no meeting after ${operation} ${name}`);
	}
});

test("a phone whose invitation was lost is not invited twice", async () => {
	const before = aws.starts.CreateSipMediaApplicationCall;
	aws.rude({ operation: "CreateSipMediaApplicationCall", cut: true, done: true });
	const call = await start("phone");

	assert.equal(call.status, 503);
	assert.equal(aws.starts.CreateSipMediaApplicationCall, before + 1);
	await until(noMeeting, "without the meeting its leg ends");
});

/* --- all of it --- */

test("what a crash left is ended after a minute", { timeout: 300_000 }, async () => {
	await until(() => contactOf(left.contact).state === "ended", "the contact is stopped", 75_000);
	await until(() => !aws.meetings.has(left.phone.ConnectionData.Meeting.MeetingId), "the meeting is deleted");
	assert.ok(callOf(left.phone).updates.some((u) => u.action === "hangup"));
	assert.ok(Date.now() - left.at >= 55_000);
});

test("a drain ends what runs at AWS", async () => {
	const contact = await start("agent"), phone = await start("phone");
	assert.equal(contact.status + phone.status, 402);
	const other = server;
	await other.stop(); /* the second SIGTERM ends what is left */
	assert.equal(contactOf(contact).state, "ended");
	assert.equal(aws.meetings.size, 0);
});

test("each request was signed well, and the log holds no secret", () => {
	const bad = aws.requests.filter((r) => r.fault && !r.fault.startsWith("ExpiredToken"));
	assert.deepEqual(bad.map((r) => `${r.operation}: ${r.fault}`), []);
	const { output } = server.program;
	const secrets = [KEY.secret, PATH_SECRET, ...started.flatMap((c) => [c.callKey, c.ParticipantToken, c.ConnectionData?.Attendee.JoinToken]),
		...[...aws.contacts.values()].map((c) => c.connection),
		...[...aws.calls.values()].map((c) => c.request.SipHeaders["X-chime-join-token"]), "+12025550142", "/orders/17", "Zoë", "From the web"];
	for (const secret of secrets.filter(Boolean)) assert.ok(!output.includes(secret), `the log holds ${secret}`);
	for (const call of started) assert.ok(!output.includes(call.sub), "the log holds a caller's claim");
});

test("nothing is left at AWS", async () => {
	const open = [...aws.contacts.values()].filter((c) => c.state !== "ended");
	assert.deepEqual(open.map((c) => c.request.Attributes), []);
	assert.equal(aws.meetings.size, 0);
});
