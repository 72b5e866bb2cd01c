/* widget/panel/icons.ts - the panel's icons, each a few strokes on 24 by 24.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Hang-up is the handset laid down, a thumb down the thumb turned round: the
 * style sheet does both. */
export const MIC =
	"M12 3.5a2.75 2.75 0 0 1 2.75 2.75v5a2.75 2.75 0 0 1-5.5 0v-5A2.75 2.75 0 0 1 12 3.5Z" +
	"M5.75 11a6.25 6.25 0 0 0 12.5 0M12 17.25v3.25";
export const MIC_OFF = `${MIC}M4 4l16 16`;
export const KEYS = [6, 12, 18].map((y) => `M6 ${y}h.01m6 0h.01m6 0h.01`).join("");
export const PAUSE = "M9 6.5v11M15 6.5v11";
export const MINIMISE = "M6 12h12";
export const CLOSE = "M7 7l10 10M17 7 7 17";
export const CHECK = "M5.5 12.5l4.2 4.2 8.8-9.2";
export const ALERT = "M12 5.5v8.25M12 18.25h.01";
export const THUMB =
	"M7.5 11v8.5h-3V11ZL11 4a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.3l-1.1 5.5a2 2 0 0 1-2 1.7H7.5";
