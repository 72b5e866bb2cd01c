/* widget/light-part.ts - keeps what the panel draws dressed for the page.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fetched with the panel where shadow="none". */
import { MARK } from "./light.js";
import type { ClassMap } from "./light.js";
import { put } from "./parts.js";

/* Part by part, and for some of our own classes, Bootstrap 5's. */
const BOOTSTRAP: ClassMap = {
	launcher: "btn btn-primary",
	"launcher-icon": "me-2",
	badge: "badge text-bg-secondary",
	panel: "card shadow",
	header: "card-header",
	title: "h6 mb-0",
	body: "card-body",
	status: "h5 mb-0",
	timer: "mb-0",
	hint: "mb-0",
	voice: "mt-2 mb-0",
	footer: "card-footer",
	button: "btn d-inline-flex align-items-center justify-content-center gap-1",
	"button-primary": "btn-primary",
	"button-danger": "btn-danger",
	tool: "btn-outline-secondary px-1",
	second: "btn-outline-secondary",
	key: "btn btn-outline-secondary d-flex flex-column p-0",
	select: "form-select",
	field: "form-control",
	error: "alert alert-danger",
};

const given = new WeakMap<Element, readonly string[]>(); /* by the map, to take back */

/* As often as something in there has changed; the launcher came dressed. */
function dress(root: Element, map: ClassMap): void {
	for (const one of root.querySelectorAll("[class]")) {
		const names = [...one.classList].map((name) => name.replace(MARK, ""));
		const parts = one.getAttribute("part")?.split(" ") ?? [];
		const more = [...new Set([...parts, ...names])].flatMap(
			(name) => map[name]?.split(" ") ?? [],
		);
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
		const all = element.option("class-map") === "bootstrap" ? BOOTSTRAP : map;
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
