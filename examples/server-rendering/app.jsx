import { CallButton, RingdownProvider } from "@ringdown/react";

async function getToken() {
  const answer = await fetch("/ringdown-token", { method: "POST" });
  if (!answer.ok) throw new Error("nobody is signed in");
  return (await answer.json()).token;
}

/** The same on the server and in the browser. */
export function App({ order }) {
  return (
    <RingdownProvider api="http://localhost:8080" getToken={getToken}>
      <h1>Your order {order}</h1>
      <CallButton to="support" context={{ order }}>
        <a href="tel:+12025550100">Call us: 202 555 0100</a>
      </CallButton>
    </RingdownProvider>
  );
}
