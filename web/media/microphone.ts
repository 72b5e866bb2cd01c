/* media/microphone.ts - a microphone that is pulled out is replaced by another.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A track ends by itself when its device goes; our own stop() tells nobody.
 * The stream stays the same, so whoever turns the microphone off at the end
 * turns this one off. */
async function recapture(stream: MediaStream, isOver: () => boolean): Promise<boolean> {
	const [old] = stream.getAudioTracks();
	const fresh = await navigator.mediaDevices
		.getUserMedia({ audio: true })
		.catch(() => null);
	const track = fresh?.getAudioTracks()[0];

	if (!track || !old) return false;
	if (isOver() || !stream.getTracks().includes(old)) {
		track.stop();
		return false;
	}
	track.enabled = old.enabled;
	stream.removeTrack(old);
	stream.addTrack(track);
	return true;
}

/* replaced: the stream has another track, which is to be sent. */
export function keepCapturing(
	stream: MediaStream,
	isOver: () => boolean,
	replaced: () => Promise<unknown> | undefined,
): void {
	const again = async (): Promise<void> => {
		if (!(await recapture(stream, isOver))) return;
		keepCapturing(stream, isOver, replaced);
		await replaced()?.catch(() => undefined);
	};

	stream.getAudioTracks()[0]?.addEventListener("ended", () => void again());
}
