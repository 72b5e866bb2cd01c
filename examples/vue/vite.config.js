import vue from "@vitejs/plugin-vue";
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
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "ringdown-call" } } }), site],
  server: { port: 8000, strictPort: true },
});
