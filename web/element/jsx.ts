/* element/jsx.ts - <ringdown-call> in JSX of React 18 and 19.
 * SPDX-License-Identifier: Apache-2.0 */
import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { RingdownElement } from "../widget/types.js";
import type { RingdownAttributes, RingdownHints } from "./attributes.js";

type Html = DetailedHTMLProps<HTMLAttributes<RingdownElement>, RingdownElement>;

/* React 18 writes className as it stands; class is right in both. */
export type RingdownCallProps = Omit<Html, keyof RingdownAttributes | "className"> &
	RingdownAttributes &
	RingdownHints & { class?: string | undefined };

declare module "react" {
	namespace JSX {
		interface IntrinsicElements {
			"ringdown-call": RingdownCallProps;
		}
	}
}
