/* aws/help/raw.mjs - requests to the AWS-compatible listener without an SDK's ideas of what may be sent, but signed.
 * SPDX-License-Identifier: Apache-2.0 */
import { Hash } from "@smithy/hash-node";
import { SignatureV4 } from "@smithy/signature-v4";
import { KEY, REGION } from "./compatible.mjs";

/* body: an object, or bytes as they are.  Gives { status, type, headers, json }. */
export async function ask(endpoint, method, path, { service, query = {}, body, headers = {} } = {}) {
	const url = new URL(endpoint);
	const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
	let signed = { host: url.host, ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers };
	if (service) {
		const signer = new SignatureV4({ credentials: KEY, region: REGION, service, sha256: Hash.bind(null, "sha256"), applyChecksum: true });
		({ headers: signed } = await signer.sign({
			method, protocol: url.protocol, hostname: url.hostname, port: Number(url.port), path, query, headers: signed, body: text,
		}));
	}
	const search = new URLSearchParams(query).toString();
	const { host, ...sent } = signed;
	const answer = await fetch(`${endpoint}${path}${search && `?${search}`}`, { method, headers: sent, body: text });
	const got = await answer.text();
	return { status: answer.status, type: answer.headers.get("x-amzn-errortype"), headers: answer.headers, json: got ? JSON.parse(got) : undefined };
}
