import { ChunkedDecoder, ChunkedDecoderStream, ChunkedEncoder, ChunkedEncoderStream } from "sluice/http1";
import { codeOf, equal, ok } from "../suite/expect.mjs";
import { cuts, join, latin1, octets } from "../suite/octets.mjs";
import { test } from "../suite/test.mjs";

const WIRE =
  '5;a=b;c="d e"\r\nhello\r\n1\r\n,\r\nA\r\n wide worl\r\n1\r\nd\r\n0;last\r\nX-Sum: 17\r\nx-sum: 2\r\n\r\n';

test("a chunked body is the same however it is cut", () => {
  for (const pieces of cuts(octets(WIRE))) {
    let body = "";
    const decoder = new ChunkedDecoder({ data: (view) => (body += latin1(view)) });
    for (const piece of pieces) equal(decoder.write(piece), piece.length);
    decoder.end();
    equal(body, "hello, wide world");
    equal(
      [...decoder.trailers],
      [
        ["X-Sum", "17"],
        ["x-sum", "2"],
      ],
    );
    equal(decoder.consumed, WIRE.length);
  }
});

test("chunks are reported with size, extensions and place however they are cut", () => {
  for (const pieces of cuts(octets(WIRE))) {
    const chunks = [];
    const decoder = new ChunkedDecoder({
      data: (view) => (chunks.at(-1).data += latin1(view)),
      chunk: (size, extensions, offset) => chunks.push({ size, extensions, offset, data: "" }),
    });
    for (const piece of pieces) decoder.write(piece);
    equal(chunks, [
      {
        size: 5,
        extensions: [
          { name: "a", value: "b" },
          { name: "c", value: "d e" },
        ],
        offset: 0,
        data: "hello",
      },
      { size: 1, extensions: [], offset: 22, data: "," },
      { size: 10, extensions: [], offset: 28, data: " wide worl" },
      { size: 1, extensions: [], offset: 43, data: "d" },
      { size: 0, extensions: [{ name: "last", value: undefined }], offset: 49, data: "" },
    ]);
  }
});

test("a chunked body that is cut at any place is not complete", async () => {
  for (let length = 0; length < WIRE.length; length++) {
    const decoder = new ChunkedDecoder({ data() {} });
    decoder.write(octets(WIRE.slice(0, length)));
    ok(!decoder.done, `more to be awaited after ${length} octets`);
    equal(await codeOf(() => decoder.end()), "ERR_SLUICE_TRUNCATED");
  }
});

test("what stands behind a chunked body is left alone", () => {
  for (const pieces of cuts(octets("3\r\nabc\r\n0\r\n\r\nGET /"))) {
    let body = "";
    let rest = "";
    const decoder = new ChunkedDecoder({ data: (view) => (body += latin1(view)) });
    for (const piece of pieces) rest += latin1(piece.subarray(decoder.done ? 0 : decoder.write(piece)));
    equal([body, rest], ["abc", "GET /"]);
  }
});

test("a chunked body that can be read in two ways is refused", async () => {
  const wrong = [
    "5\nhello",
    "5\r\nhello\n",
    "5\r\nhelloX",
    "+5\r\n",
    "0x5\r\n",
    "5 \r\n",
    "\r\n",
    "5;=\r\n",
    "20000000000000\r\n",
    "0\r\nA :b\r\n",
  ];
  for (const text of wrong) {
    for (const pieces of cuts(octets(text))) {
      const decoder = new ChunkedDecoder({ data() {} });
      const code = await codeOf(() => {
        for (const piece of pieces) decoder.write(piece);
      });
      ok(code.startsWith("ERR_SLUICE_"), `a code for ${text}`);
      equal(await codeOf(() => decoder.write(octets("0\r\n\r\n"))), code);
    }
  }
});

test("what the encoder has written the decoder reads", () => {
  const encoder = new ChunkedEncoder();
  const payloads = [1, 15, 16, 255, 4_096, 70_000].map((length) =>
    Uint8Array.from({ length }, (_, at) => at * 7),
  );
  equal(encoder.chunk(new Uint8Array()), []);
  const wire = [
    ...payloads.flatMap((payload) => encoder.chunk(payload, [{ name: "n", value: "a b" }])),
    ...encoder.last({ "x-end": "yes" }),
  ];
  const views = [];
  const decoder = new ChunkedDecoder({ data: (view) => views.push(view.slice()) });
  const bytes = join(wire);
  for (let at = 0; at < bytes.length; at += 1_000) decoder.write(bytes.slice(at, at + 1_000));
  equal(join(views), join(payloads));
  equal(decoder.trailers.get("X-End"), "yes");
});

test("the chunked coding is a pair of web streams", async () => {
  const coder = new ChunkedEncoderStream(() => ({ "x-count": "3" }));
  const decoder = new ChunkedDecoderStream();
  const source = new ReadableStream({
    start(controller) {
      for (const text of ["one", "two", "three"]) controller.enqueue(octets(text));
      controller.close();
    },
  });
  const reader = source.pipeThrough(coder).pipeThrough(decoder).getReader();
  let body = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    body += latin1(value);
  }
  equal(body, "onetwothree");
  equal(decoder.trailers.get("x-count"), "3");
});

test("a web stream of chunks that is cut is an error", async () => {
  const decoder = new ChunkedDecoderStream();
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue(octets("3\r\nabc\r\n0\r\n"));
      controller.close();
    },
  });
  const reader = source.pipeThrough(decoder).getReader();
  equal(
    await codeOf(async () => {
      while (!(await reader.read()).done);
    }),
    "ERR_SLUICE_TRUNCATED",
  );
});
