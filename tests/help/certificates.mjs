/* help/certificates.mjs - certificates of an authority that lives as long as a test.
 * SPDX-License-Identifier: Apache-2.0 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/* Folders with agent.pem and cafile.pem, of one authority: ours, good, and wrong (another name); and these, for so many. */
export function certificates(these = ["IP:127.0.0.1"]) {
	const work = mkdtempSync(path.join(os.tmpdir(), "rd-certificates-"));
	execFileSync("sh", ["-e", "-c", `
umask 077
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
key ca; openssl req -x509 -new -key ca.key -days 2 -subj /CN=ca -addext basicConstraints=critical,CA:TRUE -out ca.crt
leaf() {
	key $1; openssl req -new -key $1.key -subj /CN=$2 -out $1.csr
	printf 'subjectAltName=%s' \${3:-DNS:$2} > $1.ext
	openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt
	mkdir $1; cat $1.crt $1.key > $1/agent.pem; cp ca.crt $1/cafile.pem
}
leaf ours 127.0.0.1
leaf good localhost
leaf wrong else.test
leaf these these.test ${these.join()}
`], { cwd: work, stdio: "ignore" });
	return {
		folder: (name) => path.join(work, name),
		close: () => rmSync(work, { recursive: true, force: true }),
	};
}
