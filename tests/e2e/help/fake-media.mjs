/* e2e/help/fake-media.mjs - a media part for pages under test, moved by hand.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Runs in the page before the widget: it stands on the shelf where the
 * widget looks for its parts, so no client is fetched.  The test then says
 * what the media does: `window.fakeMedia.tell({ is: "up" })`. */
export function fakeMedia() {
	const media = {
		tell: () => undefined,
		isMuted: false,
		left: 0,
		level: 0.2,
		joined: 0,
		autoUp: true,
		stream: null,
		stats: {},
	};

	window.fakeMedia = media;
	const part = {
		async join(connection, stream, audio, tell) {
			media.joined++;
			media.stream = stream;
			media.tell = tell;
			if (media.autoUp) setTimeout(() => tell({ is: "up" }), 20);
			return {
				mute(on) {
					media.isMuted = on;
				},
				level: async () => media.level * (0.6 + 0.4 * Math.random()),
				setInput: async () => undefined,
				setOutput: async () => undefined,
				stats: async () => media.stats,
				repair: () => undefined,
				playSound: async () => tell({ is: "sound_blocked", blocked: false }),
				async leave() {
					media.left++;
				},
			};
		},
	};

	/* The panel brings a client of its own, and lays it down in vain. */
	const mine = { get: () => part, set: () => undefined, enumerable: true };
	globalThis[Symbol.for("ringdown.parts")] = Object.defineProperties(
		{},
		{ "media-engine": mine, "media-chime": mine },
	);
}
