/* fake/aws.mjs - an AWS on loopback that looks closely, and that can be rude.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP port is every service: Connect, Connect Participant, Chime SDK meetings and voice, Lambda, STS, the
 * container credentials endpoint and instance metadata.  It judges signatures with AWS's own JavaScript signer.
 *
 *   const aws = await startFakeAws(options)      options: { region, account, skewMs }
 *     .url .port                                 base URL, for AWS_ENDPOINT_URL and the like
 *     .keys                                      Map: access key id -> { secret, token, expires (ms), revoked }; AKIDFAKE is there
 *     .newKeys({ ms, token })                    makes temporary keys and gives { id, secret, token, expires }
 *     .environment(more)                         what a client needs: region, endpoint, the keys AKIDFAKE, no files, no metadata
 *     .requests                                  every request in order, as struct below
 *     .of(operation)                             those of one operation
 *     .take(operation, ms)                       awaits the next one of it that was not taken yet
 *     .rude(behaviour, ...)                      what happens to the next matching requests; see below
 *     .on(operation, (request, aws) => answer)   replaces what an operation does; answer: { status, json, headers },
 *                                                a plain object (200), or throw new AwsError(status, name, message)
 *     .skewMs                                    how much its clock is ahead of ours: Date, and what it verifies with
 *     .contacts .meetings .calls                 Maps by id: what exists; a contact: { id, request, answer, state, ... }
 *     .starts                                    how often a contact, a meeting or a call was really made, by operation
 *     .close()
 *
 * A request: { at, method, target, path, query, headers, rawHeaders, body (text), json, service, operation, attempt,
 *   invocation, keyId, fault (why the signature is refused; "" if good), status (answered), behaviour (rude one) }
 *
 * A behaviour: { operation (or RegExp over "METHOD path"; none: any), times (1), then one of
 *   error: [status, name, message], headers   answers with an error instead of doing it
 *   hang: true        never answers; with done: true the work is done before
 *   cut: true         closes the connection; with done: true the work is done before
 *   raw: text         answers with these bytes
 *   json: value       answers 200 with this, whatever it is
 *   delayMs           waits before it goes on as usual }
 *
 * RD_AWS_SHAPES may name a folder of shape files (service.Operation.json); then each request is held against its shape:
 * members, places, types, lengths, patterns, enums.  What does not fit is in .misfits, and close() fails for it unless the
 * test has emptied it.
 *
 * Credentials: GET /container (Authorization: .containerToken if set) and instance metadata under /latest, whose role
 * is .metadataRole; both give .newKeys({ ms: .credentialsMs }), or what .giveKeys() returns.  STS: AssumeRole (signed),
 * AssumeRoleWithWebIdentity (.webToken).  Their operations are "Container", "MetadataToken", "MetadataRole",
 * "MetadataKeys", "AssumeRole", "AssumeRoleWithWebIdentity".  */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../aws/package.json", import.meta.url));
const { SignatureV4 } = require("@smithy/signature-v4");
const { Hash } = require("@smithy/hash-node");

export const KEY = { id: "AKIDFAKE", secret: "fake/Secret+0123456789" };
const WINDOW_MS = 15 * 60_000;
const WAIT_MS = 30_000;

export class AwsError extends Error {
	constructor(status, name, message = "as the test wants it", headers = {}) {
		super(message);
		Object.assign(this, { status, name, headers });
	}
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const token = () => randomBytes(24).toString("base64url");
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
const asDate = (text) => new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));

function asQuery(text) {
	const query = {};
	for (const pair of text.split("&").filter(Boolean)) {
		const [name, value = ""] = pair.split("=").map(decodeURIComponent);
		query[name] = name in query ? [query[name], value].flat() : value;
	}
	return query;
}

/* --- what the operations do --- */

function joining(aws, meetingId) {
	const host = `127.0.0.1:${aws.port}`;
	return {
		AudioHostUrl: host,
		AudioFallbackUrl: `wss://${host}/calls/${meetingId}`,
		SignalingUrl: `wss://${host}/control/${meetingId}`,
		TurnControlUrl: `https://${host}/v2/turn_sessions`,
		EventIngestionUrl: `https://${host}/v1/client-events`,
	};
}

