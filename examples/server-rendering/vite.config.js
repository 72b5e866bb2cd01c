import { defineConfig } from "vite";

export default defineConfig(({ isSsrBuild }) => ({
  build: isSsrBuild
    ? {}
    : { outDir: "dist/client", rolldownOptions: { input: "client.jsx", output: { entryFileNames: "client.js" } } },
}));
