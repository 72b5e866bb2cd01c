/* lambda/forms.test.mjs - one handler in its three forms, over real legs.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A caller calls by provider chime of one server; a second server plays the
 * Chime SDK and runs the SIP media application, whose handler is in its own
 * process, the first server's URL, or the Lambda function; `ringdown answer`
 * is the telephone. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { startRuntime } from "../fake/runtime.mjs";
import { Caller } from "../help/call.mjs";
import { NO_LIMITS, freePort, startAnswer, startRingdown, until } from "../help/server.mjs";
import { startFunction, writeConfig } from "./help/function.mjs";

const PATH_SECRET = "what-nobody-guesses";
const CONNECTOR = "abcdefghij1klmn2opq3rs";
const KEY = { id: "RINGDOWNDEMO", secret: "ringdown-demo-secret" };
const FORMS = { process: "in-process", url: "url", lambda: "lambda" };

/* Lambda's Invoke in front of a runtime API: one event at a time. */
async function startInvoke(api) {
	let turn = Promise.resolve();
	const server = http.createServer((request, response) => {
		const parts = [];
		request.on("data", (part) => parts.push(part)).on("end", () => {
			turn = turn.then(async () => {
				const got = await api.invoke(Buffer.concat(parts).toString());
				response.writeHead(200, {
					"Content-Type": "application/json", "Content-Length": Buffer.byteLength(got.body),
					...(got.status === "error" ? { "X-Amz-Function-Error": "Unhandled" } : {}),
				}).end(got.body);
			});
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return server;
}

describe("the handler over real legs", () => {
	let phone, api, handler, invoke, cloud, server;

	before(async () => {
		const ports = await freePort(3);
		phone = await startAnswer("--tone", "660");
		api = await startRuntime();
		handler = startFunction(api, writeConfig("forms.yaml", 'handler: { allow: ["+1202555"] }\n'));
		invoke = await startInvoke(api);
		Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEY.id, AWS_SECRET_ACCESS_KEY: KEY.secret, AWS_EC2_METADATA_DISABLED: "true" });
		const urls = {
			url: `http://127.0.0.1:${ports + 1}/sma/${PATH_SECRET}`,
			lambda: `http://127.0.0.1:${invoke.address().port}/2015-03-31/functions/handler/invocations`,
		};
		cloud = await startRingdown({
			more: {
				trunks: [{ name: "pbx", host: "127.0.0.1", port: phone.port }],
				compatible: {
					listen: [`127.0.0.1:${ports}`], access_keys: [KEY], pstn_trunk: "pbx", phone_numbers: ["+12025550100"],
					voice_connectors: [{ id: CONNECTOR, trunk: "pbx" }],
					applications: Object.entries(FORMS).map(([id, kind]) =>
						({ id, handler: kind, ...(urls[id] ? { url: urls[id] } : { allow: ["+1202555"] }) })),
				},
			},
		});
		server = await startRingdown({
			destinations: Object.keys(FORMS).flatMap((application) => [
				[`${application}-pbx`, { dial: "1000", voice_connector: `arn:aws:chime:us-east-1:111122223333:vc/${CONNECTOR}`,
					headers: { "X-Customer-Id": "customer_id" } }],
				[`${application}-phone`, { dial: "+12025550177", allow: ["+1202555"] }],
			].map(([name, more]) => ({ name, providers: ["chime"], origins: ["*"], chime: { application, from: "+12025550100", ...more } })))
				.map((one) => `  - { ${Object.entries(one).map(([k, v]) => `${k}: ${JSON.stringify(v)}`).join(", ")}, limits: ${NO_LIMITS} }\n`).join(""),
			more: {
				aws: { region: "us-east-1", endpoint_url: `http://127.0.0.1:${ports}` },
				handler: { listen: [`127.0.0.1:${ports + 1}`], path_secret: PATH_SECRET, allow: ["+1202555"] },
			},
		});
	}, { timeout: 60_000 });

	after(async () => {
		await Caller.leave();
		await server?.stop();
		await cloud?.stop();
		await handler?.stop("SIGKILL");
		await api?.stop();
		invoke?.close();
		await phone?.stop();
	});

	const said = (what) => phone.program.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
		.filter(({ event }) => event === what);

	for (const form of Object.keys(FORMS))
		for (const [target, way] of [["pbx", "a Voice Connector"], ["phone", "a telephone number"]])
			test(`${FORMS[form]}: tones both ways through ${way}, digits, and the caller ends it`, { timeout: 60_000 }, async () => {
				const ended = said("ended").length;
				const caller = new Caller(server, `${form}-${target}`, ["--digits", "12#"]);
				await caller.hears(660);
				await phone.hears(440, 0.4);
				await until(() => said("digit").at(-1)?.digits?.endsWith("12#"), () => `digits: ${JSON.stringify(said("digit"))}`);
				await fetch(`${server.url}/v1/calls/${await caller.id()}`,
					{ method: "DELETE", headers: { authorization: `Bearer ${server.token()}` } });
				await until(() => said("ended").length > ended, "the telephone was hung up");
				await caller.hangup();
			});

	test("the telephone hangs up: the call ends, and no meeting and no leg is left", { timeout: 90_000 }, async () => {
		const caller = new Caller(server, "url-pbx");
		await caller.hears(660);
		await phone.stop();
		await caller.is("ended");
		for (const name of ["ringdown_signaling_meetings", "ringdown_media_legs", "ringdown_trunk_dialogs"])
			await until(async () => {
				const text = await (await fetch(`${cloud.url}/metrics`)).text();
				const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\d+)`, "gm"))].map(([, value]) => value);
				assert.ok(values.length > 0, name);
				return values.every((value) => value === "0");
			}, `${name} falls to 0`);
	});
});
