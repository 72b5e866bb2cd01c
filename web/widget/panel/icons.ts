/* widget/panel/icons.ts - the panel's icons, each a few strokes on 24 by 24.
 * SPDX-License-Identifier: Apache-2.0 */
export const MIC = [
	"M12 3.5a2.75 2.75 0 0 1 2.75 2.75v5a2.75 2.75 0 0 1-5.5 0v-5A2.75 2.75 0 0 1 12 3.5Z",
	"M5.75 11a6.25 6.25 0 0 0 12.5 0",
	"M12 17.25v3.25",
];
export const MIC_OFF = [
	"M9.25 9.25v2a2.75 2.75 0 0 0 4.6 2",
	"M14.75 10.5V6.25a2.75 2.75 0 0 0-5.1-1.43",
	"M5.75 11a6.25 6.25 0 0 0 10.2 4.85",
	"M18.25 11c0 .7-.11 1.37-.33 2",
	"M12 17.25v3.25",
	"M4 4l16 16",
];
export const KEYS = [
	"M6 6h.01",
	"M12 6h.01",
	"M18 6h.01",
	"M6 12h.01",
	"M12 12h.01",
	"M18 12h.01",
	"M6 18h.01",
	"M12 18h.01",
	"M18 18h.01",
];
export const HANG_UP = [
	"M2.6 14.2c5.4-5.1 13.4-5.1 18.8 0a1.6 1.6 0 0 1 .1 2.2l-1.6 1.9a1.4 1.4 0 0 1-1.7.4" +
		"l-2.7-1.4a1.4 1.4 0 0 1-.7-1.5l.3-1.9a11.8 11.8 0 0 0-6.2 0l.3 1.9a1.4 1.4 0 0 1-.7 1.5" +
		"l-2.7 1.4a1.4 1.4 0 0 1-1.7-.4l-1.6-1.9a1.6 1.6 0 0 1 .1-2.2Z",
];
export const PAUSE = ["M9 6.5v11", "M15 6.5v11"];
export const MINIMISE = ["M6 12h12"];
export const CLOSE = ["M7 7l10 10", "M17 7 7 17"];
export const CHECK = ["M5.5 12.5l4.2 4.2 8.8-9.2"];
export const ALERT = ["M12 5.5v8.25", "M12 18.25h.01"];
export const SOUND = [
	"M4.5 9.75v4.5h3l4 3.25V6.5l-4 3.25h-3Z",
	"M15 9.2a4 4 0 0 1 0 5.6",
	"M17.6 6.8a7.4 7.4 0 0 1 0 10.4",
];
export const THUMB = ["M7.5 11v8.5h-3V11Z", "M7.5 11 11 4a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.3l-1.1 5.5a2 2 0 0 1-2 1.7H7.5"];
export const THUMB_DOWN = ["M7.5 13V4.5h-3V13Z", "M7.5 13 11 20a2 2 0 0 0 2-2v-4h5a2 2 0 0 0 2-2.3l-1.1-5.5a2 2 0 0 0-2-1.7H7.5"];
