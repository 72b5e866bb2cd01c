/* react/call-button.ts - <CallButton>: <ringdown-call> as a component.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rendered on a server, and until the script is here, it is its children. */
import {
	createElement,
	forwardRef,
	Fragment,
	useContext,
	useEffect,
	useImperativeHandle,
	useLayoutEffect,
	useRef,
	useState,
} from "react";
import type { ForwardedRef, ReactElement, ReactNode } from "react";
import { TAG } from "../element/load.js";
import type { RingdownElement, RingdownEvents } from "../widget/types.js";
import { guestOf, hide, isOn, leave, listen, show, takeEarly } from "./calls.js";
import { attributesOf, eventOf, give, hintsOf } from "./props.js";
import type { CallOptions, Dressing, Handlers } from "./props.js";
import { Server, useLatest, useWidget } from "./provider.js";

export interface CallButtonProps extends CallOptions, Handlers, Dressing {
	/** A destination of the server's configuration. */
	to: string;
	/** Shown where the widget cannot run, and by a server. */
	children?: ReactNode;
}

type Ref = ForwardedRef<RingdownElement>;

/** `<ringdown-call>` with its attributes in camelCase and a handler for each event. */
export const CallButton = /* @__PURE__ */ forwardRef(function CallButton(
	props: CallButtonProps,
	ref: Ref,
): ReactElement {
	return useWidget(props.api)
		? createElement(Live, { key: props.to, props, outer: ref })
		: createElement(Fragment, null, props.children);
});

function Live({ props, outer }: { props: CallButtonProps; outer: Ref }): ReactElement {
	const { id, className, style, children, getToken } = props;
	const attributes = attributesOf({ api: useContext(Server).api, ...props });
	const latest = useLatest(props);
	const home = useRef<HTMLElement>(null);
	/* The element of a call that began before this component did. */
	const [guest, setGuest] = useState(() => {
		listen();
		return guestOf(props.to);
	});
	const element = (): RingdownElement => guest ?? (home.current as RingdownElement);
	const types = ["ringdown:beforecall", ...Object.keys(props).map(eventOf)].join(" ");

	useLayoutEffect(() => {
		const one = element();
		const free = guestOf(props.to);

		leave(one, false);
		/* It may have been freed only now, or another was faster. */
		if (guest !== free && !home.current?.contains(guest)) setGuest(free);
		else if (guest && guest === free) show(guest, home.current as HTMLElement);
		return () => leave(one, true);
	}, [guest, props.to]);

	useLayoutEffect(() => {
		if (guest) give(guest, { ...attributes, class: className ?? "" });
		element().getToken =
			getToken && (async (ask) => (await latest.current?.getToken?.(ask)) ?? "");
	});

	useLayoutEffect(() => {
		const one = element();
		const hear = (event: Event): void => {
			call(latest.current as CallButtonProps, event);
		};
		const all = new Set(types.split(" ").filter(Boolean));

		for (const type of all) one.addEventListener(type, hear);
		for (const event of takeEarly(one)) if (all.has(event.type)) hear(event);
		return () => {
			for (const type of all) one.removeEventListener(type, hear);
		};
	}, [types, guest, latest]);

	useEffect(() => {
		const one = element();
		const closed = (): void => {
			if (one.state === "idle") setGuest(null);
		};

		if (guest) one.addEventListener("ringdown:state", closed);
		return () => {
			one.removeEventListener("ringdown:state", closed);
			/* Still in the page when effects only run twice (StrictMode). */
			if (!one.isConnected && isOn(one)) hide(one);
		};
	}, [guest]);

	useImperativeHandle(outer, element, [guest]);

	return guest
		? createElement("div", { ref: home, style: { display: "contents" } })
		: createElement(
				TAG,
				{ ...attributes, id, class: className, style, ref: home },
				/* A bare text would be written over what the element adds. */
				createElement(Fragment, null, children),
			);
}

function call(props: CallButtonProps, event: Event): void {
	const name = Object.keys(props).find((prop) => eventOf(prop) === event.type);
	const isBefore = event.type === "ringdown:beforecall";
	const { detail } = event as CustomEvent<RingdownEvents["ringdown:beforecall"]>;

	if (isBefore) Object.assign(detail.hints, hintsOf(props.context));
	const handler = props[name as keyof Handlers] as ((event: Event) => unknown) | undefined;
	const said = handler?.(event);
	/* An async handler holds the call back; a rejected one cancels it. */
	if (isBefore && said instanceof Promise) detail.waitUntil(said);
}
