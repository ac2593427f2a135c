import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 10_000,
    // Processes, not threads: a test that leaks a socket or kills its process spoils no other file.
    pool: "forks",
    // The tests mostly wait for sockets, so two files at a time also pay on a machine with two cores.
    maxWorkers: 2,
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
  },
});
