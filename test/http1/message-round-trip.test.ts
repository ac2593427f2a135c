import * as fc from "fast-check";
import { expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import {
  type ReceivedTrailers,
  type ReceiverHandler,
  type RequestHead,
  RequestReceiver,
  type ResponseHead,
  ResponseReceiver,
  Sender,
} from "../../src/http1/index.ts";
import { cutInPieces, fieldLine, latin1Text, token } from "./arbitraries.ts";

/** A message as it was sent, and as it has to arrive. */
interface Message {
  readonly start: readonly unknown[];
  readonly fields: readonly (readonly [string, string])[];
  body: string;
  trailers: readonly (readonly [string, string])[];
  ended: boolean;
}

// Names that the connection sets, or reads.
const CONNECTION_FIELDS = new Set(["content-length", "transfer-encoding", "trailer", "connection"]);
const trimmed = (fields: readonly (readonly [string, string])[]) =>
  fields.map(([name, value]): [string, string] => [name, value.replace(/^[\t ]+|[\t ]+$/g, "")]);

/** Writes messages down as they arrive. */
function recorder(): { messages: Message[]; handler: ReceiverHandler<RequestHead | ResponseHead> } {
  const messages: Message[] = [];
  const handler = {
    head(head: RequestHead | ResponseHead) {
      const start = "method" in head ? [head.method, head.target] : [head.status, head.reason];
      const fields = [...head.fields].filter(([name]) => !CONNECTION_FIELDS.has(name.toLowerCase()));
      messages.push({ start, fields, body: "", trailers: [], ended: false });
    },
    data: (view: Uint8Array) => void (messages.at(-1)!.body += Buffer.from(view).toString("latin1")),
    end(trailers: ReceivedTrailers | undefined) {
      Object.assign(messages.at(-1)!, { trailers: [...(trailers?.fields ?? [])], ended: true });
    },
  };
  return { messages, handler };
}

/** Gives the wire to a receiver, cut, message by message, and then ends it. */
function receive(receiver: RequestReceiver | ResponseReceiver, wire: Buffer, cuts: number[]): void {
  for (const piece of cutInPieces(wire, cuts)) {
    for (let at = 0; at < piece.length;) {
      const next = receiver.receive(piece, at);
      if (next === at) expect.fail("nothing was read");
      at = next;
    }
  }
  receiver.end();
}

/** A sender whose output is collected. */
function collector(): { sender: Sender; wire: () => Buffer } {
  const pieces: Uint8Array[] = [];
  const sender = new Sender({
    text: (latin1) => pieces.push(octets(latin1)),
    bytes: (view) => pieces.push(view),
  });
  return { sender, wire: () => Buffer.concat(pieces) };
}

const anyFields = fc.array(fieldLine, { maxLength: 5 });
const anyBody = fc.array(fc.oneof(fc.uint8Array({ maxLength: 30 }), latin1Text), { maxLength: 5 });
const anyCuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 20 });
const anyTarget = fc.oneof(
  fc.webPath().map((path) => `/${path}`),
  fc.webUrl({ withQueryParameters: true, validSchemes: ["http", "https"] }),
);
const textOf = (pieces: (string | Uint8Array)[]) =>
  pieces.map((piece) => (typeof piece === "string" ? piece : Buffer.from(piece).toString("latin1"))).join("");

function sendBody(sender: Sender, pieces: (string | Uint8Array)[], trailers: [string, string][]): void {
  for (const piece of pieces) sender.data(piece);
  sender.end(sender.chunked ? trailers : undefined);
}

const request = fc.record({
  method: token.filter((method) => method !== "CONNECT"),
  target: anyTarget,
  fields: anyFields,
  body: fc.option(anyBody, { nil: undefined }),
  chunked: fc.boolean(),
  trailers: anyFields,
});

