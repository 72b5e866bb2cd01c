/* widget/extras/microphone.ts - why there is no microphone, from the browser's error.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Reason } from "../../core/catalogue.js";

/* Firefox tells a frame without the permission to ask by a list of devices
 * that lacks all microphones; a machine without one is not denied. */
async function isBarred(): Promise<boolean> {
	if (self === top) return false;
	const devices = await navigator.mediaDevices.enumerateDevices();
	return devices.every(({ kind }) => kind !== "audioinput");
}

export async function whyNoMicrophone(
	error: unknown,
	isDenied: () => Promise<boolean>,
): Promise<Reason> {
	switch (error instanceof DOMException ? error.name : "") {
		case "NotAllowedError":
		case "PermissionDeniedError":
			if (!(await isDenied())) return "mic_dismissed";
			return (await isBarred()) ? "mic_policy" : "mic_denied";
		case "SecurityError":
			return "mic_policy";
		case "NotFoundError":
			return "mic_none";
		case "NotReadableError":
		case "AbortError":
			return "mic_busy";
		default:
			return "internal";
	}
}
