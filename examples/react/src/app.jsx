import { useState } from "react";
import { CallButton, RingdownProvider, useRingdown } from "@ringdown/react";

async function getToken() {
  const answer = await fetch("/ringdown-token", { method: "POST" });
  if (!answer.ok) throw new Error("nobody is signed in");
  return (await answer.json()).token;
}

/** An interface of one's own, for the same call. */
function Status() {
  const { state, muted, mute, hangUp } = useRingdown("support");

  if (state !== "in-call") return <p>No call.</p>;
  return (
    <p>
      You are talking. <button onClick={() => mute(!muted)}>{muted ? "Unmute" : "Mute"}</button>{" "}
      <button onClick={() => hangUp()}>Hang up</button>
    </p>
  );
}

export function App() {
  const [order, setOrder] = useState("4711");

  return (
    <RingdownProvider api="http://localhost:8080" getToken={getToken}>
      <h1>Garden tools</h1>
      <label>
        Order <input value={order} onChange={(event) => setOrder(event.target.value)} />
      </label>
      <CallButton to="support" context={{ order }} onEnded={({ detail }) => console.info(`${detail.seconds} s`)}>
        <a href="tel:+12025550100">Call us: 202 555 0100</a>
      </CallButton>
      <Status />
    </RingdownProvider>
  );
}
