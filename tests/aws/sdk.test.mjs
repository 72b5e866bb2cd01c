/* aws/sdk.test.mjs - the AWS SDK for JavaScript v3, unmodified, against the AWS-compatible listener: nothing but endpoint
 * and credentials is set.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as meetings from "@aws-sdk/client-chime-sdk-meetings";
import * as voice from "@aws-sdk/client-chime-sdk-voice";
import * as connect from "@aws-sdk/client-connect";
import * as participant from "@aws-sdk/client-connectparticipant";
import { newId, until } from "../help/server.mjs";
import {
	ACCOUNT, APPLICATION, CONNECTOR, FLOW, FROM, INSTANCE, KEY, MEETING_NUMBER, QUEUE_FLOW, REGION, TEMPORARY, joinAs,
	startCompatible,
} from "./help/compatible.mjs";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TOKEN = /^[A-Za-z0-9_-]{2,2048}$/; /* may be a WebSocket subprotocol */

let here;
let chime, phone, contacts, people;

const settings = (more = {}) => ({ region: REGION, endpoint: here.endpoint, credentials: KEY, maxAttempts: 1, ...more });

before(async () => {
	here = await startCompatible();
	chime = new meetings.ChimeSDKMeetingsClient(settings());
	phone = new voice.ChimeSDKVoiceClient(settings());
	contacts = new connect.ConnectClient(settings());
	people = new participant.ConnectParticipantClient(settings());
});
after(async () => {
	for (const client of [chime, phone, contacts, people]) client?.destroy();
	await here?.stop();
});

const toMeetings = (name, input) => chime.send(new meetings[`${name}Command`](input));
const toVoice = (name, input) => phone.send(new voice[`${name}Command`](input));
const toConnect = (name, input) => contacts.send(new connect[`${name}Command`](input));
const toPeople = (name, input) => people.send(new participant[`${name}Command`](input));

/* The error's class, or its name where the model has no class for it. */
async function refused(promise, error, status) {
	const thrown = await promise.then(() => assert.fail("it was answered"), (e) => e);
	if (typeof error === "string") assert.equal(thrown.name, error, thrown.stack);
	else assert.ok(thrown instanceof error, `${thrown.name}: ${thrown.stack}`);
	assert.equal(thrown.$metadata.httpStatusCode, status);
	assert.match(thrown.$metadata.requestId, UUID);
	assert.ok(thrown.message.length > 5, "an error says what is wrong");
	return thrown;
}

/* --- Chime SDK meetings --- */

const newMeeting = (more = {}) => ({ ClientRequestToken: newId(), MediaRegion: REGION, ExternalMeetingId: "c2c-call-17", ...more });
const nowhere = "a0b1c2d3-0000-4000-8000-00000000abcd";

test("CreateMeeting: everything a client of any kind needs", async () => {
	const answer = await toMeetings("CreateMeeting", newMeeting({
		MeetingHostId: "host-1", TenantIds: ["tenant-1"], Tags: [{ Key: "Team", Value: "a b" }],
		MeetingFeatures: { Audio: { EchoReduction: "AVAILABLE" }, Attendee: { MaxCount: 3 } },
	}));
	const { Meeting } = answer;

	assert.equal(answer.$metadata.httpStatusCode, 200);
	assert.match(answer.$metadata.requestId, UUID);
	assert.match(Meeting.MeetingId, UUID);
	assert.equal(Meeting.ExternalMeetingId, "c2c-call-17");
	assert.equal(Meeting.MediaRegion, REGION);
	assert.equal(Meeting.MeetingHostId, "host-1");
	assert.deepEqual(Meeting.TenantIds, ["tenant-1"]);
	assert.deepEqual(Meeting.MeetingFeatures, { Audio: { EchoReduction: "AVAILABLE" }, Attendee: { MaxCount: 3 } });
	assert.equal(Meeting.MeetingArn, `arn:aws:chime:${REGION}:${ACCOUNT}:meeting/${Meeting.MeetingId}`);
	for (const name of ["AudioHostUrl", "AudioFallbackUrl", "SignalingUrl", "TurnControlUrl", "ScreenDataUrl",
		"ScreenViewingUrl", "ScreenSharingUrl", "EventIngestionUrl"])
		assert.ok(Meeting.MediaPlacement[name]?.length > 5, name);
	assert.match(Meeting.MediaPlacement.AudioHostUrl, /^[^/]+:\d+$/);
	assert.match(Meeting.MediaPlacement.SignalingUrl, new RegExp(`^ws://[^?]+/control/${Meeting.MeetingId}$`));
	assert.equal((await fetch(Meeting.MediaPlacement.EventIngestionUrl, { method: "POST", body: "{}",
		headers: { "content-type": "application/json" } })).status, 200);
	await toMeetings("DeleteMeeting", Meeting);
});

test("CreateMeeting: the same token is the same meeting, with other content it is a conflict", async () => {
	const input = newMeeting();
	const first = await toMeetings("CreateMeeting", input);
	const again = await toMeetings("CreateMeeting", input);

	assert.deepEqual(again.Meeting, first.Meeting);
	await refused(toMeetings("CreateMeeting", { ...input, ExternalMeetingId: "other" }), meetings.ConflictException, 409);
	await toMeetings("DeleteMeeting", first.Meeting);
	const next = await toMeetings("CreateMeeting", input);
	assert.notEqual(next.Meeting.MeetingId, first.Meeting.MeetingId);
	await toMeetings("DeleteMeeting", next.Meeting);
});

