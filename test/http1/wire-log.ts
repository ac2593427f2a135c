import type { ProtocolError } from "../../src/errors.ts";
import type {
  BodyFraming,
  ChunkExtension,
  ReceivedTrailers,
  RequestHead,
  ResponseHead,
} from "../../src/http1/index.ts";
import { toNotation } from "./notation.ts";

/**
 * What a reader of octets reported, as the lines of a wire case. Payload that came in several views is one piece, and lines that
 * repeat themselves are counted.
 */
export class WireLog {
  /** Payload in the order of its octets, over all messages. */
  payload = "";
  /** What was left unread. */
  rest = "";
  readonly #lines: { text: string; payload: string; times: number }[] = [];
  // The chunk or the body that is being read, without its payload, and the views of that.
  #open: string | undefined;
  #views: string[] = [];

  head(head: RequestHead | ResponseHead, framing: BodyFraming): void {
    const start =
      "method" in head
        ? `head ${head.method} ${head.target} HTTP/1.${head.minor}`
        : `head HTTP/1.${head.minor} ${head.status} ${toNotation(head.reason)}`;
    this.#line(start.trimEnd());
    for (const [name, value] of head.fields) this.#line(`  ${name}: ${toNotation(value)}`.trimEnd());
    this.#line(framing.kind === "length" ? `body length ${framing.length}` : `body ${framing.kind}`);
  }

  chunk(size: number, extensions: readonly ChunkExtension[]): void {
    this.#close();
    this.#open = `chunk ${size}`;
    for (const { name, value } of extensions) {
      this.#open += value === undefined ? ` ${name}` : ` ${name}="${toNotation(value)}"`;
    }
  }

  data(view: Uint8Array): void {
    this.#open ??= "data";
    this.#views.push(Buffer.from(view).toString("latin1"));
  }

  trailer(name: string, value: string, note = ""): void {
    this.#line(`trailer ${name}: ${toNotation(value)}${note}`.trimEnd());
  }

  trailers({ fields, undeclared, dropped }: ReceivedTrailers): void {
    for (const [name, value] of fields) {
      this.trailer(name, value, undeclared.includes(name.toLowerCase()) ? " (undeclared)" : "");
    }
    for (const name of dropped) this.#line(`dropped ${name}`);
  }

  end(): void {
    this.#line("end");
  }

  error({ code, offset, status }: ProtocolError): void {
    const at = offset === undefined ? "" : ` at ${offset}`;
    const answer = status === undefined ? "" : `, ${status}`;
    this.#line(`error ${code}${at}${answer}`);
  }

  /** The log as it stands in a wire case. */
  get text(): string {
    this.#close();
    const lines = this.#lines.map(({ text, payload, times }) => {
      const line = payload === "" ? text : `${text}: ${toNotation(payload)}`;
      return times === 1 ? line : `${line} (${times} times)`;
    });
    if (this.rest !== "") lines.push(`rest ${toNotation(this.rest)}`);
    return lines.join("\n");
  }

  /** The log without chunks: what a reader is told who asked for payload alone. */
  get outline(): string {
    this.#close();
    const lines = this.#lines.flatMap(({ text }) => (/^(chunk|data)\b/.test(text) ? [] : [text]));
    return [...lines, this.payload, this.rest].join("\n");
  }

  #line(text: string, payload = ""): void {
    this.#close();
    const last = this.#lines.at(-1);
    if (last?.text === text && last.payload === payload) last.times++;
    else this.#lines.push({ text, payload, times: 1 });
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    const payload = this.#views.join("");
    this.#open = undefined;
    this.#views = [];
    this.payload += payload;
    this.#line(open, payload);
  }
}
