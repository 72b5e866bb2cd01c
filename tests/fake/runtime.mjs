/* fake/runtime.mjs - the runtime API of AWS Lambda, as a custom runtime sees it (2018-06-01).
 * SPDX-License-Identifier: Apache-2.0
 *
 *   const api = await startRuntime();     on loopback, a port of its own; .address is AWS_LAMBDA_RUNTIME_API
 *   await api.ready()                     the function asks for an event
 *   const got = await api.invoke(event)   { id, status: "response" | "error", body, headers, ms }; event is an object,
 *                                         or the very text of one
 *   await api.initError()                 what it said it could not start with
 *   api.answerWith = 202                  the status of the next answers to its answers
 *   await api.stop()                      the runtime API is gone, in the middle of whatever
 *
 * ms is from the event's first byte out to the answer's last byte in, on this side. */
import { once, EventEmitter } from "node:events";
import { randomUUID } from "node:crypto";
import http from "node:http";

const BASE = "/2018-06-01/runtime/";

export async function startRuntime({ isChunked = false } = {}) {
	const happened = new EventEmitter();
	const sockets = new Set();
	let asking = null; /* the response of the GET that waits */
	let current = null;

	function take(status, id, request, response) {
		const parts = [];
		request.on("data", (part) => parts.push(part)).on("end", () => {
			const ms = current ? Number(process.hrtime.bigint() - current.since) / 1e6 : 0;
			const isCurrent = current?.id === id;
			response.writeHead(isCurrent || id === null ? api.answerWith : 400, { "Content-Length": 2 }).end("{}");
			const got = { id, status, body: Buffer.concat(parts).toString(), headers: request.headers, ms };
			if (id === null) happened.emit("init", got);
			else if (isCurrent) happened.emit("answer", got);
		});
	}

	const server = http.createServer((request, response) => {
		const path = request.url.slice(BASE.length);
		const answer = path.match(/^invocation\/([^/]+)\/(response|error)$/);
		if (request.method === "GET" && path === "invocation/next") {
			asking = response;
			happened.emit("asking");
		} else if (request.method === "POST" && answer) take(answer[2], answer[1], request, response);
		else if (request.method === "POST" && path === "init/error") take("error", null, request, response);
		else response.writeHead(404).end();
	});
	server.on("connection", (socket) => {
		socket.setNoDelay(true);
		sockets.add(socket.on("close", () => sockets.delete(socket)));
	});
	server.keepAliveTimeout = 0;
	server.listen(0, "127.0.0.1");
	await once(server, "listening");

	const api = {
		address: `127.0.0.1:${server.address().port}`,
		answerWith: 202,

		async ready() {
			while (!asking) await once(happened, "asking");
		},
		async invoke(event) {
			await api.ready();
			const body = Buffer.from(typeof event === "string" ? event : JSON.stringify(event));
			const response = asking;
			asking = null;
			current = { id: randomUUID(), since: process.hrtime.bigint() };
			const answer = once(happened, "answer");
			response.writeHead(200, {
				"Content-Type": "application/json",
				"Lambda-Runtime-Aws-Request-Id": current.id,
				"Lambda-Runtime-Deadline-Ms": String(Date.now() + 20_000),
				"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:111122223333:function:handler",
				"Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
				...(isChunked ? {} : { "Content-Length": body.length }),
			});
			response.end(body);
			const [got] = await answer;
			return got;
		},
		/* Asks for nothing again: gives the next one another status. */
		async refuse(status) {
			await api.ready();
			asking.writeHead(status, { "Content-Length": 0 }).end();
			asking = null;
		},
		async initError() {
			const [got] = await once(happened, "init");
			return got;
		},
		async stop() {
			for (const socket of sockets) socket.destroy();
			await new Promise((done) => server.close(done));
		},
	};
	return api;
}
