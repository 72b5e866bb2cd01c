/* aws/guide.test.mjs - POST /start-call as apps that were written for Amazon Connect's calls know it: what they decode,
 * and what they pass.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The schemas are what two strict decoders want of the answer, member by member: Swift structs with MediaPlacement
 * beside Meeting and Attendee, and those of the in-app calling sample, with MediaPlacement inside Meeting.  A Swift
 * decoder refuses an answer where a member is missing or null. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { ConnectClient, DescribeContactCommand, GetContactAttributesCommand } from "@aws-sdk/client-connect";
import { makeToken, startRingdown, until } from "../help/server.mjs";
import { FLOW, INSTANCE, KEY, REGION, startCompatible } from "./help/compatible.mjs";

const Ajv = createRequire(new URL("../e2e/package.json", import.meta.url))("ajv/dist/2020.js").default;

const text = { type: "string", minLength: 1 };
const all = (properties) => ({ type: "object", required: Object.keys(properties), properties });
const placement = all({ AudioHostUrl: text, AudioFallbackUrl: text, SignalingUrl: text, TurnControlUrl: text });
const attendee = all({ AttendeeId: text, JoinToken: text });
const models = {
	beside: all({
		ConnectionData: all({ Meeting: all({ MeetingId: text }), MediaPlacement: placement, Attendee: attendee }),
		ParticipantToken: text,
	}),
	inside: all({
		ConnectionData: all({
			Attendee: attendee,
			Meeting: all({
				MeetingId: text,
				MediaRegion: text,
				MediaPlacement: placement,
				MeetingFeatures: all({ Audio: all({ EchoReduction: { enum: ["AVAILABLE", "UNAVAILABLE"] } }) }),
			}),
		}),
		ContactId: text,
		ParticipantId: text,
		ParticipantToken: text,
	}),
};

const SECRET = "a secret that this test alone knows, and its server";
let aws, server, contacts;

before(async () => {
	aws = await startCompatible();
	Object.assign(process.env, {
		AWS_ACCESS_KEY_ID: KEY.accessKeyId, AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey, AWS_CONFIG_FILE: "/nonexistent/config",
		AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials", AWS_EC2_METADATA_DISABLED: "true",
	});
	contacts = new ConnectClient({ region: REGION, endpoint: aws.endpoint, credentials: KEY });
	server = await startRingdown({
		issuers: [{
			name: "bank", issuer: "https://bank.test", secret: SECRET, audience: ["ringdown"],
			attributes: { customer_id: "sub", auth_status: "auth_status" },
		}],
		destinations: [{ name: "support", providers: ["connect"], connect: { instance: INSTANCE, flow: FLOW }, origins: ["*"] }],
		more: { aws: { region: REGION, endpoint_url: aws.endpoint, requests_per_second: 100 } },
	});
	await until(async () => (await (await fetch(`${server.url}/v1/destinations/support`)).json()).open, "credentials");
});
after(async () => {
	contacts?.destroy();
	await server?.stop();
	await aws?.stop();
});

test("both models decode the answer, and the attributes of the session arrive", async () => {
	const token = makeToken(SECRET, { iss: "https://bank.test", sub: "c-1001", auth_status: "verified" });
	const response = await fetch(`${server.url}/start-call`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		body: JSON.stringify({ destination: "support", displayName: "Zoë N.", hints: { auth_status: "forged", topic: "refund" } }),
	});
	const answer = await response.json();
	const ajv = new Ajv({ allErrors: true });

	assert.equal(response.status, 201, JSON.stringify(answer));
	for (const [name, model] of Object.entries(models))
		assert.ok(ajv.validate(model, answer), `${name}: ${ajv.errorsText()}`);

	const contact = { InstanceId: INSTANCE, InitialContactId: answer.ContactId };
	const { Attributes } = await contacts.send(new GetContactAttributesCommand(contact));
	assert.deepEqual(Attributes, {
		customer_id: "c-1001", auth_status: "verified", hint_auth_status: "forged", hint_topic: "refund",
	});
	assert.ok(!JSON.stringify(Attributes).includes(token.slice(0, 20)), "no token among the attributes");
	const { Contact } = await contacts.send(new DescribeContactCommand({ InstanceId: INSTANCE, ContactId: answer.ContactId }));
	assert.equal(Contact.InitiationMethod, "WEBRTC_API");
	assert.equal(Contact.Channel, "VOICE");
});