test("GetMeeting and DeleteMeeting: there, in any letter case, and gone", async () => {
	const { Meeting } = await toMeetings("CreateMeeting", newMeeting());
	const seen = await toMeetings("GetMeeting", { MeetingId: Meeting.MeetingId.toUpperCase() });

	assert.deepEqual(seen.Meeting, Meeting);
	assert.equal((await toMeetings("DeleteMeeting", Meeting)).$metadata.httpStatusCode, 204);
	const gone = await refused(toMeetings("GetMeeting", Meeting), meetings.NotFoundException, 404);
	assert.equal(gone.Code, "NotFound");
	assert.match(gone.RequestId, UUID);
	await refused(toMeetings("DeleteMeeting", Meeting), meetings.NotFoundException, 404);
});

test("CreateMeetingWithAttendees: those who fit, and who did not", async () => {
	const answer = await toMeetings("CreateMeetingWithAttendees", newMeeting({
		MeetingFeatures: { Attendee: { MaxCount: 2 } },
		Attendees: [{ ExternalUserId: "client-user" }, { ExternalUserId: "phone-user" }, { ExternalUserId: "third" }],
	}));

	assert.deepEqual(answer.Attendees.map((a) => a.ExternalUserId), ["client-user", "phone-user"]);
	assert.deepEqual(answer.Errors.map((e) => [e.ExternalUserId, e.ErrorCode]), [["third", "LimitExceededException"]]);
	for (const a of answer.Attendees) {
		assert.match(a.AttendeeId, UUID);
		assert.match(a.JoinToken, TOKEN);
		assert.deepEqual(a.Capabilities, { Audio: "SendReceive", Video: "SendReceive", Content: "SendReceive" });
	}
	await toMeetings("DeleteMeeting", answer.Meeting);
});

test("attendees: made, made again, looked at, listed by pages, deleted", async () => {
	const { Meeting: { MeetingId } } = await toMeetings("CreateMeeting", newMeeting());
	const Capabilities = { Audio: "SendReceive", Video: "None", Content: "Send" };
	const { Attendee } = await toMeetings("CreateAttendee", { MeetingId, ExternalUserId: "phone-user", Capabilities });
	const again = await toMeetings("CreateAttendee", { MeetingId, ExternalUserId: "phone-user" });

	assert.deepEqual(Attendee.Capabilities, Capabilities);
	assert.deepEqual(again.Attendee, Attendee);
	const batch = await toMeetings("BatchCreateAttendee", {
		MeetingId, Attendees: ["a1", "a2", "a3"].map((ExternalUserId) => ({ ExternalUserId })),
	});
	assert.equal(batch.Attendees.length, 3);
	assert.deepEqual(batch.Errors, []);
	assert.deepEqual((await toMeetings("GetAttendee", { MeetingId, AttendeeId: Attendee.AttendeeId })).Attendee, Attendee);

	const all = [];
	for await (const page of meetings.paginateListAttendees({ client: chime, pageSize: 3 }, { MeetingId })) {
		assert.ok(page.Attendees.length <= 3);
		all.push(...page.Attendees);
	}
	assert.deepEqual(all.map((a) => a.ExternalUserId), ["phone-user", "a1", "a2", "a3"]);
	await refused(toMeetings("ListAttendees", { MeetingId, NextToken: "mine" }), meetings.BadRequestException, 400);

	assert.equal((await toMeetings("DeleteAttendee", { MeetingId, AttendeeId: Attendee.AttendeeId })).$metadata.httpStatusCode, 204);
	await refused(toMeetings("GetAttendee", { MeetingId, AttendeeId: Attendee.AttendeeId }), meetings.NotFoundException, 404);
	await toMeetings("DeleteMeeting", { MeetingId });
	await refused(toMeetings("ListAttendees", { MeetingId }), meetings.NotFoundException, 404);
	await refused(toMeetings("CreateAttendee", { MeetingId, ExternalUserId: "late" }), meetings.NotFoundException, 404);
});

