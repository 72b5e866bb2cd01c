/* react/provider.ts - where the call server is, for all components below.
 * SPDX-License-Identifier: Apache-2.0 */
import {
	createContext,
	createElement,
	useContext,
	useEffect,
	useInsertionEffect,
	useRef,
	useSyncExternalStore,
} from "react";
import type { ReactElement, ReactNode, RefObject } from "react";
import { loaded, loadRingdown, whenLoaded } from "../element/load.js";
import type { LoadOptions } from "../element/load.js";
import type { GlobalOptions, RingdownStatic } from "../widget/types.js";

export interface RingdownProviderProps extends LoadOptions {
	/** Gives the access token of the person who is signed in. */
	getToken?: GlobalOptions["getToken"];
	onAuthRequired?: GlobalOptions["onAuthRequired"];
	/** Given what a person reports of a problem; with it they can. */
	onDiagnostics?: GlobalOptions["onDiagnostics"];
	/** By language tag; text only, never HTML. */
	strings?: GlobalOptions["strings"];
	/** The script did not load; the fallbacks stay. */
	onError?: ((error: Error) => void) | undefined;
	children?: ReactNode;
}

export const Server = /* @__PURE__ */ createContext<RingdownProviderProps>({});

/* What was given last, for handlers that are called later. */
export function useLatest<T>(value: T): RefObject<T> {
	const latest = useRef(value);

	useInsertionEffect(() => {
		latest.current = value;
	});
	return latest as RefObject<T>;
}

function subscribe(changed: () => void): () => void {
	let isOver = false;

	void whenLoaded().then(() => isOver || changed());
	return () => {
		isOver = true;
	};
}

/* The widget once its script is here; null before, and on a server. */
export function useWidget(own?: string): RingdownStatic | null {
	const { api = own, src, integrity, nonce, onError } = useContext(Server);
	const tell = useLatest(onError);

	useEffect(() => {
		loadRingdown({ api, src, integrity, nonce }).catch((error: Error) =>
			tell.current?.(error),
		);
	}, [api, src, integrity, nonce, tell]);
	return useSyncExternalStore(subscribe, loaded, () => null);
}

/** Sits around the components, usually around the whole app. */
export function RingdownProvider(props: RingdownProviderProps): ReactElement {
	return createElement(
		Server.Provider,
		{ value: props },
		createElement(Settings, props),
		props.children,
	);
}

/* Below the context, so that it may ask for the widget. */
function Settings(props: RingdownProviderProps): null {
	const { getToken, onAuthRequired, onDiagnostics, strings } = props;
	const widget = useWidget();
	const latest = useLatest(props);
	const hasToken = !!getToken;
	const hasSignIn = !!onAuthRequired;
	const hasReports = !!onDiagnostics;

	useEffect(() => {
		widget?.configure({
			...(hasToken && {
				getToken: async (ask) => (await latest.current?.getToken?.(ask)) ?? "",
			}),
			...(hasSignIn && {
				onAuthRequired: (ask) => latest.current?.onAuthRequired?.(ask),
			}),
			...(hasReports && {
				onDiagnostics: (report) => latest.current?.onDiagnostics?.(report),
			}),
			...(strings && { strings }),
		});
	}, [widget, hasToken, hasSignIn, hasReports, strings, latest]);
	return null;
}
