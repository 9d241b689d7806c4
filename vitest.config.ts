import { defineConfig } from "vitest/config";

/** These pack, bundle and run what others read or write meanwhile. */
const ALONE = ["tests/entries/{bundlers,docs,package}.test.ts", "packages/*/tests/package.test.ts"];

export default defineConfig({
  test: {
    setupFiles: ["tests/setup.ts"],
    testTimeout: 120_000,
    // Each file in its own process, so that memory tests see their own heap.
    pool: "forks",
    execArgv: ["--expose-gc"],
    // One group after the other.
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["tests/**/*.test.ts"],
          exclude: [...ALONE, "**/node_modules/**"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "packages",
          include: ["packages/*/tests/**/*.test.ts"],
          exclude: [...ALONE, "**/node_modules/**"],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: "alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
