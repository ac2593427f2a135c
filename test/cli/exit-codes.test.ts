import { describe, expect, test } from "vitest";
import {
  AbortedError,
  EndedError,
  type ErrorCode,
  ERRORS,
  ProtocolError,
  SluiceError,
  StatusError,
  TruncatedError,
  UsageError,
} from "../../src/errors.ts";
import { CommandError } from "../../src/cli/command-error.ts";
import { EXIT, exitCodeOf, hasExitCode } from "../../src/cli/exit-codes.ts";

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe("codes of this package", () => {
  test("each has its row", () => {
    expect(CODES.filter((code) => !hasExitCode(code))).toEqual([]);
  });

  test("which come from where", () => {
    const byExit: Record<string, string[]> = {};
    for (const code of CODES) (byExit[exitCodeOf(new SluiceError(code))] ??= []).push(code);
    expect(Object.keys(byExit)).toEqual(["1", "2", "3", "4", "5", "7", "8", "9", "130"]);
    expect(byExit[EXIT.tls]).toEqual(["ERR_SLUICE_TLS"]);
    expect(byExit[EXIT.status]).toEqual(["ERR_SLUICE_STATUS"]);
    expect(byExit[EXIT.truncated]).toContain("ERR_SLUICE_TRUNCATED");
    // What this program does wrong by itself is no fault of whoever called it.
    for (const code of byExit[EXIT.usage])
      expect(code).toMatch(/URL|OPTION|INVALID|REPEATED|FRAMING|TRAILER/);
    for (const code of byExit[EXIT.file]) expect(code).toMatch(/FILE|SOURCE|ARCHIVE|DOWNLOAD|DISK/);
  });

  test("a code that has no row yet counts by its class", () => {
    const unknown = "ERR_SLUICE_OF_TOMORROW" as ErrorCode;
    const of = (error: SluiceError): number => exitCodeOf(Object.assign(error, { code: unknown }));
    expect(of(new TruncatedError("ERR_SLUICE_TRUNCATED", "chunked"))).toBe(9);
    expect(of(new ProtocolError("ERR_SLUICE_HOST"))).toBe(7);
    expect(of(new EndedError("ERR_SLUICE_CONNECT"))).toBe(4);
    expect(of(new UsageError("ERR_SLUICE_OPTION"))).toBe(1);
    expect(of(new StatusError(404, "Not Found"))).toBe(8);
  });

  test("given up by a deadline, and by a person", () => {
    const cause = new DOMException("late", "TimeoutError");
    expect(exitCodeOf(new AbortedError("ERR_SLUICE_ABORTED", { cause }))).toBe(4);
    expect(exitCodeOf(new AbortedError("ERR_SLUICE_ABORTED"))).toBe(130);
  });
});

describe("codes of the system", () => {
  test.each([
    ["ENOENT", "open", 3],
    ["EACCES", "open", 3],
    ["EACCES", "listen", 4],
    ["ENOSPC", "write", 3],
    ["EISDIR", "read", 3],
    ["EMFILE", "open", 3],
    ["EADDRINUSE", "listen", 4],
    ["EADDRNOTAVAIL", "listen", 4],
    ["ECONNREFUSED", "connect", 4],
    ["ECONNRESET", "read", 4],
    ["ENOTFOUND", "getaddrinfo", 4],
    ["EAI_AGAIN", "getaddrinfo", 4],
    ["EHOSTUNREACH", "connect", 4],
    ["ENETUNREACH", "connect", 4],
    ["ETIMEDOUT", "connect", 4],
    ["EPIPE", "write", 4],
    ["CERT_HAS_EXPIRED", undefined, 5],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", undefined, 5],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", undefined, 5],
    ["ERR_TLS_CERT_ALTNAME_INVALID", undefined, 5],
    ["ERR_SSL_WRONG_VERSION_NUMBER", undefined, 5],
    ["EPROTO", "write", 5],
    ["ERR_INVALID_ARG_TYPE", undefined, 1],
  ])("%s of %s", (code, syscall, exit) => {
    expect(exitCodeOf(Object.assign(new Error("no"), { code, syscall }))).toBe(exit);
  });

  test("anything else", () => {
    expect(exitCodeOf(new CommandError("no", { exitCode: EXIT.tls }))).toBe(5);
    expect(exitCodeOf(new CommandError("no"))).toBe(2);
    expect(exitCodeOf(new AggregateError([Object.assign(new Error("no"), { code: "ECONNREFUSED" })]))).toBe(
      4,
    );
    expect(exitCodeOf(new AggregateError([]))).toBe(1);
    expect(exitCodeOf(new DOMException("no", "AbortError"))).toBe(130);
    expect(exitCodeOf(new TypeError("no"))).toBe(1);
    expect(exitCodeOf(Object.assign(new Error("no"), { exitCode: 77 }))).toBe(1);
    expect(exitCodeOf("no")).toBe(1);
    expect(exitCodeOf(undefined)).toBe(1);
  });
});
