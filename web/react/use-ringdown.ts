/* react/use-ringdown.ts - useRingdown(): a call without our interface.
 * SPDX-License-Identifier: Apache-2.0 */
import { useContext, useMemo, useSyncExternalStore } from "react";
import { loaded, loadRingdown, TAG } from "../element/load.js";
import type {
	Availability,
	RingdownCall,
	RingdownElement,
	StartOptions,
} from "../widget/types.js";
import { change, elementOf, hide, IDLE, isUnseen, viewOf, watch } from "./calls.js";
import type { CallView } from "./calls.js";
import { attributesOf, give, hintsOf } from "./props.js";
import type { CallOptions } from "./props.js";
import { Server, useLatest, useWidget } from "./provider.js";

export interface Ringdown extends CallView {
	/** From a user action.  Rejects with a RingdownError. */
	start(options?: StartOptions): Promise<RingdownCall>;
	/** Safe in any state. */
	hangUp(): Promise<void>;
	mute(on?: boolean): void;
	refreshAvailability(): Promise<Availability>;
}

/** A call without our interface, or beside it. */
export function useRingdown(to: string, options: CallOptions = {}): Ringdown {
	const server = useLatest(useContext(Server));
	const latest = useLatest(options);
	const view = useSyncExternalStore(
		watch,
		() => viewOf(to),
		() => IDLE,
	);
	const actions = useMemo(() => {
		const begin = (given: StartOptions): Promise<RingdownCall> => {
			const { context, getToken } = latest.current ?? {};
			let element = elementOf(to);

			element ??= document.createElement(TAG) as RingdownElement;
			if (!element.isConnected || isUnseen(element)) {
				const { api } = server.current ?? {};
				give(element, attributesOf({ api, ...latest.current, to }));
				element.getToken = getToken;
				hide(element);
			}
			return element.start({
				...given,
				hints: { ...hintsOf(context), ...given.hints },
			});
		};

		return {
			/* Browsers want sound begun in the gesture itself: no await
			 * where none is needed. */
			start: (given: StartOptions = {}) =>
				loaded()
					? begin(given)
					: loadRingdown(server.current ?? {}).then(
							() => begin(given),
							(error) => {
								change(to, {
									error: {
										reason: "server_unreachable",
										retry: true,
										nextSteps: [
											"retry",
											"phone",
										],
									},
								});
								throw error;
							},
						),
			hangUp: async () => elementOf(to)?.hangUp(),
			mute: (on = true) => elementOf(to)?.call?.mute(on),
			refreshAvailability: async () => {
				const widget = await loadRingdown(server.current ?? {});
				const availability = await widget.availability(to);

				change(to, { availability });
				return availability;
			},
		};
	}, [to, latest, server]);

	useWidget();
	return { ...view, ...actions };
}
