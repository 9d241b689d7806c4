import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts", "packages/*/tests/**/*.test.ts"],
    setupFiles: ["tests/setup.ts"],
    testTimeout: 120_000,
    // Two cores: each file in its own process, so that memory tests see their own heap.
    pool: "forks",
    execArgv: ["--expose-gc"],
  },
});
