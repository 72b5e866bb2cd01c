/* aws/shapes.test.mjs - the sample bodies and shapes of the folder that RD_AWS_SHAPES names: what is valid is taken, what is not is
 * refused by its name, and no answer has a member that the shapes do not have.  Skipped without such a folder.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { startCompatible } from "./help/compatible.mjs";
import { ask } from "./help/raw.mjs";

const FOLDER = process.env.RD_AWS_SHAPES;
const skip = FOLDER ? false : "RD_AWS_SHAPES names no folder";
const SERVICES = { connect: "connect", "chime-sdk-meetings": "chime", "chime-sdk-voice": "chime", connectparticipant: undefined };
const NOT_ANSWERED = ["connect.CreateParticipant"];

const read = (name) => JSON.parse(readFileSync(path.join(FOLDER, name), "utf8"));
const shapes = FOLDER ? Object.fromEntries(readdirSync(FOLDER).filter((name) => Object.keys(SERVICES).some((s) => name.startsWith(`${s}.`)))
	.map((name) => [name.replace(/\.json$/, ""), read(name)])) : {};
const samples = FOLDER ? read("sample-bodies.json").bodies.filter(({ kind, operation }) =>
	kind === "request" && shapes[operation] && !NOT_ANSWERED.includes(operation)) : [];

let here;
before(async () => {
	if (FOLDER) here = await startCompatible({ instance: "11111111-2222-4333-8444-555555555555", requests_per_second: 0 });
});
after(() => here?.stop());

function send(sample, body = sample.body) {
	const { http } = shapes[sample.operation];
	const target = http.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(sample.pathParams[name]));
	return ask(here.endpoint, http.method, target, {
		service: SERVICES[sample.operation.split(".")[0]], query: { ...http.staticQuery, ...sample.query }, body, headers: sample.headers,
	});
}

/* Every member is one of the shape's, and of its type. */
function fits(value, shape, at) {
	if (shape.type === "structure" && shape.members) {
		assert.equal(typeof value, "object", at);
		for (const [name, member] of Object.entries(value)) {
			assert.ok(shape.members[name], `${at}.${name} is in no shape`);
			fits(member, shape.members[name], `${at}.${name}`);
		}
	}
	if (shape.type === "list") for (const [i, item] of value.entries()) fits(item, shape.items, `${at}[${i}]`);
	if (shape.type === "map") for (const [key, item] of Object.entries(value)) fits(item, shape.value, `${at}.${key}`);
	if (shape.type === "string") {
		assert.equal(typeof value, "string", at);
		if (shape.enum) assert.ok(shape.enum.includes(value), `${at} is ${value}`);
		assert.ok([...value].length <= (shape.max ?? Infinity) && [...value].length >= (shape.min ?? 0), `${at} is ${value}`);
	}
	if (["integer", "long"].includes(shape.type)) assert.ok(Number.isInteger(value), at);
}

function fitsAnswer(operation, json) {
	fits(json ?? {}, { type: "structure", members: shapes[operation].response.members ?? {} }, operation);
}

for (const [i, sample] of samples.entries())
	test(`${sample.operation}: ${sample.name ?? "the sample"} is ${sample.valid ? "taken" : "refused"}`, async () => {
		/* The samples share one token, with which they would be conflicts. */
		if (sample.valid && sample.body.ClientRequestToken) sample.body.ClientRequestToken += `-${i}`;
		const answer = await send(sample);
		const known = shapes[sample.operation].errors.map(({ name }) => name);

		if (sample.valid) {
			/* Flows, meetings and tokens of the samples are not here. */
			assert.ok([200, 201, 202, 403, 404, 410].includes(answer.status) || answer.json.Message.includes("SIP media application")
				|| answer.json.Message.includes("application"), JSON.stringify(answer.json));
			if (answer.status < 300) fitsAnswer(sample.operation, answer.json);
		} else {
			assert.equal(answer.status, sample.error.status, JSON.stringify(answer.json));
			assert.equal(answer.type, sample.error.name);
		}
		if (answer.status >= 400) assert.ok([...known, "SerializationException"].includes(answer.type), answer.type);
	});

test("answers have the members of the shapes, and no others", { skip }, async () => {
	const query = { operation: "create-attendees" };
	const meeting = await send({ operation: "chime-sdk-meetings.CreateMeetingWithAttendees", query }, {
		ClientRequestToken: "shapes-1", MediaRegion: "us-east-1", ExternalMeetingId: "shapes", Attendees: [{ ExternalUserId: "one" }],
		MeetingFeatures: { Audio: { EchoReduction: "AVAILABLE" }, Video: { MaxResolution: "FHD" }, Content: { MaxResolution: "UHD" }, Attendee: { MaxCount: 2 } },
	});
	assert.equal(meeting.status, 200);
	const pathParams = { MeetingId: meeting.json.Meeting.MeetingId, AttendeeId: meeting.json.Attendees[0].AttendeeId };
	fitsAnswer("chime-sdk-meetings.CreateMeetingWithAttendees", meeting.json);
	for (const name of ["GetMeeting", "ListAttendees", "GetAttendee"]) {
		const answer = await send({ operation: `chime-sdk-meetings.${name}`, pathParams });
		assert.equal(answer.status, 200, JSON.stringify(answer.json));
		fitsAnswer(`chime-sdk-meetings.${name}`, answer.json);
	}
	const connector = await send({ operation: "chime-sdk-voice.CreateVoiceConnector" }, { Name: "shapes", RequireEncryption: true });
	assert.equal(connector.status, 201);
	fitsAnswer("chime-sdk-voice.CreateVoiceConnector", connector.json);

	const InstanceId = "11111111-2222-4333-8444-555555555555";
	const contact = await send({ operation: "connect.StartWebRTCContact" }, {
		InstanceId, ContactFlowId: "22222222-2222-4222-8222-222222222222", ParticipantDetails: { DisplayName: "Zoë" }, Attributes: { a: "b" },
		AllowedCapabilities: { Customer: { Video: "SEND" } }, Description: "d",
	});
	assert.equal(contact.status, 200);
	fitsAnswer("connect.StartWebRTCContact", contact.json);
	const { ContactId, ParticipantToken } = contact.json;
	const ids = { pathParams: { InstanceId, ContactId, InitialContactId: ContactId } };
	for (const name of ["DescribeContact", "GetContactAttributes"])
		fitsAnswer(`connect.${name}`, (await send({ operation: `connect.${name}`, ...ids })).json);
	const connection = await send({ operation: "connectparticipant.CreateParticipantConnection", headers: { "x-amz-bearer": ParticipantToken } },
		{ Type: ["CONNECTION_CREDENTIALS"] });
	assert.equal(connection.status, 200);
	fitsAnswer("connectparticipant.CreateParticipantConnection", connection.json);
	fitsAnswer("connect.StopContact", (await send({ operation: "connect.StopContact" }, { InstanceId, ContactId })).json);
});
