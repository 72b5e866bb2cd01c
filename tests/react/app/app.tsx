import { createElement, StrictMode, useRef, useState } from "react";
import type { ReactElement } from "react";
import { CallButton, RingdownProvider, useRingdown } from "@ringdown/react";
import type { RingdownElement } from "@ringdown/react";

/* What the handlers were told, for the test to read. */
const told: string[] = [];
Object.assign(globalThis, { told });

const getToken = async (): Promise<string> => {
  const answer = await fetch("/ringdown-token", { method: "POST" });
  return (await answer.json()).token;
};

function Own({ to }: { to: string }) {
  const { state, muted, error, start, hangUp, mute } = useRingdown(to, { context: { by: "hook" } });

  return (
    <p id={`own-${to}`}>
      <output className="state">{state}</output> <output className="muted">{String(muted)}</output>{" "}
      <output className="error">{error?.reason}</output>
      <button className="start" onClick={() => start().catch(() => undefined)}>Start</button>
      <button className="mute" onClick={() => mute(!muted)}>Mute</button>
      <button className="hang-up" onClick={() => hangUp()}>Hang up</button>
    </p>
  );
}

function Page() {
  const [isShown, setShown] = useState(true);
  const [turn, setTurn] = useState(0);
  const button = useRef<RingdownElement>(null);

  return (
    <>
      <button id="toggle" onClick={() => setShown(!isShown)}>Toggle</button>
      <button id="turn" onClick={() => setTurn(turn + 1)}>{turn}</button>
      <button id="ref" onClick={() => told.push(`ref ${button.current?.localName}`)}>Ref</button>
      {isShown && (
        <CallButton
          ref={button}
          to="echo"
          className="mine"
          style={{ "--ringdown-accent": "#0a7755" }}
          closeGuard={false}
          context={{ orderId: 7 }}
          onReady={() => told.push("ready")}
          onState={({ detail }) => told.push(`${turn} ${detail.to}`)}
          onBeforeCall={async ({ detail }) => {
            await Promise.resolve();
            told.push(JSON.stringify(detail.hints));
          }}
        >
          <a href="tel:+15550100">Call us: 555 0100</a>
        </CallButton>
      )}
      <Own to="echo" />
      <Own to="other" />
      <Own to="nowhere" />
    </>
  );
}

/* In the page's own tree, with a fallback that is a text and changes. */
function Light() {
  const [turn, setTurn] = useState(0);
  const [to, setTo] = useState("echo");

  return (
    <>
      <button id="turn" onClick={() => setTurn(turn + 1)}>Turn</button>
      <button id="to" onClick={() => setTo("other")}>To</button>
      <CallButton to={to} shadow="none" classMap="bootstrap" label={`Call ${turn}`}>{`Fallback ${turn}`}</CallButton>
      <Own to="echo" />
    </>
  );
}

/* Refuses, then holds back and refuses, then calls with a token of its own. */
function Choosy() {
  const [turn, setTurn] = useState(0);

  return (
    <>
      <button id="turn" onClick={() => setTurn(turn + 1)}>{turn}</button>
      <CallButton
        to="echo"
        getToken={async ({ to, reason }) => {
          told.push(`token ${to} ${reason} ${turn}`);
          return getToken();
        }}
        onBeforeCall={(event) => {
          told.push(`before ${turn}`);
          if (turn === 0) event.preventDefault();
          return turn === 1 ? Promise.reject(new Error("not now")) : undefined;
        }}
      />
      <Own to="echo" />
    </>
  );
}

/* Two pages of an app, each with its button: one goes as the other comes. */
function Pages() {
  const [page, setPage] = useState(1);

  return (
    <>
      <button id="turn" onClick={() => setPage(3 - page)}>{page}</button>
      {page === 1 ? <main><CallButton to="echo" className="first" /></main> : <section><CallButton to="echo" className="second" /></section>}
      <Own to="echo" />
    </>
  );
}

/* No server and no microphone: a person who waits in line. */
function Line() {
  const { state, queue } = useRingdown("billing");

  return (
    <>
      <CallButton to="billing" provider="demo" />
      <output id="line">{state} {queue?.position}</output>
    </>
  );
}

const PARTS: Record<string, () => ReactElement> = { light: Light, choosy: Choosy, pages: Pages, line: Line };

export const App = ({ api, part = "" }: { api: string; part?: string }) => (
  <StrictMode>
    <RingdownProvider api={api} getToken={getToken} onError={(error) => told.push(error.message)}>
      {createElement(PARTS[part] ?? Page)}
    </RingdownProvider>
  </StrictMode>
);
