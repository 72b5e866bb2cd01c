/* Never run: what the compiler must take, and what it must refuse. */
import { createRef } from "react";
import { CallButton, useRingdown } from "@ringdown/react";
import { loadRingdown } from "@ringdown/element";
import type { RingdownElement } from "@ringdown/element";
import "@ringdown/element/jsx";

const element = createRef<RingdownElement>();

export const good = (
  <>
    <CallButton to="a" ref={element} tokenUrl="/t" sounds={0.5} demoState="queued" style={{ "--ringdown-accent": "red", color: "red" }}
      onEnded={({ detail }) => detail.seconds.toFixed()} onBeforeCall={({ detail }) => { detail.hints["x"] = "y"; }} />
    <ringdown-call to="a" theme="dark" token-url="/t" hint-topic="refund" class="x" style={{ color: "red" }} aria-label="x"><a href="tel:+1">x</a></ringdown-call>
  </>
);

export const bad = (
  <>
    {/* @ts-expect-error: a destination is needed */}
    <CallButton />
    {/* @ts-expect-error: there is no such variant */}
    <CallButton to="a" variant="round" />
    {/* @ts-expect-error: an ended call has no such detail */}
    <CallButton to="a" onEnded={({ detail }) => detail.nothing} />
    {/* @ts-expect-error: there is no such theme */}
    <ringdown-call to="a" theme="pink" />
  </>
);

export function Hook(): string {
  const { state, call, queue } = useRingdown("a", { lang: "de" });
  return `${state} ${call?.supportId} ${queue?.position?.toFixed()}`;
}

export async function plain(): Promise<void> {
  const ringdown = await loadRingdown({ api: "https://calls.test" });
  const button = document.createElement("ringdown-call");

  ringdown.configure({ getToken: async ({ to }) => to });
  button.addEventListener("ringdown:failed", ({ detail }) => detail.nextSteps.length);
  document.addEventListener("ringdown:state", ({ detail }) => detail.from);
  await button.start({ hints: { topic: "refund" } });
}
