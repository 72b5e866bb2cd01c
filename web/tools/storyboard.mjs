/* tools/storyboard.mjs - docs/storyboard.md and its pictures, from the real widget.
 * SPDX-License-Identifier: Apache-2.0
 *
 * node tools/storyboard.mjs - goes through every frame of
 * widget/demo/frames.ts, light and dark, and writes what it reads there. */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { openBrowser } from "../../tests/e2e/help/browser.mjs";
import { frames, openStory, readFrame, showFrame, warmUp } from "../../tests/e2e/help/frames.mjs";
import { RudeServer } from "../../tests/e2e/help/rude-server.mjs";

const DOCS = new URL("../../docs/", import.meta.url);
const FOLDER = new URL("storyboard/", DOCS);
const MARGIN = 12;
const WINDOW = { width: 640, height: 660 };
const MOST_BYTES = 15_000;

/* What proves the state, and the test that shows it so. */
const PROOF = {
	idle: ["nobody has pressed", "nothing is fetched or stored before the person shows intent"],
	closed: ["the server says so: `open` is false", "openapi: a destination says whether it is open"],
	"signing-in": ["pressed, and the site has not given a token yet", "press, talk, hang up: the states, the events, the microphone off"],
	consent: ["the server asks for it, and nobody has answered", "consent comes before the microphone, and goes with the call"],
	permission: ["the browser's question is open; no limit", "a question about the microphone waits for ever, with a hint after 8 s"],
	connecting: ["the microphone's track is live", "press, talk, hang up: the states, the events, the microphone off"],
	ringing: ["the far side alerts (SIP 180 or 183)", "ringing is shown as ringing, and the answer as the answer"],
	queued: ["the server says so; place and wait only where it knows them", "numbers of the line vanish when they are not known"],
	"in-call": ["the far side answered, and sound flows", "a whole call to a telephone: tones both ways, mute, digits, hang-up, microphone off"],
	held: ["the server says so (re-INVITE), or the caller pressed Hold", "the caller's own hold is asked for, shown, and taken back"],
	transferring: ["the server says so (REFER, event of the provider)", "every frame is shown, is told, is reached by keyboard, and axe finds no fault"],
	reconnecting: ["the socket or the sound is lost", "reconnecting is told with the time that is left, and the call goes on"],
	resuming: ["the page was loaded anew with a call in it", "a page loaded anew while talking has the same call, after at most 3 s"],
	ending: ["hang-up was pressed, and the server has not confirmed it", "press, talk, hang up: the states, the events, the microphone off"],
	ended: ["the server says why", "press, talk, hang up: the states, the events, the microphone off"],
	failed: ["the server, the browser or the network says why", "each refusal of the server has a sentence of its own"],
	callback: ["the person chose it", "whoever asks for a callback keeps the place in the line"],
	"callback-done": ["the server's receipt", "whoever asks for a callback keeps the place in the line"],
};

/* The same frames in other shapes, languages and windows. */
const SHAPES = [
	["card-idle", "idle", "the card: variant inline", { more: 'data-variant="inline"' }],
	[
		"card-callback",
		"idle",
		"the card where callbacks are always offered",
		{ more: 'data-variant="inline" data-callback="always"' },
	],
	["card-in-call", "in-call", "the card during a call", { more: 'data-variant="inline"' }],
	["bar-in-call", "in-call", "the bar: variant bar", { more: 'data-variant="bar"' }],
	["sheet-in-call", "in-call", "a sheet at the lower edge, on a phone", { width: 360, height: 660 }],
	["narrow-keypad", "keypad", "320 px wide, as at 400 % zoom", { width: 320, height: 660 }],
	["forced-in-call", "muted", "forced colours", { forcedColors: "active" }],
	["ar-in-call", "in-call", "right to left", { lang: "ar" }],
	["ar-callback", "callback", "right to left: the form", { lang: "ar" }],
	["ar-mic_denied", "failed:mic_denied", "right to left: steps", { lang: "ar" }],
];

const fileOf = (name) => `${name.replace(":", "-")}.webp`;
const code = (text) => `\`${text}\``;
const quoted = (text) => text.replaceAll("|", "\\|");

/* Around what there is to see: the panel, the pill, the card or the button. */
async function photograph(page) {
	const box = await page.evaluate(() => {
		const host = document.querySelector("ringdown-call");
		const tree = host.shadowRoot ?? host;
		const seen = [".panel", ".pill", ".card", ".launcher"]
			.map((what) => tree.querySelector(what))
			.find((one) => one?.checkVisibility());
		const { x, y, width, height } = seen.getBoundingClientRect();
		return { x, y, width, height };
	});
	const { width, height } = page.viewportSize();
	const [left, top] = [Math.max(0, box.x - MARGIN), Math.max(0, box.y - MARGIN)];

	return page.screenshot({
		clip: {
			x: left,
			y: top,
			width: Math.min(width, box.x + box.width + MARGIN) - left,
			height: Math.min(height, box.y + box.height + MARGIN) - top,
		},
	});
}

