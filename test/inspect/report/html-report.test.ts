import { parse } from "parse5";
import { describe, expect, test } from "vitest";
import { HtmlReport } from "../../../src/inspect/report/html-report.ts";
import type { WireRow } from "../../../src/inspect/rows.ts";
import { WireReader } from "../../../src/inspect/wire-reader.ts";
import { octetsOf, rowsOf } from "../rows-of.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
const URL_TEXT = "https://example.com/a?b=<c>&d='e'";

function reportOf(rows: readonly WireRow[], url = URL_TEXT): string {
  const report = new HtmlReport({ url, sent: new Date(0) });
  for (const row of rows) report.add(row);
  return report.html();
}

interface Node {
  nodeName: string;
  value?: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
}

/** All elements of a page, as a browser would read them. */
function elementsOf(html: string): Node[] {
  const found: Node[] = [];
  const visit = (node: Node) => {
    if (node.attrs !== undefined) found.push(node);
    for (const child of node.childNodes ?? []) visit(child);
  };
  visit(parse(html));
  return found;
}

const textOf = (html: string): string => {
  let text = "";
  const visit = (node: Node) => {
    if (node.nodeName === "script" || node.nodeName === "style") return;
    text += node.value ?? "";
    for (const child of node.childNodes ?? []) visit(child);
  };
  visit(parse(html));
  return text;
};

