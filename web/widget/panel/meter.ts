/* widget/panel/meter.ts - five bars that show the microphone is heard.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The level comes from the statistics of the sending side, so it shows what
 * leaves, not what might.  Never announced; the text beside it is. */
import { make } from "../draw.js";

const EVERY_MS = 200;
const HEIGHTS = [0.45, 0.75, 1, 0.75, 0.45];
const REST = 0.14;

export class Meter {
	readonly element: HTMLElement;
	readonly #bars: HTMLElement[];
	#timer: ReturnType<typeof setInterval> | undefined;

	constructor(private readonly level: () => Promise<number>) {
		this.#bars = HEIGHTS.map(() => make("i"));
		this.element = make(
			"span",
			{
				class: "meter",
				part: "meter",
				"aria-hidden": "true",
			},
			...this.#bars,
		);
	}

	run(on: boolean): void {
		if (on === (this.#timer !== undefined)) return;
		if (on) {
			this.#timer = setInterval(() => void this.#tick(), EVERY_MS);
			return;
		}
		clearInterval(this.#timer);
		this.#timer = undefined;
		this.#draw(0);
	}

	async #tick(): Promise<void> {
		if (document.visibilityState !== "visible") return;
		const level = await this.level().catch(() => 0);
		if (this.#timer !== undefined) this.#draw(level);
	}

	/* Speech is mostly faint: the square root gives it room to move. */
	#draw(level: number): void {
		const height = Math.min(1, Math.sqrt(Math.max(0, level)) * 1.6);

		this.#bars.forEach((bar, i) => {
			const at = REST + (1 - REST) * height * (HEIGHTS[i] ?? 1);
			bar.style.setProperty("transform", `scaleY(${at.toFixed(2)})`);
		});
	}
}
