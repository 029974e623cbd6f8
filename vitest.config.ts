import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real servers and child processes: each file in a process of its own, as many at once as the smallest
    // machine that this runs on has cores.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: process.env["SOAK"] === "1" ? 1_800_000 : 30_000,
    hookTimeout: 60_000,
    // A test that passes at the second try is not a test.
    retry: 0,
    passWithNoTests: false,
  },
});