test("Chime SDK meetings: what is not as the model says is refused by its name", async () => {
	const bad = [
		newMeeting({ MediaRegion: undefined }), newMeeting({ ClientRequestToken: "bad token!" }), newMeeting({ ExternalMeetingId: "m" }),
		newMeeting({ ExternalMeetingId: "aws:mine" }), newMeeting({ ExternalMeetingId: "x".repeat(65) }),
		newMeeting({ MeetingFeatures: { Attendee: { MaxCount: 251 } } }), newMeeting({ TenantIds: ["aaaa"] }), newMeeting({ TenantIds: [] }),
		newMeeting({ MeetingFeatures: { Audio: { EchoReduction: "MAYBE" } } }), newMeeting({ Tags: [{ Key: "a b", Value: "" }] }),
		newMeeting({ NotificationsConfiguration: { SqsQueueArn: "queue" } }), newMeeting({ MediaPlacementNetworkType: "Ipv9" }),
	];
	for (const input of bad) await refused(toMeetings("CreateMeeting", input), meetings.BadRequestException, 400);
	const many = Array.from({ length: 21 }, (_, i) => ({ ExternalUserId: `user-${i}` }));
	await refused(toMeetings("CreateMeetingWithAttendees", newMeeting({ Attendees: many })), meetings.BadRequestException, 400);
	await refused(toMeetings("CreateMeetingWithAttendees", newMeeting({ Attendees: [] })), meetings.BadRequestException, 400);
	await refused(toMeetings("CreateAttendee", { MeetingId: nowhere, ExternalUserId: "u",
		Capabilities: { Audio: "SendReceive", Video: "None" } }), meetings.BadRequestException, 400);
	await refused(toMeetings("GetMeeting", { MeetingId: "not-a-uuid" }), meetings.BadRequestException, 400);
	await refused(toMeetings("GetMeeting", { MeetingId: nowhere }), meetings.NotFoundException, 404);
	await refused(toMeetings("ListAttendees", { MeetingId: nowhere, MaxResults: 101 }), meetings.BadRequestException, 400);
	const ok = await toMeetings("CreateMeeting", newMeeting({ ExternalMeetingId: "«Zoë» é".padEnd(64, "ë") }));
	assert.equal(ok.Meeting.ExternalMeetingId.length, 64);
	await toMeetings("DeleteMeeting", ok.Meeting);
});

test("a meeting of two: both hear each other", async () => {
	const { Meeting, Attendees } = await toMeetings("CreateMeetingWithAttendees", newMeeting({
		Attendees: [{ ExternalUserId: "one" }, { ExternalUserId: "two" }],
	}));
	const calls = await Promise.all([
		joinAs({ Meeting, Attendee: Attendees[0] }, "--tone", "440", "--hear", "1000", "--duration", "10"),
		joinAs({ Meeting, Attendee: Attendees[1] }, "--tone", "1000", "--hear", "440", "--duration", "10"),
	]);
	for (const { ended } of calls) {
		const { status, output } = await ended;
		assert.equal(status, 0, output);
	}
	await toMeetings("DeleteMeeting", Meeting);
});

/* --- Amazon Connect --- */

const newContact = (more = {}) => ({
	InstanceId: INSTANCE, ContactFlowId: FLOW, ParticipantDetails: { DisplayName: "Zoë N." },
	Attributes: { customer_id: "c-1001", auth_status: "verified" }, ...more,
});
const describe = (ContactId) => toConnect("DescribeContact", { InstanceId: INSTANCE, ContactId }).then(({ Contact }) => Contact);

test("StartWebRTCContact: everything the mobile samples decode", async () => {
	const answer = await toConnect("StartWebRTCContact", newContact({
		AllowedCapabilities: { Customer: { Video: "SEND", ScreenShare: "SEND" }, Agent: { Video: "SEND" } },
		References: { order: { Type: "URL", Value: "https://shop.example/orders/17" } }, Description: "Question about order 17",
		RelatedContactId: "0d3c0f0e-5d3b-4c55-9c3e-000000000001", SegmentAttributes: { own: { ValueString: "x" } },
	}));
	const { Meeting, Attendee } = answer.ConnectionData;

	assert.match(answer.ContactId, UUID);
	assert.match(answer.ParticipantId, UUID);
	assert.ok(answer.ParticipantToken.length >= 20 && answer.ParticipantToken.length <= 1000);
	assert.match(Attendee.AttendeeId, UUID);
	assert.match(Attendee.JoinToken, TOKEN);
	assert.notEqual(Attendee.JoinToken, answer.ParticipantToken);
	assert.match(Meeting.MeetingId, UUID);
	assert.ok(Meeting.MediaRegion);
	assert.deepEqual(Object.keys(Meeting.MediaPlacement).sort(),
		["AudioFallbackUrl", "AudioHostUrl", "EventIngestionUrl", "SignalingUrl", "TurnControlUrl"]);
	assert.equal(Meeting.MeetingFeatures.Audio.EchoReduction, "UNAVAILABLE");

	const contact = await describe(answer.ContactId);
	assert.equal(contact.Id, answer.ContactId);
	assert.equal(contact.InitiationMethod, "WEBRTC_API");
	assert.equal(contact.Channel, "VOICE");
	assert.equal(contact.Description, "Question about order 17");
	assert.equal(contact.RelatedContactId, "0d3c0f0e-5d3b-4c55-9c3e-000000000001");
	assert.equal(contact.Arn, `arn:aws:connect:${REGION}:${ACCOUNT}:instance/${INSTANCE}/contact/${answer.ContactId}`);
	assert.ok(contact.InitiationTimestamp instanceof Date);
	assert.ok(Math.abs(contact.InitiationTimestamp - Date.now()) < 60_000);
	assert.equal(contact.DisconnectTimestamp, undefined);
	assert.deepEqual(contact.Customer.Capabilities, { Video: "SEND", ScreenShare: "SEND" });
	assert.equal(contact.SegmentAttributes["connect:Subtype"].ValueString, "connect:WebRTC");
	assert.equal(contact.CustomerEndpoint.Type, "VOIP");
	assert.deepEqual(contact.Attributes, { customer_id: "c-1001", auth_status: "verified" });
	await toConnect("StopContact", { InstanceId: INSTANCE, ContactId: answer.ContactId });
});

