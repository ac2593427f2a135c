import { describe, expect, test } from "vitest";
import { readArguments } from "../../src/cli/arguments.ts";
import { getCommand } from "../../src/cli/commands/get.ts";
import { type GetOptions, type GetPlan, planOf } from "../../src/cli/get/plan.ts";
import { resumeCommand } from "../../src/cli/get/resume-command.ts";

const URL_TEXT = "http://a.example/dir/file.bin";

function plan(...args: string[]): GetPlan {
  const { options, positionals } = readArguments(getCommand, [...args, URL_TEXT]);
  return planOf(positionals["url"] as URL, options as unknown as GetOptions);
}

function refusal(...args: string[]): string {
  try {
    plan(...args);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("where it goes", () => {
  test.each([
    [[], { to: "stdout", named: false }],
    [["-o", "-"], { to: "stdout", named: true }],
    [["-o", "f"], { to: "download", path: "f" }],
    [["-O"], { to: "download", path: undefined }],
    [["-o", "f", "-X", "GET"], { to: "download", path: "f" }],
    [["-o", "f", "-H", "X: 1"], { to: "download", path: "f" }],
    // What the answer to can't be had in parts.
    [["-o", "f", "-X", "POST"], { to: "file", path: "f" }],
    [["-O", "-d", "x"], { to: "file", path: undefined }],
    [["-o", "f", "-X", "GET", "-d", "x"], { to: "file", path: "f" }],
    [["-o", "f", "-H", "range: bytes=0-1"], { to: "file", path: "f" }],
    [["-o", "f", "-H", "If-None-Match: *"], { to: "file", path: "f" }],
    [["-I"], { to: "head" }],
    [["-X", "HEAD"], { to: "head" }],
    [["-I", "--json"], { to: "head" }],
  ])("%j", (args, destination) => {
    expect(plan(...args).destination).toEqual(destination);
  });
});

test("the method", () => {
  expect(plan().method).toBe("GET");
  expect(plan("-d", "x").method).toBe("POST");
  expect(plan("-d", "x", "-X", "PUT").method).toBe("PUT");
  expect(plan("-I").method).toBe("HEAD");
  expect(plan("-X", "get").method).toBe("get");
});

test("headers: the caller's in order, and two that every program should send", () => {
  expect([...plan("-H", "B: 1", "-H", "a:2", "-H", "B:").headers]).toEqual([
    ["B", "1"],
    ["a", "2"],
    ["B", ""],
    ["User-Agent", "sluice"],
    ["Accept", "*/*"],
  ]);
  expect([...plan("-H", "user-agent: me", "-H", "ACCEPT: text/csv").headers]).toEqual([
    ["user-agent", "me"],
    ["ACCEPT", "text/csv"],
  ]);
});

test("bodies", () => {
  expect(plan().body).toBeUndefined();
  expect(plan("-d", "text").body).toEqual({ from: "text", text: "text" });
  expect(plan("-d", "").body).toEqual({ from: "text", text: "" });
  expect(plan("-d", "@a b").body).toEqual({ from: "file", path: "a b" });
  expect(plan("-d", "-").body).toEqual({ from: "stdin" });
});

describe("what doesn't go together", () => {
  test.each([
    [["-o", "f", "-O"], "-o and -O don't go together: one file has one name"],
    [["-I", "-o", "f"], "-I and -o don't go together: a response to HEAD has no body"],
    [["-I", "-O"], "-I and -O don't go together: a response to HEAD has no body"],
    [["-I", "-X", "GET"], "-I and -X don't go together: the method of -I is HEAD"],
    [["-I", "-d", "x"], "-I and -d don't go together: HEAD has no body"],
    [["-I", "--checksum", "md5:00112233445566778899aabbccddeeff"], /-I and --checksum/],
    [["-v", "-q"], "-v and -q don't go together: they want the opposite"],
    [
      ["--http1.1", "--http2-prior-knowledge"],
      "--http1.1 and --http2-prior-knowledge don't go together: a connection speaks one version",
    ],
    [["--json"], "--json and the body would both be on stdout"],
    [["--json", "-o", "-"], "--json and the body would both be on stdout"],
    [["-c"], "-c needs a file"],
    [["--force"], "--force needs a file"],
    [["-x", "2", "-o", "-"], "-x needs a file"],
    [["-c", "-o", "f", "-d", "x"], "-c is for a plain GET"],
    [["-x", "2", "-O", "-X", "POST"], "-x is for a plain GET"],
    [["-H", "no colon"], /^--header: "no colon" is no header/],
    [["-H", "a b: c"], /is no header/],
    [["-H", "a: b\r\nc: d"], /is no header/],
    [["--checksum", "sha-256:zz"], /^--checksum: "sha-256:zz" is no checksum/],
    [["-X", "A B"], /is no method/],
    [["-d", "@"], /is no body/],
    [["-x", "0"], /whole number from 1 to 16/],
    [["-x", "17"], /whole number from 1 to 16/],
    [["--proxy", "ftp://x"], /is no URL of a proxy/],
    [["--timeout", "5"], /is no span of time/],
  ])("%j", (args, message) => {
    expect(refusal(...args)).toMatch(message);
  });

  test("-x 16, --force with a file that can't be had in parts, and a proxy without a scheme do", () => {
    expect(plan("-x", "16", "-O").options.connections).toBe(16);
    expect(plan("--force", "-O", "-d", "x").destination.to).toBe("file");
    expect(plan("--proxy", "localhost:3128").options.proxy).toBe("localhost:3128");
    expect(plan("--proxy", "none").options.proxy).toBe(false);
  });
});

describe("the command to go on with", () => {
  const command = (...args: string[]): string => resumeCommand(plan(...args), "it's.bin");

  test("has what the download needs, quoted for a shell", () => {
    expect(command("-O")).toBe(`sluice get -c -o 'it'\\''s.bin' ${URL_TEXT}`);
    const all = [
      "-x",
      "2",
      "--force",
      "-k",
      "--no-redirect",
      "--no-decode",
      "--cacert",
      "ca.pem",
      "--proxy",
      "none",
    ];
    all.push(
      "--http1.1",
      "--timeout",
      "1.5s",
      "--retry",
      "3",
      "-H",
      "X: a b",
      "--checksum",
      "md5:00112233445566778899aabbccddeeff",
    );
    const line = command("-O", ...all);
    const words = line
      .slice("sluice get ".length)
      .replace("'it'\\''s.bin'", "f")
      .replaceAll("'", "")
      .replace("X: a b", "X:_a_b");
    const again = readArguments(
      getCommand,
      words.split(" ").map((word) => word.replaceAll("_", " ")),
    );
    const { options } = plan("-c", "-o", "f", ...all);
    expect(again.options).toEqual(options);
    expect(line).not.toContain("-v");
  });

  test("no secrets, and no name that is taken for an option", () => {
    const secret = [
      "-H",
      "authorization: Basic eHl6",
      "-H",
      "Cookie: s",
      "-H",
      "X-Api-Key: k",
      "--proxy",
      "http://u:p@proxy",
    ];
    const { options, positionals } = readArguments(getCommand, [
      "-O",
      ...secret,
      "http://me:word@a.example/?a=1&b=@",
    ]);
    const line = resumeCommand(planOf(positionals["url"] as URL, options as unknown as GetOptions), "-rf");
    expect(line).toBe(
      "sluice get -c -o ./-rf -H 'authorization: ...' -H 'Cookie: ...' -H 'X-Api-Key: ...' " +
        "--proxy http://...@proxy 'http://...@a.example/?a=1&b=@'",
    );
  });
});
