/* widget/panel/media.ts - the browser's microphone, and the media part.
 * SPDX-License-Identifier: Apache-2.0 */
import { messageOf, RingdownError } from "../../core/ports.js";
import type { Invitation, Media, MediaNews, MediaSession, Microphone } from "../../core/ports.js";
import type { Reason } from "../../core/catalogue.js";
import type { BrowserMicrophone, PageServices } from "../types.js";

const WISH: MediaTrackConstraints = {
	echoCancellation: true,
	noiseSuppression: true,
	autoGainControl: true,
	channelCount: 1,
};

interface PolicyDocument {
	readonly permissionsPolicy?: { allowsFeature(name: string): boolean };
	readonly featurePolicy?: { allowsFeature(name: string): boolean };
}

/* A policy that says no makes the browser refuse without asking anyone. */
function isBarred(): boolean {
	const page = document as unknown as PolicyDocument;
	const policy = page.permissionsPolicy ?? page.featurePolicy;

	return policy ? !policy.allowsFeature("microphone") : false;
}

/* Refused for good, or just not answered: only the permission tells, where
 * the browser tells it. */
async function isDenied(untold: boolean): Promise<boolean> {
	try {
		const name = "microphone" as PermissionName;
		return (await navigator.permissions.query({ name })).state === "denied";
	} catch {
		return untold;
	}
}

function bar(): Reason | null {
	if (!globalThis.isSecureContext) return "insecure";
	if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === "undefined")
		return "unsupported";
	return isBarred() ? "mic_policy" : null;
}

async function whyNot(page: PageServices, error: unknown): Promise<Reason> {
	try {
		const { whyNoMicrophone } = await page.part("extras");
		return await whyNoMicrophone(error, () => isDenied(true));
	} catch {
		return "internal";
	}
}

/* What is against a call is known without asking anybody; null: nothing is. */
export const obstacle = async (page: PageServices): Promise<Reason | null> =>
	bar() ?? ((await isDenied(false)) ? whyNot(page, new DOMException("", "NotAllowedError")) : null);

/* Tells Safari that this is a call, so that it keeps stereo and the route. */
function speakAndListen(): void {
	const { audioSession } = navigator as Navigator & { audioSession?: { type: string } };

	if (audioSession) audioSession.type = "play-and-record";
}

/* A device that has gone meanwhile is no reason to have none. */
async function open(id = "default"): Promise<MediaStream> {
	try {
		return await navigator.mediaDevices.getUserMedia({
			audio: { ...WISH, deviceId: id },
		});
	} catch (error) {
		if (!(error instanceof DOMException) || error.name !== "OverconstrainedError")
			throw error;
		return navigator.mediaDevices.getUserMedia({ audio: true });
	}
}

export const browserMedia = (page: PageServices): Media => ({
	async capture(id?: string): Promise<BrowserMicrophone> {
		const barred = bar();
		if (barred) throw new RingdownError(barred);
		speakAndListen();
		try {
			const stream = await open(id);
			return {
				stream,
				stop() {
					for (const track of stream.getTracks()) track.stop();
				},
			};
		} catch (error) {
			throw new RingdownError(await whyNot(page, error), {
				retry: true,
				detail: messageOf(error),
			});
		}
	},

	async join(
		{ provider, connection, more }: Invitation,
		microphone: Microphone,
		tell: (news: MediaNews) => void,
	): Promise<MediaSession> {
		const part = await page.part(
			provider === "engine" ? "media-engine" : "media-chime",
		);

		if (!page.sound) throw new RingdownError("internal", { detail: "no sound" });
		return part.join(
			connection,
			(microphone as BrowserMicrophone).stream,
			page.sound.audio,
			tell,
			more?.["iceServers"],
		);
	},
});