function startContact({ json }, aws) {
	const known = json.ClientToken && [...aws.contacts.values()].find((c) => c.request.ClientToken === json.ClientToken);
	if (known) return known.answer;
	const id = randomUUID(), meeting = randomUUID();
	const answer = {
		ConnectionData: {
			Attendee: { AttendeeId: randomUUID(), JoinToken: token() },
			Meeting: {
				MeetingId: meeting, MediaRegion: aws.region, MediaPlacement: joining(aws, meeting),
				MeetingFeatures: { Audio: { EchoReduction: "UNAVAILABLE" } },
			},
		},
		ContactId: id, ParticipantId: randomUUID(), ParticipantToken: `participant-${token()}`,
	};
	aws.made("StartWebRTCContact");
	aws.contacts.set(id, { id, request: json, answer, state: "started", since: Date.now(), attributes: { ...json.Attributes }, digits: "" });
	return answer;
}

function findContact(aws, id) {
	const contact = aws.contacts.get(id);
	if (!contact) throw new AwsError(404, "ResourceNotFoundException", "no such contact");
	return contact;
}

function stopContact({ json }, aws) {
	const contact = findContact(aws, json.ContactId);
	if (contact.state === "ended") throw new AwsError(410, "ContactNotFoundException", "it has ended");
	contact.state = "ended";
	contact.ended = Date.now();
	return {};
}

/* state: started, queued, agent, ended; a test sets it. */
function describeContact({ parts }, aws) {
	const c = findContact(aws, parts[1]);
	const seconds = (ms) => ms / 1000;
	return {
		Contact: {
			Arn: `arn:aws:connect:${aws.region}:${aws.account}:instance/${parts[0]}/contact/${c.id}`, Id: c.id,
			InitiationMethod: "WEBRTC_API", Channel: "VOICE", InitiationTimestamp: seconds(c.since),
			ConnectedToSystemTimestamp: seconds(c.since), LastUpdateTimestamp: seconds(Date.now()),
			...(["queued", "agent"].includes(c.state) && { QueueInfo: { Id: "queue-1", EnqueueTimestamp: seconds(c.since) } }),
			...((c.state === "agent" || c.hadAgent) && { AgentInfo: { Id: "agent-1", ConnectedToAgentTimestamp: seconds(Date.now()) } }),
			...(c.state === "ended" && { DisconnectTimestamp: seconds(c.ended ?? Date.now()), DisconnectReason: c.reason ?? "CUSTOMER_DISCONNECT" }),
		},
	};
}

function ofConnection(request, aws, prefix) {
	const contact = [...aws.contacts.values()].find((c) => c[prefix] === request.headers["x-amz-bearer"]
		|| (prefix === "participant" && c.answer.ParticipantToken === request.headers["x-amz-bearer"]));
	if (!contact || contact.state === "ended") throw new AwsError(403, "AccessDeniedException", "no such token");
	return contact;
}

function connectParticipant(request, aws) {
	const contact = ofConnection(request, aws, "participant");
	contact.connection = `connection-${token()}`;
	return { ConnectionCredentials: { ConnectionToken: contact.connection, Expiry: new Date(Date.now() + aws.connectionMs).toISOString() } };
}

