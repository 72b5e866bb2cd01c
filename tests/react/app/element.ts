import { loadRingdown } from "@ringdown/element";
import type { RingdownElement } from "@ringdown/element";

const button: RingdownElement = document.createElement("ringdown-call");
button.setAttribute("to", "echo");
button.getToken = async () => {
  const answer = await fetch("/ringdown-token", { method: "POST" });
  return (await answer.json()).token;
};
document.body.append(button);
Object.assign(globalThis, { loadRingdown });
