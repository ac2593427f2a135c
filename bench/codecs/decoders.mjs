// Each decoder behind the same face: create() makes one for a new body, read(bytes) feeds it. All of them count the
// payload in a callback of their own; `sink`, an array, makes them keep copies, too, which is how they are checked.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const RESPONSE_HEAD = Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

async function sluiceDecoders() {
  const { ChunkedDecoder } = await import("../../dist/http1/index.js");
  const plain = (sink) => {
    let total = 0;
    const decoder = new ChunkedDecoder({
      data(view) {
        total += view.length;
        if (sink) sink.push(Buffer.from(view));
      },
    });
    return { read: (bytes) => decoder.write(bytes), payload: () => total };
  };
  const withBoundaries = (sink) => {
    let total = 0;
    let chunks = 0;
    const decoder = new ChunkedDecoder({
      data(view) {
        total += view.length;
        if (sink) sink.push(Buffer.from(view));
      },
      chunk() {
        chunks += 1;
      },
    });
    return { read: (bytes) => decoder.write(bytes), payload: () => total, chunks: () => chunks };
  };
  return [
    { name: "sluice", create: plain },
    { name: "sluice, chunk by chunk", create: withBoundaries },
  ];
}

function nodeDecoder() {
  const { HTTPParser } = require("_http_common");
  const create = (sink) => {
    let total = 0;
    const parser = new HTTPParser();
    parser.initialize(HTTPParser.RESPONSE, {});
    parser[HTTPParser.kOnBody] = (view) => {
      total += view.length;
      if (sink) sink.push(Buffer.from(view));
    };
    parser.execute(RESPONSE_HEAD);
    return { read: (bytes) => parser.execute(bytes), payload: () => total, close: () => parser.close() };
  };
  return { name: "node's parser", create };
}

const ignore = () => 0;

/** llhttp as WebAssembly, driven as undici's client does: the read is copied in, each body view points into the read. */
function undiciDecoder() {
  const binary = require("undici/lib/llhttp/llhttp_simd-wasm.js");
  const { TYPE } = require("undici/lib/llhttp/constants.js");
  const FastBuffer = Buffer[Symbol.species];
  let current;
  let currentPointer = 0;
  let onBody;
  const { exports: llhttp } = new WebAssembly.Instance(new WebAssembly.Module(binary), {
    env: {
      wasm_on_url: ignore,
      wasm_on_status: ignore,
      wasm_on_message_begin: ignore,
      wasm_on_header_field: ignore,
      wasm_on_header_value: ignore,
      wasm_on_headers_complete: ignore,
      wasm_on_message_complete: ignore,
      wasm_on_body(_, at, length) {
        onBody(new FastBuffer(current.buffer, at - currentPointer + current.byteOffset, length));
        return 0;
      },
    },
  });
  const room = 64 * 1024;
  currentPointer = llhttp.malloc(room);

  const create = (sink) => {
    let total = 0;
    const parser = llhttp.llhttp_alloc(TYPE.RESPONSE);
    onBody = (view) => {
      total += view.length;
      if (sink) sink.push(Buffer.from(view));
    };
    const read = (bytes) => {
      current = bytes;
      new Uint8Array(llhttp.memory.buffer, currentPointer, room).set(bytes);
      const fault = llhttp.llhttp_execute(parser, currentPointer, bytes.length);
      if (fault !== 0) throw new Error(`llhttp fault ${fault}`);
    };
    read(RESPONSE_HEAD);
    return { read, payload: () => total, close: () => llhttp.llhttp_free(parser) };
  };
  return { name: "undici's llhttp (wasm)", create };
}

function httpParserJsDecoder() {
  const { HTTPParser } = require("http-parser-js");
  const create = (sink) => {
    let total = 0;
    const parser = new HTTPParser(HTTPParser.RESPONSE);
    parser[HTTPParser.kOnHeadersComplete] = () => 0;
    parser[HTTPParser.kOnBody] = (bytes, offset, length) => {
      total += length;
      if (sink) sink.push(Buffer.from(bytes.subarray(offset, offset + length)));
    };
    parser[HTTPParser.kOnMessageComplete] = () => {};
    parser.execute(RESPONSE_HEAD);
    return { read: (bytes) => parser.execute(bytes), payload: () => total };
  };
  return { name: "http-parser-js", create };
}

/** All decoders that are here, and a note for each that is not. */
export async function loadDecoders() {
  const decoders = [];
  const notes = [];
  for (const load of [sluiceDecoders, nodeDecoder, undiciDecoder, httpParserJsDecoder]) {
    try {
      decoders.push(...[await load()].flat());
    } catch (error) {
      notes.push(`left out: ${load.name} (${error.message.split("\n")[0]})`);
    }
  }
  return { decoders, notes };
}
