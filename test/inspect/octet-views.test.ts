import { expect, test } from "vitest";
import { HexView, RawView } from "../../src/inspect/hex-view.ts";
import { jsonRow } from "../../src/inspect/json-row.ts";
import { WireReader } from "../../src/inspect/wire-reader.ts";
import { octetsOf, rowsOf } from "./rows-of.ts";

const RESPONSE = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n worldX0\r\n\r\n";

test("hex, with framing marked apart from payload", () => {
  for (const size of [1000, 1]) {
    const view = new HexView();
    const lines: string[] = [];
    const reader = new WireReader({
      row: () => {},
      octets: (part, octets, offset) => lines.push(...view.lines(part, octets, offset)),
    });
    const octets = octetsOf(RESPONSE);
    for (let at = 0; at < octets.length; at += size) reader.receive(octets.subarray(at, at + size), at);
    lines.push(...view.end());
    expect(lines).toEqual([
      "00000000 # 48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d  |HTTP/1.1 200 OK.|",
      "00000010 # 0a 54 72 61 6e 73 66 65 72 2d 45 6e 63 6f 64 69  |.Transfer-Encodi|",
      "00000020 # 6e 67 3a 20 63 68 75 6e 6b 65 64 0d 0a 0d 0a     |ng: chunked....|",
      "0000002f = 35 0d 0a                                         |5..|",
      "00000032   68 65 6c 6c 6f                                   |hello|",
      "00000037 = 0d 0a 36 0d 0a                                   |..6..|",
      "0000003c   20 77 6f 72 6c 64                                | world|",
      "00000042 ! 58 30 0d 0a 0d 0a                                |X0....|",
    ]);
  }
});

test.each([
  [40, 4],
  [45, 4],
  [46, 8],
  [77, 8],
  [78, 16],
])("hex fits %i columns, with %i octets a line", (width, octets) => {
  const lines = new HexView({ width }).lines("payload", new Uint8Array(64), 0);
  expect(lines).toHaveLength(64 / octets);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
});

test("raw octets are safe to print", () => {
  const view = new RawView();
  expect(view.text(octetsOf("a\r\n\x1b[2J\xc3"))).toBe("a␍␊\n␛[2J");
  expect(view.text(octetsOf("\xa4"))).toBe("ä");
});

test("a row is one line of JSON, its octets as text or base64", () => {
  const lines = rowsOf(["HTTP/1.1 200 OK\r\n\r\n", "hell\u2028o\n".replace("\u2028", ""), "\xff\xfe\0"]).map(
    jsonRow,
  );
  for (const line of lines) expect(line).toMatch(/^\{.*\}\n$/);
  const rows = lines.map((line) => JSON.parse(line));
  expect(rows.map(({ kind }) => kind)).toEqual(["head", "framing", "piece", "piece", "ending", "verdict"]);
  expect(rows[2].sample).toEqual({ text: "hello\n" });
  expect(rows[3].sample).toEqual({ base64: "//4A" });
});

test("times in JSON have three decimals at most", () => {
  expect(jsonRow({ kind: "ending", at: 1.23456, offset: 3, how: "closed" })).toBe(
    '{"kind":"ending","at":1.235,"offset":3,"how":"closed"}\n',
  );
});
