/* widget/panel/media.ts - the browser's microphone, and the media part.
 * SPDX-License-Identifier: Apache-2.0 */
import { RingdownError } from "../../core/ports.js";
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

/* A policy that says no makes the browser refuse without asking anyone.
 * Firefox tells a frame by a list of devices that lacks all microphones. */
async function isBarred(): Promise<boolean> {
	const page = document as unknown as PolicyDocument;
	const policy = page.permissionsPolicy ?? page.featurePolicy;

	if (policy) return !policy.allowsFeature("microphone");
	if (self === top || !(await isDenied(false))) return false;
	const devices = await navigator.mediaDevices.enumerateDevices();
	return devices.every(({ kind }) => kind !== "audioinput");
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

async function bar(): Promise<Reason | null> {
	if (!globalThis.isSecureContext) return "insecure";
	if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === "undefined")
		return "unsupported";
	return (await isBarred()) ? "mic_policy" : null;
}

/* What is against a call is known without asking anybody; null: nothing is. */
export const obstacle = async (): Promise<Reason | null> =>
	(await bar()) ?? ((await isDenied(false)) ? "mic_denied" : null);

/* Tells Safari that this is a call, so that it keeps stereo and the route. */
function speakAndListen(): void {
	const { audioSession } = navigator as Navigator & { audioSession?: { type: string } };

	if (audioSession) audioSession.type = "play-and-record";
}

class CapturedMicrophone implements BrowserMicrophone {
	constructor(readonly stream: MediaStream) {}

	stop(): void {
		for (const track of this.stream.getTracks()) track.stop();
	}
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

export class BrowserMedia implements Media {
	constructor(private readonly page: () => PageServices) {}

	async capture(id?: string): Promise<Microphone> {
		const barred = await bar();
		if (barred) throw new RingdownError(barred);
		speakAndListen();
		try {
			return new CapturedMicrophone(await open(id));
		} catch (error) {
			throw new RingdownError(await this.#why(error), {
				retry: true,
				detail: error instanceof Error ? error.message : String(error),
			});
		}
	}

	async join(
		{ provider, connection, more }: Invitation,
		microphone: Microphone,
		tell: (news: MediaNews) => void,
	): Promise<MediaSession> {
		const page = this.page();
		const part = await page.part(
			provider === "engine" ? "media-engine" : "media-chime",
		);

		if (!(microphone instanceof CapturedMicrophone) || !page.sound)
			throw new RingdownError("internal", {
				detail: "no microphone or no sound",
			});
		return part.join(
			connection,
			microphone.stream,
			page.sound.audio,
			tell,
			more?.["iceServers"],
		);
	}

	async #why(error: unknown): Promise<Reason> {
		try {
			const { whyNoMicrophone } = await this.page().part("extras");
			return await whyNoMicrophone(error, () => isDenied(true));
		} catch {
			return "internal";
		}
	}
}