test("StartWebRTCContact: the same ClientToken is the same contact", async () => {
	const input = newContact({ ClientToken: newId() });
	const first = await toConnect("StartWebRTCContact", input);
	const again = await toConnect("StartWebRTCContact", input);

	assert.equal(again.ContactId, first.ContactId);
	assert.equal(again.ParticipantToken, first.ParticipantToken);
	assert.deepEqual(again.ConnectionData, first.ConnectionData);
	await toConnect("StopContact", { InstanceId: INSTANCE, ContactId: first.ContactId });
});

test("attributes are read, added and overwritten, also of a contact that is over", async () => {
	const { ContactId } = await toConnect("StartWebRTCContact", newContact());
	const read = () => toConnect("GetContactAttributes", { InstanceId: INSTANCE, InitialContactId: ContactId });
	const update = (Attributes) => toConnect("UpdateContactAttributes", { InstanceId: INSTANCE, InitialContactId: ContactId, Attributes });

	assert.deepEqual((await read()).Attributes, { customer_id: "c-1001", auth_status: "verified" });
	assert.equal((await update({ auth_status: "", page: "/orders/17 ë" })).$metadata.httpStatusCode, 200);
	assert.deepEqual((await read()).Attributes, { customer_id: "c-1001", auth_status: "", page: "/orders/17 ë" });
	await toConnect("StopContact", { InstanceId: INSTANCE, ContactId });
	await update({ after: "1" });
	assert.equal((await read()).Attributes.after, "1");
	await refused(update({ big: "x".repeat(32760) }), connect.InvalidParameterException, 400);
	await refused(update({ "a b": "x" }), connect.InvalidParameterException, 400);
	await refused(toConnect("GetContactAttributes", { InstanceId: INSTANCE, InitialContactId: nowhere }),
		connect.ResourceNotFoundException, 404);
});

test("StopContact: once; then the contact is not active any more", async () => {
	const { ContactId } = await toConnect("StartWebRTCContact", newContact());
	const stop = (more) => toConnect("StopContact", { InstanceId: INSTANCE, ContactId, ...more });

	await refused(stop({ InstanceId: nowhere }), connect.ResourceNotFoundException, 404);
	assert.equal((await stop({ DisconnectReason: { Code: "DISCARDED" } })).$metadata.httpStatusCode, 200);
	await refused(stop(), connect.ContactNotFoundException, 410);
	await refused(stop({ ContactId: nowhere }), connect.ContactNotFoundException, 410);
	const contact = await describe(ContactId);
	assert.ok(contact.DisconnectTimestamp instanceof Date);
	assert.ok(contact.DisconnectReason);
});

test("Connect: what is not as the model says is refused by its name", async () => {
	const start = (more) => toConnect("StartWebRTCContact", newContact(more));
	for (const more of [
		{ ContactFlowId: undefined }, { ParticipantDetails: { DisplayName: "" } }, { ParticipantDetails: { DisplayName: "x".repeat(257) } },
		{ AllowedCapabilities: { Customer: { Video: "RECEIVE" } } }, { InstanceId: "i".repeat(101) }, { Attributes: { "a b": "c" } },
		{ References: { order: { Value: "x" } } }, { References: { file: { Type: "ATTACHMENT", Value: "x" } } },
		{ Description: "x".repeat(4097) }, { ClientToken: "x".repeat(501) }, { RelatedContactId: "" },
		{ Attributes: { big: "x".repeat(32760), more: "y".repeat(100) } },
	])
		await refused(start(more), connect.InvalidParameterException, 400);
	await refused(start({ ContactFlowId: nowhere }), connect.ResourceNotFoundException, 404);
	await refused(start({ InstanceId: nowhere }), connect.ResourceNotFoundException, 404);
	await refused(toConnect("DescribeContact", { InstanceId: INSTANCE, ContactId: "no/such?contact" }),
		connect.ResourceNotFoundException, 404);
	const longest = await start({ ParticipantDetails: { DisplayName: "ë".repeat(256) } });
	await toConnect("StopContact", { InstanceId: INSTANCE, ContactId: longest.ContactId });
});

test("an echo contact: joined, described as connected, heard, and over when the customer leaves", async () => {
	const { ContactId, ConnectionData } = await toConnect("StartWebRTCContact", newContact());
	const call = await joinAs(ConnectionData, "--tone", "440", "--hear", "440", "--duration", "3");

	await until(async () => (await describe(ContactId)).ConnectedToSystemTimestamp instanceof Date, "connected to the system");
	const { status, output } = await call.ended;
	assert.equal(status, 0, output);
	await until(async () => (await describe(ContactId)).DisconnectTimestamp, "over");
	assert.equal((await describe(ContactId)).DisconnectReason, "CUSTOMER_DISCONNECT");
});

/* --- the participant service --- */

