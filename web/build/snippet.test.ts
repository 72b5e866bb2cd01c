/* build/snippet.test.ts - what is copied means what was chosen.
 * SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { divOf, frameOf, htmlOf, policyOf, reactOf, styleOf } from "./snippet.js";
import type { Choice } from "./snippet.js";

const choice = (options: Record<string, string>, more: Partial<Choice> = {}): Choice => ({
	origin: "https://calls.example.com",
	integrity: "",
	loader: "/ringdown.js",
	phone: "",
	options: new Map(Object.entries(options)),
	style: new Map(),
	sources: ["https://calls.example.com", "wss://calls.example.com"],
	...more,
});

test("the smallest snippet is one script and one div", () => {
	assert.equal(
		htmlOf(choice({ to: "support" })),
		`<script src="https://calls.example.com/ringdown.js" defer></script>
<div data-ringdown="support"></div>
`,
	);
});

test("a pinned script carries its hash and asks with CORS", () => {
	const html = htmlOf(
		choice(
			{ to: "support" },
			{ loader: "/ringdown-0123456789ab.js", integrity: "sha384-abc" },
		),
	);

	assert.match(html, /src="[^"]+\/ringdown-0123456789ab\.js"/);
	assert.match(html, /integrity="sha384-abc"\s+crossorigin="anonymous"/);
});

test("nothing that was typed leaves its attribute", () => {
	const html = divOf(choice({ to: `a"><script>`, label: `R&D "now"` }, { phone: `<b>+1` }));

	assert.equal(
		html,
		`<div
  data-ringdown="a&quot;&gt;&lt;script&gt;"
  data-label="R&amp;D &quot;now&quot;">
  <a href="tel:+1">Call us: &lt;b&gt;+1</a>
</div>`,
	);
});

test("many attributes stand one on each line", () => {
	const html = divOf(
		choice({ to: "support", "token-url": "/ringdown-token", variant: "floating", theme: "dark" }),
	);

	assert.ok(html.split("\n").length > 3);
	assert.ok(html.split("\n").every((line) => line.length <= 80));
});

test("React has the same names as properties, and the server once", () => {
	const react = reactOf(
		choice(
			{ to: "support", "token-url": "/t", "close-guard": "off", label: `say "hi"` },
			{ phone: "+1 555" },
		),
	);

	assert.match(react, /<RingdownProvider api="https:\/\/calls\.example\.com">/);
	assert.match(react, /tokenUrl="\/t"/);
	assert.match(react, /to="support"/);
	assert.match(react, /closeGuard="off"/);
	assert.match(react, /label=\{"say \\"hi\\""\}/);
	assert.match(react, /<a href="tel:\+1555">/);
});

test("style is there only where something was chosen", () => {
	assert.equal(styleOf({ style: new Map() }), "");
	assert.equal(
		styleOf({ style: new Map([["--ringdown-accent", "#0a7"]]) }),
		"ringdown-call {\n  --ringdown-accent: #0a7;\n}\n",
	);
});

test("the policy names the server's sources, and the page itself where a token comes from it", () => {
	assert.match(
		policyOf(choice({ to: "support" })),
		/connect-src https:\/\/calls\.example\.com wss:\/\/calls\.example\.com;/,
	);
	assert.match(policyOf(choice({ to: "support", "token-url": "/t" })), /connect-src 'self' https/);
});

test("a frame's address says what it may, and no more", () => {
	const html = frameOf(choice({ to: "support", variant: "bar", "token-url": "/t", label: "R&D" }));

	assert.match(html, /\/v1\/frame\?to=support&amp;variant=bar&amp;label=R%26D"/);
	assert.match(html, /allow="microphone; autoplay; speaker-selection"/);
	assert.match(html, /title="Call support"/);
	assert.doesNotMatch(html, /token/);
});
