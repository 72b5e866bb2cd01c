/* widget/context.ts - tells which page the caller is on: page-context="basic".
 * SPDX-License-Identifier: Apache-2.0
 *
 * Parts: hint.  The caller reads it in the panel before the call is placed. */
import { add, make, setText } from "./draw.js";
import { sentenceIn } from "./everywhere.js";
import { fill } from "./language.js";
import { put } from "./parts.js";

const LONGEST = 200; /* of one hint */
const NAME = "page-note";

put("context", {
	tell(host, hints) {
		const footer = host.root.querySelector("[part=footer]");
		const sentence = sentenceIn(host.locale, "hint.page", host.strings());
		let note = footer?.querySelector<HTMLElement>(`[data-for=${NAME}]`);

		hints["page-title"] ??= document.title.slice(0, LONGEST);
		hints["page-path"] ??= location.pathname.slice(0, LONGEST);
		if (!note) {
			note = make("span", { class: NAME, part: "hint", "data-for": NAME });
			if (footer) add(footer, note);
		}
		setText(note, fill(sentence, { page: hints["page-title"] || hints["page-path"] }));
	},
});
