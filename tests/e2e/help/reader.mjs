/* e2e/help/reader.mjs - what a screen reader would say of the widget, from Chromium's accessibility tree.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Firefox's driver shows no such tree: there the focus is told by the names in
 * the page, and only what live regions say is as heard.
 *
 * Two sources, as in a screen reader: what has the focus, with its name, role
 * and states and the dialogs and groups that were entered with it; and the
 * live regions, each sentence when it appears. */

import { nameOf } from "./browser.mjs";

/* Runs in the page. */
function listen() {
	const regions = new WeakSet();

	window.spoken = [];
	window.watchRegions = () => {
		for (const region of document.querySelectorAll(
			"ringdown-call > :is([role=status], [role=alert])",
		)) {
			if (regions.has(region)) continue;
			regions.add(region);
			const kind = region.getAttribute("role") === "alert" ? "at once" : "politely";
			new MutationObserver(() => {
				const text = region.textContent.trim();
				if (text) window.spoken.push(`${kind}: ${text}`);
			}).observe(region, { childList: true, characterData: true, subtree: true });
		}
	};
	addEventListener("DOMContentLoaded", window.watchRegions);
	addEventListener("ringdown:ready", window.watchRegions, true);
}

/* Runs in the page. */
function focusedInPage() {
	let at = document.activeElement;
	while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
	const name = at.getAttribute("aria-label") ?? at.textContent.trim();
	return `${at.getAttribute("role") ?? at.localName} ${JSON.stringify(name)}`;
}

const STATES = {
	disabled: (on) => on && "unavailable",
	expanded: (on) => (on ? "expanded" : "collapsed"),
	pressed: (on) => (on === "true" || on === true ? "pressed" : "not pressed"),
	checked: (on) => (on === "true" || on === true ? "checked" : "not checked"),
	required: (on) => on && "required",
	invalid: (on) => on && on !== "false" && "invalid",
};

const ENTERED = ["dialog", "alertdialog", "group", "radiogroup", "region", "form"];
const SPOKEN = { paragraph: "text", generic: "text", DisclosureTriangle: "disclosure" };

function describe({ role, name, properties = [], description, value }) {
	const states = properties
		.map(({ name: what, value: is }) => STATES[what]?.(is.value))
		.filter(Boolean);

	return [
		SPOKEN[role.value] ?? role.value,
		JSON.stringify(name?.value ?? ""),
		...(value?.value ? [`value ${JSON.stringify(value.value)}`] : []),
		...states,
		...(description?.value ? [`(${description.value})`] : []),
	].join(" ");
}

export class Reader {
	#last = [];

	/* Before the page is loaded. */
	static async open(page) {
		const reader = new Reader();

		await page.addInitScript(listen);
		reader.page = page;
		if (nameOf(page.context().browser()) !== "chromium") return reader;
		reader.cdp = await page.context().newCDPSession(page);
		await reader.cdp.send("Accessibility.enable");
		return reader;
	}

	/* What was said since the last time. */
	spoken() {
		return this.page.evaluate(() => window.spoken.splice(0));
	}

	/* What has the focus, and what was entered with it. */
	async focused() {
		if (!this.cdp) return `focus: ${await this.page.evaluate(focusedInPage)}`;
		const { result } = await this.cdp.send("Runtime.evaluate", {
			expression: `(() => {
				let at = document.activeElement;
				while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
				return at;
			})()`,
		});
		const { node } = await this.cdp.send("DOM.describeNode", { objectId: result.objectId });
		const { nodes } = await this.cdp.send("Accessibility.getAXNodeAndAncestors", {
			backendNodeId: node.backendNodeId,
		});
		const [at, ...above] = nodes.filter(({ ignored }) => !ignored);
		const around = above
			.filter(({ role, name }) => ENTERED.includes(role.value) && name?.value)
			.map(({ backendDOMNodeId: id, role, name }) => ({
				id,
				text: `${role.value} ${JSON.stringify(name.value)}`,
			}));
		const entered = around.filter(({ id }) => !this.#last.includes(id)).reverse();

		this.#last = around.map(({ id }) => id);
		if (["RootWebArea", "none"].includes(at.role.value)) return "focus: the page";
		return `focus: ${[...entered.map(({ text }) => text), describe(at)].join(", ")}`;
	}
}
