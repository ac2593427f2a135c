import { createRequire } from "node:module";
import { HTTPParser as JsParser } from "http-parser-js";

/**
 * What other parsers make of one message: Node's own llhttp, the later llhttp that undici brings, and http-parser-js.
 */

/** One message, to its last octet. */
export interface Message {
  readonly role: "request" | "response";
  readonly octets: string;
  /** The method of the request that a response answers. */
  readonly answers: string;
  /** Whether the connection ends after it. */
  readonly closed: boolean;
}

/** The body that a parser found, or why it found none. */
export type Reading = { readonly body: string } | { readonly error: string };

export type OtherParser = (message: Message) => Reading;

/** What both of Node's parser classes have, as far as it is used here. */
interface NodeParser {
  initialize?(type: number, resource: object): void;
  execute(octets: Buffer): number | Error;
  finish(): Error | undefined;
  [callback: number]: (...args: any[]) => unknown;
}
interface NodeParserClass {
  new (type: number): NodeParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kOnExecute: number;
  maxHeaderSize?: number;
}

const require = createRequire(import.meta.url);
const { HTTPParser: NativeParser } = require("_http_common") as { HTTPParser: NodeParserClass };

export const llhttp8: OtherParser = (message) => readWith(NativeParser, message);
export const httpParserJs: OtherParser = (message) => readWith(JavaScriptParser, message);

const JavaScriptParser = JsParser as unknown as NodeParserClass;
// It counts the lines of chunks as fields.
JavaScriptParser.maxHeaderSize = Number.MAX_SAFE_INTEGER;
// Callbacks get what those of today's Node get once anybody has looked at this.
void JavaScriptParser.kOnExecute;

function readWith(Parser: NodeParserClass, message: Message): Reading {
  const type = message.role === "request" ? Parser.REQUEST : Parser.RESPONSE;
  const parser = new Parser(type);
  parser.initialize?.(type, {});
  const reading = new BodyReading(message);
  parser[Parser.kOnHeaders] = () => undefined;
  parser[Parser.kOnHeadersComplete] = (_major, _minor, _fields, _method, _url, status: number | undefined) =>
    reading.head(status ?? 0);
  parser[Parser.kOnBody] = (bytes: Buffer, offset = 0, length = bytes.length) =>
    reading.data(bytes.toString("latin1", offset, offset + length));
  parser[Parser.kOnMessageComplete] = () => reading.complete();
  try {
    const result = parser.execute(Buffer.from(message.octets, "latin1"));
    if (result instanceof Error) return { error: (result as NodeJS.ErrnoException).code ?? result.message };
    if (message.closed) {
      const failure = parser.finish();
      if (failure instanceof Error)
        return { error: (failure as NodeJS.ErrnoException).code ?? failure.message };
    }
  } catch (error) {
    return { error: String(error) };
  }
  return reading.result;
}

/** Collects one message; interim responses before it are read over. */
class BodyReading {
  readonly #message: Message;
  #body = "";
  #interim = false;
  #complete = 0;

  constructor(message: Message) {
    this.#message = message;
  }

  /** What the parser is told about the body: 1 that there is none, 2 that a tunnel follows. */
  head(status: number): number {
    const { role, answers } = this.#message;
    this.#interim = role === "response" && status < 200;
    if (role === "request" || this.#interim) return 0;
    if (answers === "CONNECT" && status < 300) return 2;
    return answers === "HEAD" ? 1 : 0;
  }

  data(text: string): void {
    this.#body += text;
  }

  complete(): number {
    if (!this.#interim) this.#complete++;
    return 0;
  }

  get result(): Reading {
    if (this.#complete > 1) return { error: "several messages" };
    return this.#complete === 1 ? { body: this.#body } : { error: "incomplete" };
  }
}

interface Wasm {
  readonly memory: WebAssembly.Memory;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  malloc(length: number): number;
  free(pointer: number): void;
  llhttp_execute(parser: number, pointer: number, length: number): number;
  llhttp_finish(parser: number): number;
  llhttp_errno_name(errno: number): number;
}

const HPE_PAUSED_UPGRADE = 22;
let current: BodyReading;
const wasm = instantiate();

export const llhttp9: OtherParser = (message) => {
  current = new BodyReading(message);
  const parser = wasm.llhttp_alloc(message.role === "request" ? 1 : 2);
  const bytes = Buffer.from(message.octets, "latin1");
  const pointer = wasm.malloc(bytes.length);
  try {
    new Uint8Array(wasm.memory.buffer, pointer, bytes.length).set(bytes);
    let errno = wasm.llhttp_execute(parser, pointer, bytes.length);
    if (errno === 0 && message.closed) errno = wasm.llhttp_finish(parser);
    if (errno !== 0 && errno !== HPE_PAUSED_UPGRADE) return { error: nameOf(errno) };
  } finally {
    wasm.free(pointer);
    wasm.llhttp_free(parser);
  }
  return current.result;
};

function nameOf(errno: number): string {
  const memory = Buffer.from(wasm.memory.buffer);
  const start = wasm.llhttp_errno_name(errno);
  return memory.toString("latin1", start, memory.indexOf(0, start));
}

function instantiate(): Wasm {
  const module = new WebAssembly.Module(require("undici/lib/llhttp/llhttp-wasm.js") as Buffer<ArrayBuffer>);
  const nothing = (): number => 0;
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      wasm_on_message_begin: nothing,
      wasm_on_url: nothing,
      wasm_on_status: nothing,
      wasm_on_header_field: nothing,
      wasm_on_header_value: nothing,
      wasm_on_headers_complete: (_parser: number, status: number) => current.head(status),
      wasm_on_body(_parser: number, at: number, length: number) {
        current.data(Buffer.from(wasm.memory.buffer, at, length).toString("latin1"));
        return 0;
      },
      wasm_on_message_complete: () => current.complete(),
    },
  });
  return exports as unknown as Wasm;
}
