/* widget/care/tabs.ts - what the tabs of a browser say to each other.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The lock "ringdown.call" says who has the call, also when a tab crashes; on
 * the channel "ringdown" the others hear how it goes (teller.ts) and say what
 * they want (elsewhere.ts).  What comes from the channel is checked: every
 * script of the origin may write there. */

export const CHANNEL = "ringdown";
export const VERSION = 1;

export type Wish = "ask" | "mute" | "show" | "hang_up";

export interface News {
	readonly v: number;
	readonly is: "call";
	readonly seconds: number | null;
	readonly isMuted: boolean;
}
