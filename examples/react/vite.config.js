import { defineConfig } from "vite";
import { demoToken, tokenRoute } from "../serve.mjs";

// In place of your own server's route.
const site = {
  name: "site",
  configureServer({ middlewares }) {
    middlewares.use("/ringdown-token", tokenRoute(demoToken()));
  },
};

export default defineConfig({
  plugins: [site],
  server: { port: 8000, strictPort: true },
});
