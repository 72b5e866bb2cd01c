/* widget/panel/lock.ts - one call for all tabs of a browser.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The browser takes the lock back when the page goes, however it goes. */
export const LOCK = "ringdown.call";

let release: () => void = () => undefined;

export const letGo = (): void => release();

/* false: another tab has it, and has not let go of it in that time. */
export const claim = (patienceMs: number): Promise<boolean> =>
	new Promise((resolve) => {
		letGo();
		/* A page that may not have locks may have calls. */
		if (!navigator.locks) return resolve(true);
		return navigator.locks
			.request(
				LOCK,
				patienceMs
					? { signal: AbortSignal.timeout(patienceMs) }
					: { ifAvailable: true },
				(lock) => {
					resolve(lock !== null);
					return (
						lock &&
						new Promise<void>((done) => {
							release = done;
						})
					);
				},
			)
			.catch((error: Error) => resolve(error.name !== "TimeoutError"));
	});
