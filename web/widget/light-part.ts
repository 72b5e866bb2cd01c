/* widget/light-part.ts - keeps what the panel draws dressed for the page.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched with the panel where shadow="none". */
import { MARK } from "./light.js";
import type { ClassMap } from "./light.js";
import { put } from "./parts.js";

/* Part by part, Bootstrap 5's own classes. */
const BOOTSTRAP: ClassMap = {
	launcher: "btn btn-primary",
	"launcher-icon": "me-2",
	badge: "badge text-bg-secondary",
	panel: "card shadow",
	header: "card-header",
	body: "card-body",
	footer: "card-footer",
	button: "btn",
	"button-primary": "btn-primary",
	"button-danger": "btn-danger",
	mute: "btn-outline-secondary",
	key: "btn btn-outline-secondary",
	select: "form-select",
	field: "form-control",
	error: "alert alert-danger",
};

const given = new WeakMap<Element, readonly string[]>(); /* by the map, to take back */

/* As often as something in there has changed; the launcher came dressed. */
function dress(root: Element, map: ClassMap): void {
	for (const one of root.querySelectorAll("[class]")) {
		const more = (one.getAttribute("part") ?? "")
			.split(" ")
			.flatMap((part) => map[part]?.split(" ") ?? []);
		const foreign = new Set([...more, ...(given.get(one) ?? [])]);
		const own = [...one.classList]
			.filter((name) => !foreign.has(name))
			.map((name) => (name.startsWith(MARK) ? name : MARK + name));
		const all = [...own, ...more].join(" ");

		given.set(one, more);
		if (one.getAttribute("class") !== all) one.setAttribute("class", all);
	}
}

put("light", {
	keep(root, element, map) {
		const all = element.getAttribute("class-map") === "bootstrap" ? BOOTSTRAP : map;
		const slotted = new Set<Element>();
		const tidy = (): void => {
			dress(root, all);
			/* Outside a shadow tree a slot shows only its own children, and
			 * takes them along when it goes. */
			for (const one of element.querySelectorAll(":scope > [slot]"))
				if (one !== root && !/^(live|trigger)$/.test(one.slot))
					slotted.add(one);
			for (const slot of root.querySelectorAll<HTMLSlotElement>("slot[name]")) {
				const own = [...slotted].filter((one) => one.slot === slot.name);

				if (own.some((one) => one.parentNode !== slot)) slot.replaceChildren(...own);
			}
		};

		new MutationObserver(tidy).observe(root, {
			subtree: true,
			childList: true,
			attributeFilter: ["class", "part"],
		});
		tidy();
	},
});