/* Light and dark side by side, as small as it may be. */
async function join(desk, pictures) {
	const text = await desk.evaluate(
		async ([all, most]) => {
			const images = await Promise.all(
				all.map(async (base64) => {
					const image = new Image();
					image.src = `data:image/png;base64,${base64}`;
					await image.decode();
					return image;
				}),
			);
			const canvas = document.createElement("canvas");
			/* Much text is better small than blurred. */
			for (let scale = 1; ; scale *= 0.75) {
				canvas.width = scale * images.reduce((sum, { width }) => sum + width, 0);
				canvas.height = scale * Math.max(...images.map(({ height }) => height));
				const paper = canvas.getContext("2d");
				paper.scale(scale, scale);
				let x = 0;
				for (const image of images) {
					paper.drawImage(image, x, 0);
					x += image.width;
				}
				for (let quality = 0.85; quality > 0.05; quality -= 0.05) {
					const base64 = canvas.toDataURL("image/webp", quality).split(",")[1];
					if (base64.length * 0.75 <= most) return base64;
				}
			}
		},
		[pictures.map((one) => one.toString("base64")), MOST_BYTES],
	);
	return Buffer.from(text, "base64");
}

const [all, states] = await Promise.all([
	frames(),
	readFile(new URL("../../contracts/call-states.json", import.meta.url), "utf8").then(
		(text) => JSON.parse(text).states,
	),
]);
const meaningOf = (state) =>
	states.find(({ name }) => name === state).meaning.replace(/^server: .* client: /, "");

const server = await new RudeServer().open();
const browser = await openBrowser();
const desk = await (await browser.newContext()).newPage();
const looks = [];
for (const isDark of [false, true]) {
	looks.push(await openStory(browser, server, { ...WINDOW, isDark }));
	await warmUp(looks.at(-1), all);
}
await mkdir(FOLDER, { recursive: true });
for (const name of await readdir(FOLDER)) await rm(new URL(name, FOLDER));

const parts = [];
for (const frame of all) {
	const pictures = [];
	for (const page of looks) {
		await showFrame(page, frame);
		pictures.push(await photograph(page));
	}
	const picture = await join(desk, pictures);
	await writeFile(new URL(fileOf(frame.name), FOLDER), picture);
	const { heading, says, offers } = await readFrame(looks[0]);
	const [proof, shown] = PROOF[frame.state];
	parts.push(`### ${frame.at} ${code(frame.name)}

![${frame.name}: ${frame.say}](storyboard/${fileOf(frame.name)})

${frame.say[0].toUpperCase()}${frame.say.slice(1)}. State ${code(frame.state)}${frame.reason ? `, reason ${code(frame.reason)}` : ""}: ${meaningOf(frame.state)}.

| must be true | |
|---|---|
| proof | ${proof} |
${heading ? `| heading, which gets the focus first | ${quoted(heading)} |\n` : ""}${says.length ? `| says | ${says.map(quoted).join("; ")} |\n` : ""}| offers | ${offers.map(quoted).join("; ")} |
| shown by | ${shown} |
`);
}

const shapes = [];
for (const [i, [name, of, what, options]] of SHAPES.entries()) {
	const frame = all.find((one) => one.name === of);
	const pictures = [];
	for (const isDark of [false, true]) {
		const page = await openStory(browser, server, {
			...WINDOW,
			...options,
			isDark,
			path: `/shape-${i}`,
		});
		await warmUp(page, [frame]);
		await page.waitForTimeout(300);
		pictures.push(await photograph(page));
		await page.context().close();
	}
	await writeFile(new URL(fileOf(name), FOLDER), await join(desk, pictures));
	shapes.push(`### ${code(name)}\n\n![${what}](storyboard/${fileOf(name)})\n\n${what[0].toUpperCase()}${what.slice(1)}; frame ${code(of)}.\n`);
}

await writeFile(
	new URL("storyboard.md", DOCS),
	`# Storyboard

Every frame of the widget: a picture in light and dark, what must be true in it, and the test that shows it.
Made from the real widget by \`cd web && npm run storyboard\`; the frames are those of \`web/widget/demo/frames.ts\`, and each can be seen in any page with
\`data-provider="demo" data-demo-state="NAME"\`. In all of them axe finds no fault, in light, dark, right to left and at 400 % zoom
(\`tests/e2e/frames.test.mjs\`, which also fails when a frame is missing here).

Rules for all: hang-up keeps its place from \`connecting\` to \`ended\`; nothing moves under the pointer when a state changes; the first focus is the
heading, never hang-up; Esc minimises and never hangs up; the time is never read out.

## Frames

${parts.join("\n")}
## Shapes

${shapes.join("\n")}`,
);
const complaints = looks.flatMap((page) => page.complaints);
await browser.close();
await server.close();
for (const one of complaints) console.error(one);
console.log(`${all.length} frames and ${SHAPES.length} shapes in docs/storyboard.md`);
process.exitCode = complaints.length ? 1 : 0;
