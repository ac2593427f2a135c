import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lacks, pathOf } from "./programs.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-programs-"));
  vi.stubEnv("PATH", folder);
  vi.stubEnv("CI", undefined);
  vi.stubEnv("SLUICE_TEST_RUN", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("a program on the PATH", () => {
  test("is not lacking, and its path is known", () => {
    writeFileSync(join(folder, "curl"), "#!/bin/sh\n", { mode: 0o755 });
    expect(lacks("curl")).toBe(false);
    expect(pathOf("curl")).toBe(join(folder, "curl"));
    expect(existsSync(join(folder, "missing"))).toBe(false);
  });

  test("has to be an executable file", () => {
    mkdirSync(join(folder, "curl"));
    writeFileSync(join(folder, "unzip"), "", { mode: 0o644 });
    expect(lacks("curl")).toBe(true);
    expect(lacks("unzip")).toBe(true);
  });
});

describe("a PATH without the program", () => {
  test("its tests are skipped, with one note however often it is asked for", () => {
    expect(lacks("curl")).toBe(true);
    expect(lacks("curl", "unzip")).toBe(true);
    expect(readdirSync(join(folder, "missing")).toSorted()).toEqual(["curl", "unzip"]);
  });

  test("outside npm test the note is a warning", () => {
    vi.stubEnv("SLUICE_TEST_RUN", undefined);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect(lacks("curl")).toBe(true);
    expect(warn).toHaveBeenCalledExactlyOnceWith("curl is missing: apt-get install curl");
    warn.mockRestore();
  });

  test("under CI it is a failure", () => {
    vi.stubEnv("CI", "true");
    expect(() => lacks("curl", "unzip")).toThrow(
      "curl is missing: apt-get install curl; unzip is missing: apt-get install unzip",
    );
  });

  test("under CI=false it is a skip", () => {
    vi.stubEnv("CI", "false");
    expect(lacks("curl")).toBe(true);
  });

  test("its path is an error that says how to get it", () => {
    expect(() => pathOf("curl")).toThrow("apt-get install curl");
  });
});
