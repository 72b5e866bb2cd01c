/* react/index.ts - the package @ringdown/react.
 * SPDX-License-Identifier: Apache-2.0 */
import "../element/jsx.js";

export { CallButton } from "./call-button.js";
export { RingdownProvider } from "./provider.js";
export { useRingdown } from "./use-ringdown.js";
export type { CallButtonProps } from "./call-button.js";
export type { CallOptions } from "./props.js";
export type { CallView } from "./calls.js";
export type { RingdownProviderProps } from "./provider.js";
export type { Ringdown } from "./use-ringdown.js";
export type * from "../element/index.js";
