/* widget/extras/microphone.ts - why there is no microphone, from the browser's error.
 * SPDX-License-Identifier: Apache-2.0 */
import type { Reason } from "../../core/catalogue.js";

export async function whyNoMicrophone(
	error: unknown,
	isDenied: () => Promise<boolean>,
): Promise<Reason> {
	switch (error instanceof DOMException ? error.name : "") {
		case "NotAllowedError":
		case "PermissionDeniedError":
			return (await isDenied()) ? "mic_denied" : "mic_dismissed";
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
