import {
  CsvParser,
  encodeCsvRow,
  encodeEvent,
  encodeLine,
  encodeSequenceElement,
  HEARTBEAT,
  JsonArrayEncoder,
  JsonArrayParser,
  JsonSeqParser,
  MultipartEncoder,
  MultipartParser,
  NdjsonParser,
  SseParser,
} from "sluice/formats";
import { codeOf, equal } from "../suite/expect.mjs";
import { cuts, latin1, octets, utf8 } from "../suite/octets.mjs";
import { test } from "../suite/test.mjs";

const VALUES = [{ id: 1, name: "Zoë 🌊" }, [1, [2, "]"]], "a\n\u2028b", null, true, -0.5e10, ""];

/** What a parser of values finds in text, for every cut of it. */
function eachReading(text, make, check) {
  for (const pieces of cuts(text)) {
    const items = [];
    const parser = make((item) => items.push(item));
    for (const piece of pieces) parser.push(piece);
    check(items, parser);
  }
}

test("server-sent events are the same however they are cut", () => {
  const sent = [
    { data: "one" },
    { event: "level", data: "two\nlines", id: "7" },
    { data: "", id: "8" },
    { data: " Zoë 🌊 " },
  ];
  const text = `\uFEFF${sent.map((event) => encodeEvent(event)).join(HEARTBEAT)}retry: 250\r\ndata: crlf\r\ndata\r\rdata: lost`;
  for (const pieces of cuts(text)) {
    const found = [];
    const parser = new SseParser({
      event: (event) => found.push(event),
      retry: (milliseconds) => found.push(milliseconds),
    });
    for (const piece of pieces) parser.push(piece);
    equal(parser.end(), true);
    equal(found, [
      { event: "message", data: "one", id: "" },
      { event: "level", data: "two\nlines", id: "7" },
      { event: "message", data: "", id: "8" },
      { event: "message", data: " Zoë 🌊 ", id: "8" },
      250,
      { event: "message", data: "crlf\n", id: "8" },
    ]);
  }
});

test("NDJSON is the same however it is cut", () => {
  eachReading(
    VALUES.map((value) => encodeLine(value)).join(""),
    (item) => new NdjsonParser({ item }),
    (items, parser) => {
      parser.end();
      equal(items, VALUES);
    },
  );
});

test("a JSON text sequence is the same however it is cut", () => {
  eachReading(
    VALUES.map((value) => encodeSequenceElement(value)).join(""),
    (item) => new JsonSeqParser({ item }),
    (items, parser) => {
      parser.end();
      equal(items, VALUES);
    },
  );
});

test("a JSON array is the same however it is cut", () => {
  const encoder = new JsonArrayEncoder();
  const text = VALUES.map((value) => encoder.item(value)).join("") + encoder.end();
  equal(JSON.parse(text), VALUES);
  eachReading(
    text,
    (item) => new JsonArrayParser({ item }),
    (items, parser) => {
      parser.end();
      equal(items, VALUES);
    },
  );
});

test("CSV is the same however it is cut", () => {
  const table = [
    ["id", "name"],
    ["1", 'Zoë, "the" 🌊'],
    ["2", "two\r\nlines"],
    ["", ""],
  ];
  eachReading(
    table.map((row) => encodeCsvRow(row)).join(""),
    (row) => new CsvParser({ row }),
    (items, parser) => {
      parser.end();
      equal(items, table);
    },
  );
});

test("rows that are cut are not complete", async () => {
  const cut = [
    [() => new NdjsonParser({ item() {} }), ["1", "1\n12", "1\n{}"]],
    [() => new JsonSeqParser({ item() {} }), ["\x1e1", "\x1e{}\n\x1e12"]],
    [() => new JsonArrayParser({ item() {} }), ["", "[", "[1", "[1,", "[1,2", "[{}"]],
    [() => new CsvParser({ row() {} }, { unfinishedRow: false }), ["a", "a\r\nb", 'a,"b', 'a,"b"', "a\r"]],
  ];
  for (const [make, texts] of cut)
    for (const text of texts) {
      const parser = make();
      parser.push(text);
      equal(await codeOf(() => parser.end()), "ERR_SLUICE_FORMAT_TRUNCATED");
    }
});

test("multipart is the same however it is cut", () => {
  const encoder = new MultipartEncoder("sluice");
  const parts = [
    {
      headers: [
        ["Content-Type", "text/plain; charset=utf-8"],
        ["Content-Disposition", 'form-data; name="a"'],
      ],
      data: "Zoë 🌊\r\n--sluic",
    },
    { headers: [], data: "" },
  ];
  let wire = "";
  for (const { headers, data } of parts) wire += encoder.part(headers) + latin1(utf8(data));
  wire += encoder.end();
  for (const pieces of cuts(octets(wire))) {
    const found = [];
    const parser = new MultipartParser("sluice", {
      partBegin: (headers) => found.push({ headers, data: "" }),
      partData: (view) => (found.at(-1).data += latin1(view)),
    });
    for (const piece of pieces) parser.push(piece);
    parser.end();
    equal(
      found,
      parts.map(({ headers, data }) => ({ headers, data: latin1(utf8(data)) })),
    );
  }
});

test("what is no value is refused with its place", async () => {
  const wrong = [
    ["1\n{]\n", new NdjsonParser({ item() {} })],
    ["[1,]", new JsonArrayParser({ item() {} })],
    ['a"b\r\n', new CsvParser({ row() {} })],
  ];
  for (const [text, parser] of wrong) {
    equal(await codeOf(() => parser.push(text)), "ERR_SLUICE_FORMAT_SYNTAX");
    equal(await codeOf(() => parser.end()), "ERR_SLUICE_FORMAT_SYNTAX");
  }
  const small = new NdjsonParser({ item() {} }, { lineLength: 4 });
  small.push("1234\n");
  equal(await codeOf(() => small.push("12345")), "ERR_SLUICE_FORMAT_LIMIT");
});