test("requests arrive as they were sent", () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 4 }), anyCuts, (requests, cuts) => {
      const { sender, wire } = collector();
      const sent = requests.map(({ method, target, fields, body, chunked, trailers }): Message => {
        const all = [["Host", "a"] as const, ...fields];
        const size = body === undefined ? undefined : chunked ? "chunked" : textOf(body).length;
        sender.request(
          method,
          target,
          all,
          size,
          trailers.map(([name]) => name),
        );
        sendBody(sender, body ?? [], trailers);
        const arriving = size === "chunked" ? trimmed(trailers) : [];
        return {
          start: [method, target],
          fields: trimmed(all),
          body: textOf(body ?? []),
          trailers: arriving,
          ended: true,
        };
      });
      const { messages, handler } = recorder();
      receive(new RequestReceiver(handler), wire(), cuts);
      expect(messages).toEqual(sent);
    }),
    { numRuns: 300 },
  );
});

const response = fc.record({
  status: fc.oneof(fc.constantFrom(200, 204, 205, 304, 404), fc.integer({ min: 200, max: 599 })),
  reason: latin1Text,
  interim: fc.array(fc.tuple(fc.constantFrom(100, 102, 103, 199), anyFields), { maxLength: 2 }),
  fields: anyFields,
  body: anyBody,
  known: fc.boolean(),
  trailers: anyFields,
  method: fc.constantFrom("GET", "HEAD", "POST"),
  minor: fc.constantFrom(0 as const, 1 as const, 1 as const),
  keepAlive: fc.boolean(),
});

test("responses arrive as they were sent", () => {
  fc.assert(
    fc.property(fc.array(response, { maxLength: 4 }), anyCuts, (responses, cuts) => {
      const { sender, wire } = collector();
      const { messages, handler } = recorder();
      const receiver = new ResponseReceiver(handler);
      const sent: Message[] = [];
      for (const {
        status,
        reason,
        interim,
        fields,
        body,
        known,
        trailers,
        method,
        minor,
        keepAlive,
      } of responses) {
        if (sender.closed) break;
        receiver.expect(method);
        for (const [code, hints] of interim) {
          sender.informational(code, hints);
          sent.push({
            start: [code, expect.any(String)],
            fields: trimmed(hints),
            body: "",
            trailers: [],
            ended: false,
          });
        }
        const bodiless = method === "HEAD" || [204, 205, 304].includes(status);
        const size = known && status !== 204 && status !== 205 ? textOf(body).length : undefined;
        sender.response(
          { status, reason, fields, size, trailers: trailers.map(([name]) => name) },
          { method, minor, keepAlive },
        );
        expect(sender.wantsBody).toBe(!bodiless);
        const arriving = sender.chunked ? trimmed(trailers) : [];
        sendBody(sender, bodiless ? [] : body, trailers);
        sent.push({
          start: [status, reason],
          fields: trimmed(fields),
          body: bodiless ? "" : textOf(body),
          trailers: arriving,
          ended: true,
        });
      }
      receive(receiver, wire(), cuts);
      expect(messages).toEqual(sent);
    }),
    { numRuns: 300 },
  );
});

test("a body of known length is what a reader of a shorter connection calls truncated", () => {
  fc.assert(
    fc.property(
      response,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      ({ fields, body, known, trailers }, part) => {
        const { sender, wire } = collector();
        sender.response(
          { status: 200, fields, size: known ? textOf(body).length : undefined },
          { method: "GET", minor: 1, keepAlive: true },
        );
        sendBody(sender, body, trailers);
        const { messages, handler } = recorder();
        const receiver = new ResponseReceiver(handler);
        receiver.expect("GET");
        const whole = wire();
        receiver.receive(Buffer.from(whole.subarray(0, 1 + Math.floor(part * (whole.length - 1)))));
        expect(() => receiver.end()).toThrow(expect.objectContaining({ code: "ERR_SLUICE_TRUNCATED" }));
        expect(messages.some(({ ended }) => ended)).toBe(false);
      },
    ),
  );
});
