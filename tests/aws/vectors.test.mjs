/* aws/vectors.test.mjs - tests/vectors/sigv4.json, made with botocore, signed again by the JavaScript signer.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Hash } from "@smithy/hash-node";
import { SignatureV4 } from "@smithy/signature-v4";

const { vectors } = JSON.parse(readFileSync(new URL("../vectors/sigv4.json", import.meta.url), "utf8"));

/* "20261121T090807Z" as a Date. */
const asDate = (text) => new Date(text.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z"));

/* The query as SDKs hold it: decoded, a name twice is a list. */
function asQuery(text) {
	const query = {};
	for (const pair of text.split("&").filter(Boolean)) {
		const [name, value = ""] = pair.split("=").map(decodeURIComponent);
		query[name] = name in query ? [query[name], value].flat() : value;
	}
	return query;
}

for (const v of vectors.filter((one) => !one.presigned))
	test(`two signers agree: ${v.why}`, async () => {
		const [path, query = ""] = v.target.split("?");
		const { "x-amz-date": date, "x-amz-security-token": sessionToken, ...headers } = v.headers;
		const signer = new SignatureV4({
			credentials: { accessKeyId: v.accessKey, secretAccessKey: v.secretKey, sessionToken },
			region: v.region, service: v.service, sha256: Hash.bind(null, "sha256"), applyChecksum: false,
		});
		const signed = await signer.sign(
			{ method: v.method, protocol: "https:", hostname: "", path, query: asQuery(query), headers, body: v.body },
			{ signingDate: asDate(date) });
		assert.equal(signed.headers.authorization.split("Signature=")[1], v.expect.signature);
	});
