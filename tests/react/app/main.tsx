import { createRoot, hydrateRoot } from "react-dom/client";
import { App } from "./app";

const root = document.getElementById("root") as HTMLElement;
const api = new URLSearchParams(location.search).get("api") ?? "";
const app = <App api={api} part={location.hash.slice(1)} />;

if (root.firstElementChild) hydrateRoot(root, app);
else createRoot(root).render(app);
