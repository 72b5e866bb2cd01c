// The page around the frame: it has the session, so it has the token.
const SERVER = "http://localhost:8080";
const frame = document.querySelector("iframe");

addEventListener("message", async ({ origin, source, data }) => {
  if (origin !== SERVER || source !== frame.contentWindow || data?.ringdown !== 1) return;
  if (data.type === "size") frame.style.height = `${data.height}px`;
  if (data.type === "event") document.dispatchEvent(new CustomEvent(data.name, { detail: data.detail }));
  if (data.type === "token") {
    const answer = await fetch("/ringdown-token", { method: "POST" });
    if (!answer.ok) return;
    const { token } = await answer.json();
    source.postMessage({ ringdown: 1, type: "token", id: data.id, token }, SERVER);
  }
});