function sendMessage(request, aws) {
	const contact = ofConnection(request, aws, "connection");
	const { ContentType, Content } = request.json;
	if (ContentType === "audio/dtmf" && !/^[0-9*#]+$/.test(Content)) throw new AwsError(400, "ValidationException", "no digits");
	contact.digits += Content;
	return { Id: randomUUID(), AbsoluteTime: new Date().toISOString() };
}

function attendee(external) {
	return { ExternalUserId: external, AttendeeId: randomUUID(), JoinToken: token(),
		Capabilities: { Audio: "SendReceive", Video: "SendReceive", Content: "SendReceive" } };
}

function createMeeting({ json }, aws) {
	const known = [...aws.meetings.values()].find((m) => m.request.ClientRequestToken === json.ClientRequestToken);
	if (known) return known;
	const id = randomUUID();
	const meeting = {
		id, request: json, attendees: new Map(),
		Meeting: {
			MeetingId: id, ExternalMeetingId: json.ExternalMeetingId, MediaRegion: json.MediaRegion, MediaPlacement: joining(aws, id),
			MeetingFeatures: json.MeetingFeatures ?? {}, MeetingArn: `arn:aws:chime:${aws.region}:${aws.account}:meeting/${id}`, TenantIds: [],
		},
	};
	for (const one of json.Attendees ?? []) {
		const made = attendee(one.ExternalUserId);
		meeting.attendees.set(made.AttendeeId, made);
	}
	aws.made("CreateMeeting");
	aws.meetings.set(id, meeting);
	return meeting;
}

function findMeeting(aws, id) {
	const meeting = aws.meetings.get(id.toLowerCase());
	if (!meeting) throw new AwsError(404, "NotFoundException", "no such meeting");
	return meeting;
}

function addAttendee(meeting, external) {
	const known = [...meeting.attendees.values()].find((a) => a.ExternalUserId === external);
	const made = known ?? attendee(external);
	meeting.attendees.set(made.AttendeeId, made);
	return made;
}

function findAttendee({ parts }, aws) {
	const found = findMeeting(aws, parts[0]).attendees.get(parts[1]);
	if (!found) throw new AwsError(404, "NotFoundException", "no such attendee");
	return found;
}

function createCall({ parts, json }, aws) {
	const id = randomUUID();
	aws.made("CreateSipMediaApplicationCall");
	aws.calls.set(id, { id, application: parts[0], request: json, updates: [] });
	return { status: 201, json: { SipMediaApplicationCall: { TransactionId: id } } };
}

function updateCall({ parts, json }, aws) {
	const call = aws.calls.get(parts[1]);
	if (!call) throw new AwsError(404, "NotFoundException", "no such call");
	call.updates.push(json.Arguments);
	return { status: 202, json: { SipMediaApplicationCall: { TransactionId: call.id } } };
}

const keysXml = (action, k) => `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>`
	+ `<AccessKeyId>${k.id}</AccessKeyId><SecretAccessKey>${k.secret}</SecretAccessKey><SessionToken>${k.token}</SessionToken>`
	+ `<Expiration>${iso(k.expires)}</Expiration></Credentials></${action}Result></${action}Response>`;

function assumeRole(request, aws) {
	const { form } = request;
	if (form.Action === "AssumeRoleWithWebIdentity" && form.WebIdentityToken !== aws.webToken)
		throw new AwsError(400, "InvalidIdentityToken", "not this token");
	return { status: 200, text: keysXml(form.Action, aws.giveKeys()), type: "text/xml" };
}

function containerKeys({ headers }, aws) {
	if (aws.containerToken && headers.authorization !== aws.containerToken) throw new AwsError(403, "Forbidden");
	const k = aws.giveKeys();
	return { AccessKeyId: k.id, SecretAccessKey: k.secret, Token: k.token, Expiration: iso(k.expires) };
}

function metadataToken({ headers }, aws) {
	if (!/^\d+$/.test(headers["x-aws-ec2-metadata-token-ttl-seconds"] ?? "")) throw new AwsError(400, "BadRequest");
	aws.metadataToken = token();
	return { status: 200, text: aws.metadataToken, type: "text/plain" };
}

function needMetadataToken({ headers }, aws) {
	if (!aws.metadataToken || headers["x-aws-ec2-metadata-token"] !== aws.metadataToken) throw new AwsError(401, "Unauthorized");
}

function metadataRole(request, aws) {
	needMetadataToken(request, aws);
	if (!aws.metadataRole) throw new AwsError(404, "NotFound");
	return { status: 200, text: aws.metadataRole, type: "text/plain" };
}

function metadataKeys(request, aws) {
	needMetadataToken(request, aws);
	const k = aws.giveKeys();
	return { Code: "Success", LastUpdated: iso(Date.now()), Type: "AWS-HMAC", AccessKeyId: k.id, SecretAccessKey: k.secret,
		Token: k.token, Expiration: iso(k.expires) };
}

/* name, service (signing name; "" unsigned, "bearer"), method, path with {} for a segment, operation of the query, what it does */
const OPERATIONS = [
	["StartWebRTCContact", "connect", "PUT", "/contact/webrtc", , startContact],
	["StopContact", "connect", "POST", "/contact/stop", , stopContact],
	["UpdateContactAttributes", "connect", "POST", "/contact/attributes", , ({ json }, aws) => {
		Object.assign(findContact(aws, json.InitialContactId).attributes, json.Attributes);
		return {};
	}],
	["GetContactAttributes", "connect", "GET", "/contact/attributes/{}/{}", ,
		({ parts }, aws) => ({ Attributes: findContact(aws, parts[1]).attributes })],
	["DescribeContact", "connect", "GET", "/contacts/{}/{}", , describeContact],
	["GetContactMetrics", "connect", "POST", "/metrics/contact", , ({ json }, aws) => {
		const { metrics = {}, id } = findContact(aws, json.ContactId);
		return { MetricResults: json.Metrics.map(({ Name }) => ({ Name, Value: { Number: metrics[Name] ?? 0 } })), Id: id };
	}],
	["CreateParticipantConnection", "bearer", "POST", "/participant/connection", , connectParticipant],
	["SendMessage", "bearer", "POST", "/participant/message", , sendMessage],
	["DisconnectParticipant", "bearer", "POST", "/participant/disconnect", , (r, aws) => (ofConnection(r, aws, "connection"), {})],
	["CreateMeetingWithAttendees", "chime", "POST", "/meetings", "create-attendees", (r, aws) => {
		const m = createMeeting(r, aws);
		return { Meeting: m.Meeting, Attendees: [...m.attendees.values()], Errors: [] };
	}],
	["CreateMeeting", "chime", "POST", "/meetings", , (r, aws) => ({ Meeting: createMeeting(r, aws).Meeting })],
	["GetMeeting", "chime", "GET", "/meetings/{}", , ({ parts }, aws) => ({ Meeting: findMeeting(aws, parts[0]).Meeting })],
	["DeleteMeeting", "chime", "DELETE", "/meetings/{}", , ({ parts }, aws) => {
		aws.meetings.delete(parts[0].toLowerCase());
		return { status: 204 };
	}],
	["BatchCreateAttendee", "chime", "POST", "/meetings/{}/attendees", "batch-create", ({ parts, json }, aws) => {
		const m = findMeeting(aws, parts[0]);
		return { Attendees: json.Attendees.map((a) => addAttendee(m, a.ExternalUserId)), Errors: [] };
	}],
	["CreateAttendee", "chime", "POST", "/meetings/{}/attendees", ,
		({ parts, json }, aws) => ({ Attendee: addAttendee(findMeeting(aws, parts[0]), json.ExternalUserId) })],
	["ListAttendees", "chime", "GET", "/meetings/{}/attendees", ,
		({ parts }, aws) => ({ Attendees: [...findMeeting(aws, parts[0]).attendees.values()] })],
	["GetAttendee", "chime", "GET", "/meetings/{}/attendees/{}", , (r, aws) => ({ Attendee: findAttendee(r, aws) })],
	["DeleteAttendee", "chime", "DELETE", "/meetings/{}/attendees/{}", , (r, aws) => {
		findMeeting(aws, r.parts[0]).attendees.delete(findAttendee(r, aws).AttendeeId);
		return { status: 204 };
	}],
	["CreateSipMediaApplicationCall", "chime", "POST", "/sip-media-applications/{}/calls", , createCall],
	["UpdateSipMediaApplicationCall", "chime", "POST", "/sip-media-applications/{}/calls/{}", , updateCall],
	["Invoke", "lambda", "POST", "/2015-03-31/functions/{}/invocations", , ({ json }) => json],
	["AssumeRole", "sts", "POST", "/", , assumeRole],
	["AssumeRoleWithWebIdentity", "", "POST", "/", , assumeRole],
	["Container", "", "GET", "/container", , containerKeys],
	["MetadataToken", "", "PUT", "/latest/api/token", , metadataToken],
	["MetadataRole", "", "GET", "/latest/meta-data/iam/security-credentials/", , metadataRole],
	["MetadataKeys", "", "GET", "/latest/meta-data/iam/security-credentials/{}", , metadataKeys],
].map(([name, service, method, path, flag, run]) => ({
	name, service, method, flag, run, pattern: new RegExp(`^${path.replaceAll("{}", "([^/]+)")}$`),
}));

/* --- shapes --- */

const SHAPES = new Map(process.env.RD_AWS_SHAPES ? readdirSync(process.env.RD_AWS_SHAPES)
	.map((name) => /^[a-z-]+\.([A-Z]\w+)\.json$/.exec(name)).filter(Boolean)
	.map(([name, operation]) => [operation, JSON.parse(readFileSync(`${process.env.RD_AWS_SHAPES}/${name}`, "utf8"))]) : []);
const KINDS = { string: "string", integer: "number", boolean: "boolean", structure: "object", map: "object" };

/* Says what in value is not as the shape has it. */
function* differences(value, shape, at) {
	if (shape.type === "list" ? !Array.isArray(value) : KINDS[shape.type] && typeof value !== KINDS[shape.type])
		return void (yield `${at} is no ${shape.type}`);
	const size = { string: () => [...value].length, list: () => value.length, map: () => Object.keys(value).length, integer: () => value }[shape.type]?.() ?? 0;
	if (size < (shape.min ?? size) || size > (shape.max ?? size)) yield `${at} has ${size}, not ${shape.min ?? ""} to ${shape.max ?? ""}`;
	if (shape.enum && !shape.enum.includes(value)) yield `${at} is ${value}`;
	if (shape.pattern && !new RegExp(shape.pattern).test(value)) yield `${at} is not ${shape.pattern}`;
	if (shape.type === "list") for (const [i, one] of value.entries()) yield* differences(one, shape.items, `${at}[${i}]`);
	if (shape.type === "map") for (const [key, one] of Object.entries(value)) {
		yield* differences(key, shape.key, `name ${key} of ${at}`);
		yield* differences(one, shape.value, `${at}.${key}`);
	}
	if (shape.type === "structure" && shape.members) yield* memberDifferences(value, shape.members, at);
}

function* memberDifferences(values, members, at) {
	for (const name of Object.keys(values)) if (!members[name]) yield `${at}.${name} is in no shape`;
	for (const [name, member] of Object.entries(members)) {
		if (values[name] !== undefined) yield* differences(values[name], member, `${at}.${name}`);
		else if (member.required) yield `${at}.${name} is missing`;
	}
}

/* The members of a request by their names, wherever they were. */
function* requestDifferences(request) {
	const shape = SHAPES.get(request.operation);
	if (!shape) return;
	const { members } = shape.request;
	const values = request.form.Action ? { ...request.form } : { ...request.json };
	delete values.Action;
	delete values.Version;
	if (values.DurationSeconds) values.DurationSeconds = Number(values.DurationSeconds);
	for (const [i, [, name]] of [...shape.http.path.matchAll(/\{(\w+)\}/g)].entries()) values[name] = request.parts[i];
	for (const [name, member] of Object.entries(members)) {
		const wire = member.wireName ?? name;
		if (member.in === "header" && request.headers[wire.toLowerCase()] !== undefined) values[name] = request.headers[wire.toLowerCase()];
		if (member.in === "query" && request.query[wire] !== undefined)
			values[name] = member.type === "integer" ? Number(request.query[wire]) : request.query[wire];
		if (member.in === "payload") return;
	}
	yield* memberDifferences(values, members, request.operation);
}

/* --- the front --- */

export class FakeAws {
	constructor({ region = "us-east-1", account = "111122223333", skewMs = 0 } = {}) {
		Object.assign(this, {
			region, account, skewMs, keys: new Map([[KEY.id, { secret: KEY.secret }]]), requests: [], behaviours: [], replaced: new Map(),
			contacts: new Map(), meetings: new Map(), calls: new Map(), starts: {}, taken: new Set(), waiting: new Set(), misfits: [], sockets: new Set(),
			credentialsMs: 3600_000, connectionMs: 24 * 3600_000, metadataRole: "fake-role", webToken: "eyJweb.identity.token",
		});
		this.giveKeys = () => this.newKeys({ ms: this.credentialsMs });
	}

	newKeys({ ms = 3600_000, token: text = `Fwo//${token()}==` } = {}) {
		const id = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
		const k = { secret: `s/${token()}`, token: text, expires: Math.ceil((this.now() + ms) / 1000) * 1000 };
		this.keys.set(id, k);
		return { id, ...k };
	}

	environment(more = {}) {
		return {
			PATH: process.env.PATH, AWS_REGION: this.region, AWS_ENDPOINT_URL: this.url, AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret,
			AWS_CONFIG_FILE: "/nonexistent/config", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials", AWS_EC2_METADATA_DISABLED: "true",
			...more,
		};
	}

	now() { return Date.now() + this.skewMs; }
	made(what) { this.starts[what] = (this.starts[what] ?? 0) + 1; }
	of(operation) { return this.requests.filter((r) => r.operation === operation); }
	on(operation, run) { this.replaced.set(operation, run); }
	rude(...behaviours) { this.behaviours.push(...behaviours.map((b) => ({ times: 1, ...b }))); }

	async take(operation, ms = WAIT_MS) {
		for (const end = Date.now() + ms; ;) {
			const found = this.requests.find((r) => r.operation === operation && !this.taken.has(r));
			if (found) {
				this.taken.add(found);
				return found;
			}
			if (Date.now() >= end) throw new Error(`no ${operation} came; there were: ${this.requests.map((r) => r.operation).join(" ")}`);
			await new Promise((wake) => {
				const late = setTimeout(wake, end - Date.now());
				this.waiting.add(() => { clearTimeout(late); wake(); });
			});
			this.waiting.clear();
		}
	}

	/* Why the signature is not good; "" if it is.  The signer is not ours. */
	async judge(request, service) {
		const { headers } = request;
		const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
			.exec(headers.authorization ?? "");
		if (!headers.authorization) return "MissingAuthenticationTokenException";
		if (!parts) return "IncompleteSignatureException";
		const [, id, , region, scope, list] = parts;
		const key = this.keys.get(id);
		request.keyId = id;
		if (!key) return "UnrecognizedClientException";
		if (region !== this.region || scope !== service) return "InvalidSignatureException: scope";
		const date = asDate(headers["x-amz-date"]);
		const hash = headers["x-amz-content-sha256"];
		if (hash !== undefined && hash !== sha256(request.body)) return "InvalidSignatureException: body hash";
		const signed = Object.fromEntries(list.split(";").map((name) => [name, headers[name]]));
		delete signed["x-amz-date"];
		delete signed["x-amz-security-token"];
		const signer = new SignatureV4({
			credentials: { accessKeyId: id, secretAccessKey: key.secret, sessionToken: headers["x-amz-security-token"] },
			region, service, sha256: Hash.bind(null, "sha256"), applyChecksum: false,
		});
		const again = await signer.sign({ method: request.method, protocol: "http:", hostname: "", path: request.path,
			query: asQuery(request.queryText), headers: signed, body: request.body }, { signingDate: date });
		if (again.headers.authorization !== headers.authorization) return "InvalidSignatureException: signature";
		if (Math.abs(this.now() - date.getTime()) > WINDOW_MS) return service === "chime" ? "RequestExpired" : "InvalidSignatureException: date";
		if ((key.token ?? "") !== (headers["x-amz-security-token"] ?? "")) return "UnrecognizedClientException";
		return key.revoked || (key.expires && this.now() >= key.expires) ? "ExpiredTokenException" : "";
	}

	async serve(message, response) {
		const chunks = [];
		for await (const chunk of message) chunks.push(chunk);
		const [path, queryText = ""] = message.url.split("?");
		const body = Buffer.concat(chunks).toString("utf8");
		const request = { at: Date.now(), method: message.method, target: message.url, path, queryText, query: asQuery(queryText), body,
			headers: message.headers, rawHeaders: message.rawHeaders, form: {}, operation: "unknown", fault: "",
			attempt: Number(/attempt=(\d+)/.exec(message.headers["amz-sdk-request"])?.[1] ?? 0), invocation: message.headers["amz-sdk-invocation-id"] };
		if (/x-www-form-urlencoded/.test(message.headers["content-type"])) request.form = Object.fromEntries(new URLSearchParams(body));
		try { request.json = body ? JSON.parse(body) : {}; } catch { request.json = undefined; }
		const operation = OPERATIONS.find((o) => o.method === request.method && o.pattern.test(path)
			&& (o.flag ?? "") === (request.query.operation ?? "") && (path !== "/" || o.name === request.form.Action));
		if (operation) {
			request.operation = operation.name;
			request.service = operation.service;
			request.parts = operation.pattern.exec(path).slice(1).map(decodeURIComponent);
		}
		this.requests.push(request);
		if (request.json !== undefined || request.form.Action) this.misfits.push(...requestDifferences(request));
		for (const wake of this.waiting) wake();
		await this.answer(request, operation, message, response);
	}

	behaviourFor(request) {
		const found = this.behaviours.find((b) => b.times > 0 && (b.operation === undefined || b.operation === request.operation
			|| (b.operation instanceof RegExp && b.operation.test(`${request.method} ${request.path}`))));
		if (found) found.times--;
		return found;
	}

	async run(request, operation) {
		if (!operation) throw new AwsError(404, "UnknownOperationException", "no such operation");
		if (operation.service === "bearer") {
			if (!request.headers["x-amz-bearer"]) throw new AwsError(403, "AccessDeniedException", "no bearer");
		} else if (operation.service) {
			request.fault = await this.judge(request, operation.service);
			const [name, why = name] = request.fault.split(": ");
			if (name) throw new AwsError(/Incomplete|RequestExpired/.test(name) ? 400 : 403, name, why);
		}
		if (request.json === undefined && !request.form.Action) throw new AwsError(400, "SerializationException", "no JSON");
		const answer = await (this.replaced.get(operation.name) ?? operation.run)(request, this);
		return "status" in answer ? answer : { status: 200, json: answer };
	}

	async answer(request, operation, message, response) {
		const behaviour = this.behaviourFor(request) ?? {};
		request.behaviour = behaviour;
		if (behaviour.delayMs) await new Promise((done) => setTimeout(done, behaviour.delayMs));
		if ((behaviour.hang || behaviour.cut) && behaviour.done) await this.run(request, operation).catch(() => {});
		if (behaviour.hang) return;
		if (behaviour.cut) return void message.socket.destroy();
		if (behaviour.raw !== undefined) return void message.socket.end(behaviour.raw);
		if (behaviour.json !== undefined) return this.send(request, response, { status: 200, json: behaviour.json });
		try {
			if (behaviour.error) {
				if (operation?.service && operation.service !== "bearer") request.fault = await this.judge(request, operation.service);
				const [status, name, message] = behaviour.error;
				throw new AwsError(status, name, message, behaviour.headers);
			}
			this.send(request, response, await this.run(request, operation));
		} catch (error) {
			if (!(error instanceof AwsError)) throw error;
			this.send(request, response, this.errorAnswer(request, error));
		}
	}

	errorAnswer(request, error) {
		if (request.form.Action)
			return { status: error.status, type: "text/xml", headers: error.headers, text: "<ErrorResponse><Error><Type>Sender</Type>"
				+ `<Code>${error.name}</Code><Message>${error.message}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>` };
		const json = request.service === "chime" ? { Code: error.name.replace(/Exception$/, ""), Message: error.message } : { Message: error.message };
		return { status: error.status, json, headers: { "x-amzn-ErrorType": error.name, ...error.headers } };
	}

	send(request, response, { status, json, text, type = "application/json", headers = {} }) {
		request.status = status;
		const body = status === 204 ? "" : text ?? JSON.stringify(json ?? {});
		response.sendDate = false;
		response.writeHead(status, { ...(body && { "Content-Type": type }), "Content-Length": Buffer.byteLength(body),
			"x-amzn-RequestId": randomUUID(), Date: new Date(this.now()).toUTCString(), ...headers });
		response.end(body);
	}

	async listen() {
		this.server = http.createServer((message, response) => {
			this.serve(message, response).catch((error) => {
				this.broken = error;
				message.socket.destroy();
			});
		});
		this.server.on("connection", (socket) => {
			this.sockets.add(socket);
			socket.on("close", () => this.sockets.delete(socket)).on("error", () => {});
		});
		await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
		this.port = this.server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
		return this;
	}

	/* Fails if the fake itself has failed, or a request did not fit its shape. */
	async close() {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((done) => this.server.close(done));
		if (this.broken) throw this.broken;
		if (this.misfits.length) throw new Error(`requests that fit no shape: ${this.misfits.join("; ")}`);
	}
}

export const startFakeAws = (options) => new FakeAws(options).listen();
