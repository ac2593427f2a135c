import { describe, expect, test } from "vitest";
import type { ClientLenience } from "../../src/client/index.ts";
import { answering } from "../support/raw-server.ts";
import { codeOf, open } from "./clients.ts";

const ALL: ClientLenience = {
  foldedLines: true,
  statusWithoutSpace: true,
  equalLengths: true,
  withoutCloseNotify: true,
};

const CASES: [string, keyof ClientLenience, string, string, Record<string, string>][] = [
  [
    "obs-fold",
    "foldedLines",
    "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\nContent-Length: 1\r\n\r\nx",
    "ERR_SLUICE_OBS_FOLD",
    { a: "b    c  \td" },
  ],
  [
    "a fold with nothing in it",
    "foldedLines",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n \r\n\r\nx",
    "ERR_SLUICE_OBS_FOLD",
    { a: "b" },
  ],
  [
    "no space behind the status",
    "statusWithoutSpace",
    "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
    "ERR_SLUICE_STATUS_LINE",
    {},
  ],
  [
    "two equal lengths",
    "equalLengths",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\nx",
    "ERR_SLUICE_CONTENT_LENGTH",
    {},
  ],
  [
    "a list of equal lengths",
    "equalLengths",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 1,1\r\n\r\nx",
    "ERR_SLUICE_CONTENT_LENGTH",
    {},
  ],
];

describe.each(CASES)("%s", (_what, option, octets, code, fields) => {
  test("is refused", async () => {
    const server = await answering(octets);
    expect(await codeOf(open().request(server.url))).toBe(code);
    expect(await codeOf(open({ lenient: { [option]: false } }).request(server.url))).toBe(code);
    expect(await codeOf(open({ lenient: { ...ALL, [option]: undefined } }).request(server.url))).toBe(code);
  });

  test(`passes with ${option}, again and again`, async () => {
    const server = await answering(octets);
    const client = open({ lenient: { [option]: true } });
    for (let count = 0; count < 2; count++) {
      const response = await client.request(server.url);
      expect([response.status, await response.body.text()]).toEqual([200, "x"]);
      expect(response.headers.toJSON()).toMatchObject(fields);
    }
    expect(server.peers).toHaveLength(1);
  });
});

describe("is refused with every lenience there is:", () => {
  test.each([
    ["bare LF", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "ERR_SLUICE_LINE_ENDING"],
    [
      "bare LF behind a fold",
      "HTTP/1.1 200 OK\r\nA: b\n c\r\nContent-Length: 1\r\n\r\nx",
      "ERR_SLUICE_LINE_ENDING",
    ],
    [
      "a fold before the first field",
      "HTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 1\r\n\r\nx",
      "ERR_SLUICE_OBS_FOLD",
    ],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", "ERR_SLUICE_FIELD_NAME"],
    ["NUL in a fold", "HTTP/1.1 200 OK\r\nA: b\r\n \0\r\n\r\n", "ERR_SLUICE_FIELD_VALUE"],
    ["a tab behind the status", "HTTP/1.1 200\t\r\nContent-Length: 1\r\n\r\nx", "ERR_SLUICE_STATUS_LINE"],
    ["a reason without a space", "HTTP/1.1 200OK\r\nContent-Length: 1\r\n\r\nx", "ERR_SLUICE_STATUS_LINE"],
    ["a status of two digits", "HTTP/1.1 20\r\nContent-Length: 1\r\n\r\nx", "ERR_SLUICE_STATUS_LINE"],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "two lengths, equal as numbers alone",
      "HTTP/1.1 200 OK\r\nContent-Length: 1, 01\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "equal lengths that are none",
      "HTTP/1.1 200 OK\r\nContent-Length: +1, +1\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "an empty element among equal ones",
      "HTTP/1.1 200 OK\r\nContent-Length: ,\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "Transfer-Encoding beside Content-Length",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
      "ERR_SLUICE_LENGTH_AND_CODING",
    ],
    [
      "Transfer-Encoding in a fold beside Content-Length",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
      "ERR_SLUICE_LENGTH_AND_CODING",
    ],
    [
      "folds without an end",
      `HTTP/1.1 200 OK\r\nA: b\r\n${" c\r\n".repeat(5_000)}`,
      "ERR_SLUICE_HEAD_TOO_LARGE",
    ],
  ])("%s", async (_what, octets, code) => {
    const server = await answering(octets);
    expect(await codeOf(open({ lenient: ALL }).request(server.url))).toBe(code);
    await server.peers[0].closed();
  });

  test("a fold in the trailers, and bare LF in chunks", async () => {
    for (const [chunks, code] of [
      ["0\r\nA: b\r\n c\r\n\r\n", "ERR_SLUICE_OBS_FOLD"],
      ["1\nx\r\n0\r\n\r\n", "ERR_SLUICE_LINE_ENDING"],
      ["1\r\nx0\r\n\r\n", "ERR_SLUICE_CHUNK_DATA_END"],
    ]) {
      const server = await answering(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
      expect(await codeOf((await open({ lenient: ALL }).request(server.url)).body.text())).toBe(code);
    }
  });
});
