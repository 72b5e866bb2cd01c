/* widget/panel/token.ts - where the access token comes from.
 * SPDX-License-Identifier: Apache-2.0
 *
 * getToken() of the element or of the page, else a POST to token-url with the
 * site's own cookies, else the token that stands in the page. */
import { RingdownError } from "../../core/ports.js";
import type { TokenSource } from "../../core/ports.js";
import type { GlobalOptions, Host } from "../types.js";

async function post(url: string, to: string): Promise<string> {
	const target = new URL(url, location.href);

	/* Cookies of the site go to the site alone. */
	if (target.origin !== location.origin)
		throw new RingdownError("auth_refused", {
			detail: "token-url is on another origin",
		});
	let answer: Response;
	try {
		answer = await fetch(target, {
			method: "POST",
			credentials: "same-origin",
			cache: "no-store",
			headers: { accept: "application/json", "content-type": "application/json" },
			body: JSON.stringify({ to }),
		});
	} catch {
		throw new RingdownError(
			navigator.onLine ? "server_unreachable" : "network_offline",
			{ retry: true },
		);
	}
	if (answer.status === 401 || answer.status === 403)
		throw new RingdownError("auth_required", { retry: true });
	if (!answer.ok)
		throw new RingdownError("auth_refused", {
			detail: `token-url answered ${answer.status}`,
		});
	return tokenIn(await answer.text());
}

/* {"token": …}, {"access_token": …} as RFC 6749 5.1 names it, or bare. */
function tokenIn(body: string): string {
	try {
		const json: unknown = JSON.parse(body);
		if (typeof json === "string") return json;
		if (typeof json === "object" && json !== null) {
			const { token, access_token } = json as Record<string, unknown>;
			for (const one of [token, access_token])
				if (typeof one === "string") return one;
		}
	} catch {
		return body.trim();
	}
	return "";
}

/* Header fields carry no line ends: RFC 6750 2.1 names the characters. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

export function tokenSource(host: Pick<Host, "element" | "option">, global: () => GlobalOptions): TokenSource {
	return async (ask) => {
		const getToken = host.element.getToken ?? global().getToken;
		const url = host.option("token-url");
		const token = getToken
			? await getToken(ask)
			: url
				? await post(url, ask.to)
				: host.option("token");

		if (!token && host.option("auth") === "anonymous") return "";
		if (!token) throw new RingdownError("auth_required", { retry: true });
		if (!TOKEN.test(token))
			throw new RingdownError("auth_refused", { detail: "not a bearer token" });
		return token;
	};
}
