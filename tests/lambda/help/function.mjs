/* lambda/help/function.mjs - the function of script/lambda-zip, unzipped, and started under a runtime API.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RD_LAMBDA_BUILD names a build folder that has `bootstrap`, instead of the release build. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import { startRuntime } from "../../fake/runtime.mjs";
import { Program, ROOT } from "../../help/server.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "ringdown-lambda-"));
export const ZIP = path.join(folder, "function.zip");
export const TASK = path.join(folder, "task");
export const BOOTSTRAP = path.join(TASK, "bootstrap");
const build = process.env.RD_LAMBDA_BUILD ? ["--build", process.env.RD_LAMBDA_BUILD] : [];
execFileSync(path.join(ROOT, "script/lambda-zip"), [...build, ZIP], { stdio: ["ignore", "inherit", "inherit"] });
execFileSync("python3", ["-m", "zipfile", "-e", ZIP, TASK]); /* which knows no modes */
chmodSync(BOOTSTRAP, 0o755);
after(() => rmSync(folder, { recursive: true }));

export function startFunction(api, environment = {}) {
	return new Program(BOOTSTRAP, [], {
		cwd: TASK,
		env: { AWS_LAMBDA_RUNTIME_API: api?.address, LAMBDA_TASK_ROOT: TASK, PATH: "/bin:/usr/bin", ...environment },
	});
}

export function writeConfig(name, text) {
	const file = path.join(folder, name);
	writeFileSync(file, text, { mode: 0o600 });
	return { RINGDOWN_CONFIG: file };
}

/* Runs the function for as long as run(api, program) takes; options are those of startRuntime. */
export async function withFunction(run, { environment, ...options } = {}) {
	const api = await startRuntime(options);
	const program = startFunction(api, environment);
	try {
		await run(api, program);
	} finally {
		await program.stop("SIGKILL");
		await api.stop();
	}
}

/* What the process has in memory. */
export const rssKb = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);