test("ParticipantToken to ConnectionToken to digits; each only where it belongs", async () => {
	const { ContactId, ParticipantToken, ConnectionData } = await toConnect("StartWebRTCContact", newContact());
	const connection = (token, Type = ["CONNECTION_CREDENTIALS"]) =>
		toPeople("CreateParticipantConnection", { ParticipantToken: token, Type, ConnectParticipant: true });
	const { ConnectionCredentials } = await connection(ParticipantToken);
	const { ConnectionToken } = ConnectionCredentials;

	assert.ok(ConnectionToken.length <= 1000 && ConnectionToken !== ParticipantToken);
	assert.match(ConnectionCredentials.Expiry, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	assert.ok(new Date(ConnectionCredentials.Expiry) > Date.now() + 3_600_000);

	const denied = [participant.AccessDeniedException, 403];
	await refused(connection(ConnectionToken), ...denied);
	await refused(connection(ConnectionData.Attendee.JoinToken), ...denied);
	await refused(toPeople("SendMessage", { ConnectionToken: ParticipantToken, ContentType: "audio/dtmf", Content: "1" }), ...denied);
	await refused(toPeople("DisconnectParticipant", { ConnectionToken: ParticipantToken }), ...denied);
	await refused(toPeople("SendEvent", { ConnectionToken: "x", ContentType: "application/vnd.amazonaws.connect.event.typing" }), ...denied);

	const invalid = [participant.ValidationException, 400];
	await refused(connection(ParticipantToken, ["SOCKET"]), ...invalid);
	await refused(connection(ParticipantToken, ["WEBSOCKET"]), ...invalid);
	await refused(connection("x".repeat(1001)), ...invalid);
	const send = (more) => toPeople("SendMessage", { ConnectionToken, ContentType: "audio/dtmf", Content: "42#", ...more });
	await refused(send({ Content: "" }), ...invalid);
	await refused(send({ Content: "12a" }), ...invalid);
	await refused(send({ ContentType: "text/plain", Content: "hello" }), ...invalid);

	const event = await toPeople("SendEvent", { ConnectionToken, ContentType: "application/vnd.amazonaws.connect.event.connection.acknowledged" });
	assert.match(event.Id, UUID);

	const call = await joinAs(ConnectionData, "--duration", "3");
	await until(async () => (await describe(ContactId)).ConnectedToSystemTimestamp, "joined");
	const first = await send({ ClientToken: "digits-1" });
	assert.match(first.Id, UUID);
	assert.match(first.AbsoluteTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	const again = await send({ ClientToken: "digits-1" });
	assert.equal(again.Id, first.Id);
	assert.equal(again.AbsoluteTime, first.AbsoluteTime);
	assert.notEqual((await send({ ClientToken: "digits-2" })).Id, first.Id);

	assert.equal((await toPeople("DisconnectParticipant", { ConnectionToken })).$metadata.httpStatusCode, 200);
	await until(async () => (await describe(ContactId)).DisconnectReason === "CUSTOMER_DISCONNECT", "over");
	await refused(connection(ParticipantToken), ...denied);
	await refused(send(), ...denied);
	await call.ended;
});

test("a queue: the first customer is served with his attributes, the second knows his place, digits arrive once", async () => {
	const metrics = (ContactId) => toConnect("GetContactMetrics", {
		InstanceId: INSTANCE, ContactId, Metrics: [{ Name: "POSITION_IN_QUEUE" }, { Name: "ESTIMATED_WAIT_TIME" }],
	});
	const moment = here.moment();
	const first = await toConnect("StartWebRTCContact", newContact({ ContactFlowId: QUEUE_FLOW }));
	const second = await toConnect("StartWebRTCContact", newContact({ ContactFlowId: QUEUE_FLOW }));
	const { ConnectionCredentials: { ConnectionToken } } =
		await toPeople("CreateParticipantConnection", { ParticipantToken: first.ParticipantToken, Type: ["CONNECTION_CREDENTIALS"] });
	await refused(metrics(first.ContactId), connect.InvalidRequestException, 400);
	const one = await joinAs(first.ConnectionData, "--tone", "440", "--hear", "1000", "--duration", "60");
	await until(async () => (await describe(first.ContactId)).AgentInfo?.ConnectedToAgentTimestamp, "answered");
	assert.equal((await here.phone("answered", moment)).headers["X-Customer-Id"], "c-1001");
	const two = await joinAs(second.ConnectionData, "--duration", "60");
	await until(async () => (await describe(second.ContactId)).QueueInfo?.EnqueueTimestamp, "queued");
	assert.equal((await describe(second.ContactId)).QueueInfo.Id, "sales");

	const { MetricResults, Id, Arn } = await metrics(second.ContactId);
	assert.equal(Id, second.ContactId);
	assert.match(Arn, new RegExp(`/contact/${second.ContactId}$`));
	assert.deepEqual(MetricResults.find(({ Name }) => Name === "POSITION_IN_QUEUE").Value, { Number: 1 });
	await refused(metrics(first.ContactId), connect.InvalidRequestException, 400);
	await refused(metrics(nowhere), connect.ResourceNotFoundException, 404);

	const digits = { ConnectionToken, ContentType: "audio/dtmf", Content: "42#", ClientToken: "d-19" };
	await toPeople("SendMessage", digits);
	await toPeople("SendMessage", digits);
	await new Promise((done) => setTimeout(done, 2000)); /* tones take their time, and nothing tells of their end */
	await toConnect("StopContact", { InstanceId: INSTANCE, ContactId: second.ContactId });
	await toConnect("StopContact", { InstanceId: INSTANCE, ContactId: first.ContactId });
	const heard = await here.phone("ended", moment);
	assert.equal(heard.digits, "42#");
	assert.ok(heard.by_far_end && heard.tone.onsets > 0, JSON.stringify(heard));
	await Promise.all([one.ended, two.ended]);
});

/* --- Chime SDK voice --- */

const callTo = (more = {}) => toVoice("CreateSipMediaApplicationCall", {
	SipMediaApplicationId: APPLICATION, FromPhoneNumber: FROM, ToPhoneNumber: MEETING_NUMBER, ...more,
});

test("SIP media applications: what is configured is read, what is made can go", async () => {
	const { SipMediaApplication: configured } = await toVoice("GetSipMediaApplication", { SipMediaApplicationId: APPLICATION });
	assert.equal(configured.Name, "demo");
	assert.equal(configured.SipMediaApplicationArn, `arn:aws:chime:${REGION}:${ACCOUNT}:sma/${APPLICATION}`);
	assert.ok(configured.CreatedTimestamp instanceof Date);
	await refused(toVoice("DeleteSipMediaApplication", { SipMediaApplicationId: APPLICATION }), voice.ForbiddenException, 403);

	const LambdaArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:handler`;
	const made = await toVoice("CreateSipMediaApplication", { AwsRegion: REGION, Name: "mine", Endpoints: [{ LambdaArn }] });
	assert.equal(made.$metadata.httpStatusCode, 201);
	const { SipMediaApplicationId } = made.SipMediaApplication;
	assert.deepEqual(made.SipMediaApplication.Endpoints, [{ LambdaArn }]);
	const names = [];
	for await (const page of voice.paginateListSipMediaApplications({ client: phone, pageSize: 1 }, {}))
		names.push(...page.SipMediaApplications.map(({ Name }) => Name));
	assert.deepEqual(names, ["demo", "mine"]);
	assert.equal((await toVoice("DeleteSipMediaApplication", { SipMediaApplicationId })).$metadata.httpStatusCode, 204);
	const gone = await refused(toVoice("GetSipMediaApplication", { SipMediaApplicationId }), voice.NotFoundException, 404);
	assert.equal(gone.Code, "NotFound");

	for (const bad of [{ Name: "a/b" }, { Endpoints: [] }, { Endpoints: [{ LambdaArn: "arn:aws:s3:::x" }] }, { AwsRegion: "eu-west-1" }])
		await refused(toVoice("CreateSipMediaApplication", { AwsRegion: REGION, Name: "mine", Endpoints: [{ LambdaArn }], ...bad }),
			voice.BadRequestException, 400);
});

test("Voice Connectors: what is configured is read, what is made can go", async () => {
	const { VoiceConnector } = await toVoice("GetVoiceConnector", { VoiceConnectorId: CONNECTOR });
	assert.equal(VoiceConnector.VoiceConnectorArn, `arn:aws:chime:${REGION}:${ACCOUNT}:vc/${CONNECTOR}`);
	await refused(toVoice("DeleteVoiceConnector", { VoiceConnectorId: CONNECTOR }), voice.ForbiddenException, 403);

	const made = await toVoice("CreateVoiceConnector", { Name: "mine", RequireEncryption: true, NetworkType: "IPV4_ONLY" });
	assert.equal(made.$metadata.httpStatusCode, 201);
	assert.equal(made.VoiceConnector.RequireEncryption, true);
	assert.equal(made.VoiceConnector.NetworkType, "IPV4_ONLY");
	const { VoiceConnectorId } = made.VoiceConnector;
	assert.match(VoiceConnectorId, /^[a-z0-9]{22}$/);
	const { VoiceConnectors } = await toVoice("ListVoiceConnectors", {});
	assert.deepEqual(VoiceConnectors.map((c) => c.VoiceConnectorId), [CONNECTOR, VoiceConnectorId]);
	assert.equal((await toVoice("DeleteVoiceConnector", { VoiceConnectorId })).$metadata.httpStatusCode, 204);
	await refused(toVoice("GetVoiceConnector", { VoiceConnectorId }), voice.NotFoundException, 404);
	await refused(toVoice("CreateVoiceConnector", { Name: "mine" }), voice.BadRequestException, 400);
	await refused(toVoice("CreateVoiceConnector", { Name: "mine", RequireEncryption: false, AwsRegion: "mars-1" }),
		voice.BadRequestException, 400);
});

test("SIP media application calls: what is not as the model says is refused by its name", async () => {
	const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, "v"]));
	for (const more of [
		{ FromPhoneNumber: undefined }, { ToPhoneNumber: "+0155501000" }, { ToPhoneNumber: "sip:4711" }, { ArgumentsMap: many },
		{ SipHeaders: many }, { SipMediaApplicationId: nowhere },
		{ SipHeaders: { "X-chime-meeting-id": nowhere, "X-chime-join-token": "forged" } },
	])
		await refused(callTo(more), voice.BadRequestException, 400);
	await refused(callTo({ FromPhoneNumber: "+12025550999" }), voice.ForbiddenException, 403);
	const update = (more) => toVoice("UpdateSipMediaApplicationCall",
		{ SipMediaApplicationId: APPLICATION, TransactionId: nowhere, Arguments: { action: "hangup" }, ...more });
	await refused(update(), voice.NotFoundException, 404);
	await refused(update({ Arguments: undefined }), voice.BadRequestException, 400);
});

/* A meeting of somebody who talks for so long, and a telephone that has answered. */
async function bridge(seconds) {
	const { Meeting, Attendees: [client, telephone] } = await toMeetings("CreateMeetingWithAttendees", newMeeting({
		Attendees: [{ ExternalUserId: "client-user" }, { ExternalUserId: "phone-user" }],
	}));
	const moment = here.moment();
	const call = await joinAs({ Meeting, Attendee: client }, "--tone", "440", "--hear", "1000", "--duration", String(seconds));
	const made = await callTo({
		SipHeaders: { "X-chime-meeting-id": Meeting.MeetingId, "X-chime-join-token": telephone.JoinToken },
		ArgumentsMap: {
			MeetingId: Meeting.MeetingId, Destination: "support", Target: "vc", Dial: "4711", CallerId: FROM, Timeout: "30",
			VoiceConnectorArn: `arn:aws:chime:${REGION}:${ACCOUNT}:vc/${CONNECTOR}`, Headers: JSON.stringify({ "X-Customer-Id": "c-1001" }),
		},
	});
	const { TransactionId } = made.SipMediaApplicationCall;

	assert.equal(made.$metadata.httpStatusCode, 201);
	assert.match(TransactionId, UUID);
	assert.equal((await here.phone("answered", moment)).headers["X-Customer-Id"], "c-1001");
	const update = (Arguments) => toVoice("UpdateSipMediaApplicationCall", { SipMediaApplicationId: APPLICATION, TransactionId, Arguments });
	const isOver = () => until(() => update({ action: "hangup" }).then(() => false, (e) => e instanceof voice.NotFoundException), "the call is over");
	return { Meeting, TransactionId, call, moment, update, isOver };
}

test("the bridge: meeting, application, telephone; tone both ways, digits, and the end of all", async () => {
	const { Meeting, TransactionId, call, moment, update, isOver } = await bridge(4);
	const told = await update({ action: "digits", digits: "12#" });
	assert.equal(told.$metadata.httpStatusCode, 202);
	assert.equal(told.SipMediaApplicationCall.TransactionId, TransactionId);
	const { status, output } = await call.ended; /* it has heard the telephone for its four seconds */
	assert.equal(status, 0, output);
	await update({ action: "hangup" });
	const heard = await here.phone("ended", moment);
	assert.equal(heard.digits, "12#");
	assert.ok(heard.by_far_end && heard.tone.onsets > 0, JSON.stringify(heard));
	await isOver();
	await toMeetings("DeleteMeeting", Meeting);
});

test("a meeting that is deleted takes the telephone and the application's call with it", async () => {
	const { Meeting, call, moment, isOver } = await bridge(60);
	await toMeetings("DeleteMeeting", Meeting);
	assert.ok((await here.phone("ended", moment)).by_far_end);
	await isOver();
	await call.ended;
});

/* --- who asks --- */

const other = (more) => new meetings.ChimeSDKMeetingsClient(settings(more));
const asks = (client) => client.send(new meetings.GetMeetingCommand({ MeetingId: nowhere }));

test("temporary keys: with their session token, and not without", async () => {
	await refused(asks(other({ credentials: TEMPORARY })), meetings.NotFoundException, 404);
	await refused(asks(other({ credentials: { ...TEMPORARY, sessionToken: undefined } })), "UnrecognizedClientException", 403);
	await refused(asks(other({ credentials: { ...TEMPORARY, sessionToken: "another" } })), "UnrecognizedClientException", 403);
});

test("a wrong secret, an unknown key, another region", async () => {
	await refused(asks(other({ credentials: { ...KEY, secretAccessKey: "wrong" } })), "InvalidSignatureException", 403);
	await refused(asks(other({ credentials: { ...KEY, accessKeyId: "AKIAUNKNOWN" } })), "UnrecognizedClientException", 403);
	await refused(asks(other({ region: "eu-west-1" })), "InvalidSignatureException", 403);
});

/* The client's clock is wrong by so much while it asks. */
async function shifted(ms, ask) {
	const now = Date.now;
	Date.now = () => now() + ms;
	try {
		return await ask();
	} finally {
		Date.now = now;
	}
}

test("a shifted clock: refused, and mended by the client from our Date", async () => {
	const describes = (client) => client.send(new connect.DescribeContactCommand({ InstanceId: INSTANCE, ContactId: nowhere }));
	for (const ms of [-3_600_000, 3_600_000]) {
		await shifted(ms, () => refused(asks(other()), "RequestExpired", 400));
		await shifted(ms, () => refused(describes(new connect.ConnectClient(settings())), "InvalidSignatureException", 403));
		await shifted(ms, () => refused(asks(other({ maxAttempts: 3 })), meetings.NotFoundException, 404));
		await shifted(ms, () => refused(describes(new connect.ConnectClient(settings({ maxAttempts: 3 }))),
			connect.ResourceNotFoundException, 404));
	}
	await shifted(-600_000, () => refused(asks(other()), meetings.NotFoundException, 404));
});

test("a changed byte anywhere is seen", async () => {
	const changes = {
		body: (request) => { request.body = Buffer.from(request.body).toString().replace("c2c", "d2c"); },
		path: (request) => { request.path = "/meetings/"; },
		query: (request) => { request.query = { operation: "create-attendees" }; },
		"x-amz-date": (request) => { request.headers["x-amz-date"] = request.headers["x-amz-date"].replace(/.Z$/, (t) => `${(Number(t[0]) + 1) % 10}Z`); },
		"amz-sdk-invocation-id": (request) => { request.headers["amz-sdk-invocation-id"] = newId(); },
	};
	for (const [name, change] of Object.entries(changes)) {
		const client = other();
		client.middlewareStack.add((next) => (args) => {
			change(args.request);
			return next(args);
		}, { step: "finalizeRequest", priority: "low" });
		const thrown = await client.send(new meetings.CreateMeetingCommand(newMeeting())).then(() => assert.fail(name), (e) => e);
		assert.ok([403, 404].includes(thrown.$metadata.httpStatusCode), `${name}: ${thrown}`);
		assert.ok(["InvalidSignatureException", "UnknownOperationException"].includes(thrown.name), `${name}: ${thrown.name}`);
	}
});

/* --- below the SDK --- */

const raw = (method, target, { body, headers = {} } = {}) =>
	fetch(`${here.endpoint}${target}`, { method, body, headers }).then(async (answer) => ({
		status: answer.status, type: answer.headers.get("x-amzn-errortype"), headers: answer.headers,
		body: await answer.text().then((text) => (text ? JSON.parse(text) : undefined)),
	}));

test("every answer has a Date and a request id, also those of no operation", async () => {
	for (const [method, target, type, status] of [
		["GET", "/", "UnknownOperationException", 404],
		["PATCH", "/meetings", "UnknownOperationException", 404],
		["POST", "/meetings?operation=destroy", "UnknownOperationException", 404],
		["POST", "/meetings", "MissingAuthenticationTokenException", 403],
		["GET", `/meetings/${nowhere}`, "MissingAuthenticationTokenException", 403],
		["POST", "/participant/connection", "AccessDeniedException", 403],
	]) {
		const answer = await raw(method, target);
		assert.equal(answer.type, type, target);
		assert.equal(answer.status, status);
		assert.match(answer.headers.get("x-amzn-requestid"), UUID);
		assert.ok(Math.abs(new Date(answer.headers.get("date")) - Date.now()) < 5000);
		assert.equal(answer.headers.get("content-type"), "application/json");
		assert.ok(answer.body.message ?? answer.body.Message);
	}
});

test("a body that is no JSON, of a wrong type, or too long", async () => {
	const headers = { "x-amz-bearer": "x", "content-type": "application/json" };
	for (const body of ["{", "[]", "7", '{"ContentType":7,"Content":"1"}', '{"a":1,"a":2}'])
		assert.equal((await raw("POST", "/participant/message", { headers, body })).type, "SerializationException", body);
	const long = await raw("POST", "/participant/message", { headers, body: " ".repeat(256 * 1024 + 1) });
	assert.equal(long.status, 413);
	assert.equal(long.type, "ValidationException");
	const empty = await raw("POST", "/participant/message", { headers });
	assert.equal(empty.type, "ValidationException");
	assert.equal(empty.body.Message, "ContentType is missing");
});

test("too many requests are told when to come again", async () => {
	const small = await startCompatible({ requests_per_second: 1 });
	try {
		const client = other({ endpoint: small.endpoint });
		const errors = [];
		for (let i = 0; i < 8; i++) errors.push(await asks(client).catch((e) => e));
		const throttled = errors.filter((e) => e instanceof meetings.ThrottlingException);
		assert.ok(throttled.length >= 4, errors.map(String).join("\n"));
		assert.equal(throttled[0].$metadata.httpStatusCode, 429);
		assert.equal(throttled[0].$response.headers["retry-after"], "1");
		assert.equal(throttled[0].$response.headers["x-amz-retry-after"], "1000");
	} finally {
		await small.stop();
	}
});

test("a server that goes away begins nothing more, and answers for what is there until it is over", async () => {
	const going = await startCompatible({}, { drain: 60 });
	try {
		const client = new connect.ConnectClient(settings({ endpoint: going.endpoint }));
		const { ContactId, ConnectionData } = await client.send(new connect.StartWebRTCContactCommand(newContact()));
		const call = await joinAs(ConnectionData, "--hear", "440", "--tone", "440", "--duration", "8");
		const look = () => client.send(new connect.DescribeContactCommand({ InstanceId: INSTANCE, ContactId }));

		await until(async () => (await look()).Contact.ConnectedToSystemTimestamp, "joined");
		process.kill(going.server.pid, "SIGTERM");
		await until(() => client.send(new connect.StartWebRTCContactCommand(newContact()))
			.then(({ ContactId: InitialContactId }) => client.send(new connect.StopContactCommand({ InstanceId: INSTANCE, ContactId: InitialContactId })))
			.then(() => false, (e) => e instanceof connect.LimitExceededException), "nothing is begun");
		assert.equal((await look()).Contact.DisconnectTimestamp, undefined);
		const { status, output } = await call.ended;
		assert.equal(status, 0, output);
		assert.equal((await going.server.program.ended).code, 0);
	} finally {
		await going.stop();
	}
});
