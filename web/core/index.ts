/* core/index.ts - everything core gives to others.
 * SPDX-License-Identifier: Apache-2.0 */
export * from "./catalogue.js";
export * from "./ports.js";
export { Api, stateNews } from "./api.js";
export type { Availability, StartedCall, StartRequest, StateNews } from "./api.js";
export { Call } from "./call.js";
export type { CallChange, CallObserver, CallRequest } from "./call.js";
export { EVENTS, feed, isBusy, isLive, limitMs, START, STEPS } from "./machine.js";
export type { Action, Event, EventName, Facts, Outcome, Place, Step } from "./machine.js";
export { EventStream } from "./sse.js";
