import { CallButton, RingdownProvider, useRingdown } from "@ringdown/react";

export { CallButton, RingdownProvider, useRingdown };