test("it needs nothing but itself", () => {
  const html = reportOf(
    rowsOf([`${CHUNKED}Link: <https://cdn.example/x.js>\r\n\r\n5\r\nhello\r\n0\r\n\r\n`]),
  );
  const outside = ["src", "href", "action", "data", "poster", "srcset", "style", "background", "formaction"];
  for (const { attrs, nodeName } of elementsOf(html)) {
    for (const { name } of attrs!) {
      expect(outside).not.toContain(name);
      expect(name).not.toMatch(/^on/);
    }
    expect(["link", "img", "iframe", "object", "embed", "base", "form"]).not.toContain(nodeName);
  }
  expect(html).not.toMatch(/url\(|@import|\bimport\(|fetch\(|XMLHttpRequest/);
  expect(html.match(/https?:\/\/[^\s&<]+/g)).toEqual([
    "https://example.com/a?b=",
    "https://example.com/a?b=",
    "https://cdn.example/x.js",
  ]);
  const policy = elementsOf(html).find(({ attrs }) =>
    attrs!.some(({ value }) => value === "Content-Security-Policy"),
  );
  expect(policy!.attrs!.find(({ name }) => name === "content")!.value).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
  );
});

describe("what comes from the wire is never markup", () => {
  const attacks = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!--",
    "]]>",
    "</style><style>*{display:none}",
    "\0<b>\0",
    "&lt;b&gt;",
    "${alert(1)}",
  ];
  const plain = elementsOf(attacked("x")).map(({ nodeName }) => nodeName);

  function attacked(attack: string): string {
    const line = attack.replace(/[\0\r\n]/g, "");
    const hex = Buffer.byteLength(attack).toString(16);
    return reportOf(
      [
        ...rowsOf([
          `HTTP/1.1 200 ${line}\r\nX-Attack: ${line}\r\nContent-Type: ${line}\r\nTrailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n`,
          `${hex};a=b\r\n${attack}\r\n0\r\nX-A: ${line}\r\n\r\n`,
        ]),
        ...rowsOf([`${CHUNKED}\r\n${attack}\r\n`]).filter(
          ({ kind }) => kind === "fault" || kind === "explanation",
        ),
        ...rowsOf([`${CHUNKED}\r\n${attack}\r\n`]).slice(-1),
      ],
      attack,
    );
  }

  test.each(attacks)("%j", (attack) => {
    const html = attacked(attack);
    const names = elementsOf(html).map(({ nodeName }) => nodeName);
    // Control characters have elements of their own; nothing else is new.
    const own = ["i", "mark"];
    expect(names.filter((name) => !own.includes(name))).toEqual(plain.filter((name) => !own.includes(name)));
    for (const { attrs } of elementsOf(html))
      for (const { name } of attrs!)
        expect(name).toMatch(/^[a-z][a-z-]*$|^viewbox$|^viewBox$|^preserveAspectRatio$|^x1?$|^y$/i);
    expect(html).not.toMatch(/[\0\u2028\u2029]/);
    expect(textOf(html)).toContain(attack.replaceAll("\0", "\u2400"));
  });

  test("separators of lines, and what turns the writing around", () => {
    const html = reportOf(rowsOf([`${CHUNKED}\r\n6\r\n\xe2\x80\xa8\xe2\x80\xae\r\n0\r\n\r\n`]));
    expect(html).not.toMatch(/[\u2028\u202e]/);
    expect(textOf(html)).toContain("\\u2028\\u202e");
  });
});

test("the verdict stands first, a fault at its byte with its section", () => {
  const html = reportOf(rowsOf([`${CHUNKED}\r\n3\r\nhello\r\n0\r\n\r\n`]));
  const text = textOf(html);
  expect(text).toContain("Broken at byte 53");
  expect(text).toContain("Chunk 1 announces 3 bytes and carries 5, which is 5 in hex.");
  expect(text).toContain("RFC 9112 section 7.1");
  expect(html).toContain("<mark>6c</mark>");
  expect(html.indexOf('class="verdict')).toBeLessThan(html.indexOf("<svg"));
});

test("gaps and stalls are marked", () => {
  const rows: WireRow[] = [];
  const reader = new WireReader({ row: (row) => rows.push(row) });
  reader.receive(octetsOf(`${CHUNKED}\r\n1\r\na\r\n`), 100);
  reader.receive(octetsOf("1\r\nb\r\n0\r\n\r\n"), 2100);
  reader.end("kept", 2100);
  const html = reportOf(rows);
  expect(html).toContain('<rect class="gap" x="100" y="0" width="2000"');
  expect(html).toContain('<span class="t stall">2.0 s</span>');
});

test.each([
  ["nothing", []],
  ["no verdict yet", rowsOf([`${CHUNKED}\r\n`]).slice(0, 2)],
  ["no response", rowsOf([])],
  ["no HTTP", rowsOf(["SSH-2.0\r\n"])],
  ["one chunk", rowsOf([`${CHUNKED}\r\n1\r\na\r\n0\r\n\r\n`])],
  ["no body", rowsOf(["HTTP/1.1 204 No Content\r\n\r\n"])],
  ["pieces", rowsOf(["HTTP/1.1 200 OK\r\n\r\n", "a", "b"])],
])("%s makes a page, too", (_, rows) => {
  const html = reportOf(rows);
  expect(html.replace(/<script>.*?<\/script>/s, "")).not.toMatch(/undefined|NaN|Infinity/);
  expect(elementsOf(html).filter(({ nodeName }) => nodeName === "h1")).toHaveLength(1);
});

test("100,000 chunks make a page of a few megabytes, and it says what was left out", () => {
  const report = new HtmlReport({ url: URL_TEXT });
  const reader = new WireReader({ row: (row) => report.add(row) });
  reader.receive(octetsOf(`${CHUNKED}\r\n`), 1);
  const piece = octetsOf(`100\r\n${'"<&>"'.repeat(51)}x\r\n`.repeat(10));
  for (let times = 0; times < 10_000; times++) reader.receive(piece, times);
  reader.receive(octetsOf("0\r\n\r\n"), 10_000);
  reader.end("kept", 10_000);
  const html = report.html();
  expect(html.length).toBeLessThan(4_000_000);
  const text = textOf(html);
  expect(text).toContain("99,400 chunks left out here");
  expect(text).toMatch(/a bar stands for up to \d+ of them/);
  expect(html.match(/<li><details>/g)).toHaveLength(600);
});
