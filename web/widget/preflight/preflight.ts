/* widget/preflight/preflight.ts - the part that checks before a call, or without one.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched only by Ringdown.test() and by preflight="full". */
import { tokenSource } from "../panel/token.js";
import { put } from "../parts.js";
import type { PageServices, PreflightOptions, PreflightReport, RingdownElement } from "../types.js";
import { Check } from "./check.js";
import { Preflight } from "./test.js";

/* Of the page's first button, where it is not told otherwise. */
async function test(
	page: PageServices,
	options: PreflightOptions = {},
): Promise<PreflightReport> {
	/* It names the parts that say why there is no microphone. */
	await page.part("panel");
	const { mic = false, network = true, signal } = options;
	const find = (selector: string): RingdownElement | null => document.querySelector(selector);
	const element =
		(options.to && find(`ringdown-call[to="${CSS.escape(options.to)}"]`)) ||
		find("ringdown-call") ||
		(document.createElement("ringdown-call") as RingdownElement);
	const option = (name: string): string => element.getAttribute(name) ?? "";

	return new Preflight(page, {
		api: option("api") || page.api,
		to: options.to ?? option("to"),
		token: tokenSource({ element, option }, () => page.global),
		mic,
		network,
		signal,
	}).run();
}

put("preflight", { test, check: (host, page) => new Check(host, page).run() });
