/* react/help/app.mjs - packed packages, new apps that install them, and the site that serves an app.
 * SPDX-License-Identifier: Apache-2.0 */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { ROOT } from "../../help/server.mjs";

const HERE = path.join(ROOT, "tests/react");
export const TSC = path.join(ROOT, "web/node_modules/typescript/bin/tsc");

export const run = (command, words, options = {}) =>
	execFileSync(command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });

export async function newFolder() {
	const folder = await mkdtemp(path.join(os.tmpdir(), "ringdown-react-"));
	return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/* The tarballs that would be published, by the name of their package. */
export async function pack(folder) {
	run(process.execPath, [path.join(ROOT, "web/tools/packages.mjs")]);
	const tarballs = {};
	for (const name of ["element", "react"]) {
		const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: path.join(ROOT, "build/npm", name) }));
		tarballs[`@ringdown/${name}`] = path.join(folder, filename);
	}
	return tarballs;
}

/* A folder with node_modules as npm would lay them: our tarballs unpacked, the others as they are installed in these folders. */
export async function install(folder, tarballs, from) {
	const modules = path.join(folder, "node_modules");

	for (const [name, tarball] of Object.entries(tarballs)) {
		await mkdir(path.join(modules, name), { recursive: true });
		run("tar", ["-xzf", tarball, "--strip-components=1", "-C", path.join(modules, name)]);
	}
	for (const source of from.map((one) => path.join(HERE, one, "node_modules")))
		for (const name of await readdir(source)) {
			if (name.startsWith(".")) continue;
			const inner = name.startsWith("@") ? await readdir(path.join(source, name)) : [""];
			if (name.startsWith("@")) await mkdir(path.join(modules, name), { recursive: true });
			for (const one of inner)
				await symlink(path.join(source, name, one), path.join(modules, name, one)).catch((error) => {
					if (error.code !== "EEXIST") throw error;
				});
		}
}

export async function newApp(folder, tarballs, version) {
	await cp(path.join(HERE, "app"), folder, { recursive: true });
	await install(folder, tarballs, [`r${version}`]);
	return folder;
}

/* NODE_ENV decides which React it gets: with "development" StrictMode mounts twice and hydration is checked. */
export async function viteBuild(root, options = {}, env = "development") {
	const { build } = await import("vite");
	const before = process.env.NODE_ENV;

	process.env.NODE_ENV = env;
	try {
		return await build({ root, mode: env, logLevel: "error", configFile: false, ...options });
	} finally {
		if (before === undefined) delete process.env.NODE_ENV;
		else process.env.NODE_ENV = before;
	}
}

const TYPES = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

/* A site on a port of its own: files of a folder, and the token route of somebody who is signed in.  change(text, file):
 * what becomes of a text before it goes out; headers: beside the usual ones. */
export async function openSite(folder, token, { change = (text) => text, headers = {} } = {}) {
	const server = http.createServer(async (request, response) => {
		const { pathname } = new URL(request.url, "http://site.test");

		if (request.method === "POST" && pathname === "/ringdown-token") {
			response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token: token() }));
			return;
		}
		const file = path.join(folder, path.normalize(pathname === "/" ? "/index.html" : pathname));
		try {
			const text = change(await readFile(file, "utf8"), file);
			const type = TYPES[path.extname(file).slice(1)] ?? "application/octet-stream";
			response.writeHead(200, { "content-type": `${type}; charset=utf-8`, ...headers }).end(text);
		} catch {
			response.writeHead(404).end();
		}
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	return {
		url: `http://127.0.0.1:${server.address().port}/`,
		close: () => new Promise((done) => {
			server.close(done);
			server.closeAllConnections();
		}),
	};
}
