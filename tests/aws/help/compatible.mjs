/* aws/help/compatible.mjs - a server with the AWS-compatible listener, and people who join what it hands out.
 * SPDX-License-Identifier: Apache-2.0 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { Program, RINGDOWN, freePort, startAnswer, startRingdown, until } from "../../help/server.mjs";

export const REGION = "us-east-1";
export const ACCOUNT = "111122223333";
export const KEY = { accessKeyId: "RINGDOWNDEMO", secretAccessKey: "ringdown-demo-secret" };
export const TEMPORARY = { accessKeyId: "ASIATEMPORARY", secretAccessKey: "temporary-secret", sessionToken: "a/session+token==" };
export const INSTANCE = "11111111-1111-4111-8111-111111111111";
export const FLOW = "22222222-2222-4222-8222-222222222222";
export const QUEUE_FLOW = "22222222-2222-4222-8222-000000000002";
export const APPLICATION = "33333333-3333-4333-8333-333333333333";
export const CONNECTOR = "abcdefghij1klmn2opq3rs";
export const FROM = "+12025550100";
export const MEETING_NUMBER = "+17035550122";

const flows = {
	"echo.json": { name: "echo", start: "echo", blocks: { echo: { type: "echo" } } },
	"queue.json": {
		name: "queue", start: "queue", blocks: {
			queue: { type: "queue", name: "sales", at_once: 1, next: "agent" },
			agent: { type: "transfer_sip", trunk: "pbx", user: "4711", headers: { "X-Customer-Id": "customer_id" } },
		},
	},
};

/* The server, with a telephone behind its trunk.  settings: more of the section `compatible`; options: more of startRingdown's. */
export async function startCompatible(settings = {}, options = {}) {
	const folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-aws-"));
	const port = await freePort();
	const answer = await startAnswer("--hear", "440", "--tone", "1000");
	await Promise.all(Object.entries(flows).map(([name, flow]) => writeFile(path.join(folder, name), JSON.stringify(flow))));
	const server = await startRingdown({
		...options,
		more: {
			trunks: [{ name: "pbx", host: "127.0.0.1", port: answer.port }],
			compatible: {
				listen: [`127.0.0.1:${port}`],
				access_keys: [
					{ id: KEY.accessKeyId, secret: KEY.secretAccessKey },
					{ id: TEMPORARY.accessKeyId, secret: TEMPORARY.secretAccessKey, session_token: TEMPORARY.sessionToken },
				],
				flows: [
					{ id: FLOW, file: path.join(folder, "echo.json") },
					{ id: QUEUE_FLOW, file: path.join(folder, "queue.json") },
				],
				applications: [{ id: APPLICATION, name: "demo", allow: ["+1202555"] }],
				voice_connectors: [{ id: CONNECTOR, name: "pbx", trunk: "pbx" }],
				pstn_trunk: "pbx",
				phone_numbers: [FROM],
				lambda_url: "http://127.0.0.1:9",
				...settings,
			},
		},
	});
	return {
		server, answer, port, endpoint: `http://127.0.0.1:${port}`,
		/* Now; and the first event of that kind that the telephone tells after such a moment. */
		moment: () => answer.program.lines.length,
		phone: (event, moment) => until(() => answer.program.lines.slice(moment).filter((line) => line.startsWith("{"))
			.map((line) => JSON.parse(line)).find((one) => one.event === event), `the telephone says ${event}`),
		async stop() {
			await server.stop();
			await answer.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/* `ringdown call --json` that joins as this attendee: a small server hands it
 * the connection as an answer of POST /v1/calls. */
export async function joinAs({ Meeting, Attendee }, ...words) {
	const body = JSON.stringify({ callId: "c", supportId: "s", callKey: "k", ConnectionData: { Meeting, Attendee } });
	const small = http.createServer((request, response) => {
		request.resume().on("end", () => response.writeHead(201, { "content-type": "application/json" }).end(body));
	});
	await new Promise((done) => small.listen(0, "127.0.0.1", done));
	const program = new Program(RINGDOWN,
		["call", "--json", "--url", `http://127.0.0.1:${small.address().port}`, "--token", "x", ...words]);
	const ended = program.ended.then(({ code }) => {
		small.close();
		const line = program.lines.find((text) => text.startsWith("{"));
		return { status: code, report: line ? JSON.parse(line) : undefined, output: program.output };
	});
	return { program, ended };
}
