import { useRingdown } from "@ringdown/react";

export { useRingdown };
