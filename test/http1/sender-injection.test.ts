import { METHODS } from "node:http";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { type FieldsInit, RequestReceiver, ResponseReceiver, Sender } from "../../src/http1/index.ts";
import { evilText } from "./arbitraries.ts";
import { llhttp8 } from "./other-parsers.ts";

/** One call of a sender, with whatever text. */
type Call = (sender: Sender) => void;

/** A message as it went out: its octets, and the body that was given. */
interface Sent {
  start: number;
  end: number;
  readonly method: string;
  body: string;
}

const MEANINGFUL = [
  "Transfer-Encoding",
  "Content-Length",
  "Connection",
  "Trailer",
  "Upgrade",
  "Keep-Alive",
  "TE",
  "Date",
  "Set-Cookie",
];
const name = fc.oneof(fc.constantFrom("A", "b", ...MEANINGFUL), evilText);
const value = fc.oneof(fc.constantFrom("1", "5", "close", "chunked", "a, b"), evilText);
// Most of each message is in order, or too few would go out at all.
const mostly = <Usual, Odd>(usual: fc.Arbitrary<Usual>, odd: fc.Arbitrary<Odd>) =>
  fc.oneof({ arbitrary: usual, weight: 5 }, { arbitrary: odd, weight: 1 });
const anyFields: fc.Arbitrary<[string, string][]> = mostly(
  fc.constantFrom<[string, string][]>(
    [],
    [["A", "1"]],
    [
      ["A", "1"],
      ["b", "\xff"],
    ],
  ),
  fc.array(fc.tuple(name, value), { maxLength: 2 }),
);
const anySize = mostly(
  fc.constantFrom(undefined, undefined, 0, 2),
  fc.constantFrom(5, -1, 0.5, Number.NaN, 2 ** 53),
);
const anyNames = mostly(fc.constantFrom(undefined, [], ["A"]), fc.array(name, { maxLength: 2 }));
const text = (...usual: string[]) => mostly(fc.constantFrom(...usual), evilText);

const data = mostly(
  fc.constantFrom("ab", "x", "", "\r\n", "0\r\n\r\n"),
  fc.oneof(evilText, fc.uint8Array({ maxLength: 3 })),
);
const dataCall = data.map((piece) => ({ kind: "data" as const, piece }));
const endCall = mostly(fc.constant(undefined), anyFields).map((trailers) => ({
  kind: "end" as const,
  trailers,
}));

/** What a sender's output has become, call by call; a call that throws has written nothing. */
class Wire {
  text = "";
  readonly sender: Sender = new Sender({
    // As a socket writes latin-1: the low octet of each character.
    text: (latin1) => (this.text += Buffer.from(latin1, "latin1").toString("latin1")),
    bytes: (view) => (this.text += Buffer.from(view).toString("latin1")),
  });

  /** Whether the call went through. */
  try(call: Call): boolean {
    const before = this.text;
    try {
      call(this.sender);
      return true;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      expect(this.text).toBe(before);
      return false;
    }
  }
}

/** Gives every call to a sender. Returns the messages that it ended. */
function play(
  wire: Wire,
  calls: {
    kind: string;
    piece?: string | Uint8Array;
    trailers?: FieldsInit | undefined;
    head?: Call;
    method?: string;
  }[],
): Sent[] {
  const sent: Sent[] = [];
  let current: Sent | undefined;
  for (const { kind, piece, trailers, head, method } of calls) {
    const start = wire.text.length;
    if (kind === "head") {
      if (wire.try(head!)) current = { start, end: start, method: method!, body: "" };
    } else if (kind === "data") {
      if (wire.try((sender) => sender.data(piece!)))
        current!.body += Buffer.from(piece as string, "latin1").toString("latin1");
    } else if (kind === "end") {
      if (wire.try((sender) => sender.end(trailers))) sent.push({ ...current!, end: wire.text.length });
    } else {
      wire.try(head!);
    }
  }
  return sent;
}

/** Gives a wire to a receiver, message by message, and ends it. */
function receive(receiver: RequestReceiver | ResponseReceiver, wire: string): void {
  const bytes = Buffer.from(wire, "latin1");
  for (let at = 0; at < bytes.length;) {
    const next = receiver.receive(bytes, at);
    if (next === at) expect.fail(`octets after the last message: ${JSON.stringify(wire.slice(at))}`);
    at = next;
  }
  receiver.end();
}

function recorder(): {
  bodies: string[];
  handler: { head(): void; data(view: Uint8Array): void; end(): void };
} {
  const bodies: string[] = [];
  let body = "";
  const handler = {
    head: () => void (body = ""),
    data: (view: Uint8Array) => void (body += Buffer.from(view).toString("latin1")),
    end: () => void bodies.push(body),
  };
  return { bodies, handler };
}

const requestCall = fc
  .record({
    method: text("GET", "POST", "OPTIONS"),
    target: text("/", "/a?b", "*", "http://a/"),
    fields: anyFields,
    size: mostly(fc.constantFrom(undefined, 2, "chunked" as const), anySize),
    names: anyNames,
  })
  .map(({ method, target, fields, size, names }) => ({
    kind: "head" as const,
    method,
    head: (sender: Sender) => sender.request(method, target, [["Host", "a"], ...fields], size, names),
  }));

test("no calls with whatever text make a second request", () => {
  let heads = 0;
  fc.assert(
    fc.property(
      fc.array(fc.oneof(requestCall, dataCall, endCall, endCall), { minLength: 4, maxLength: 16 }),
      (calls) => {
        const wire = new Wire();
        const sent = play(wire, calls);
        const whole = wire.text.slice(0, sent.at(-1)?.end ?? 0);
        const { bodies, handler } = recorder();
        receive(new RequestReceiver(handler), whole);
        expect(bodies).toEqual(sent.map(({ body }) => body));
        for (const { start, end, method, body } of sent) {
          heads++;
          if (!METHODS.includes(method)) continue;
          const octets = wire.text.slice(start, end);
          expect(
            llhttp8({ role: "request", octets, answers: "", closed: false }),
            JSON.stringify(octets),
          ).toEqual({ body });
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(heads).toBeGreaterThan(1000);
});

const responseCall = fc
  .record({
    status: mostly(fc.constantFrom(200, 200, 204, 304, 404), fc.constantFrom(99, 1000, 200.5, 100)),
    reason: fc.option(text("OK", ""), { nil: undefined }),
    fields: anyFields,
    size: anySize,
    trailers: anyNames,
    method: fc.constantFrom("GET", "HEAD", "POST"),
    minor: fc.constantFrom(0 as const, 1 as const, 1 as const),
    keepAlive: fc.boolean(),
    date: fc.option(text("Sun, 06 Nov 1994 08:49:37 GMT"), { nil: undefined }),
  })
  .map(({ method, minor, keepAlive, date, ...response }) => ({
    kind: "head" as const,
    method,
    head: (sender: Sender) => sender.response(response, { method, minor, keepAlive }, date),
  }));
const interimCall = fc
  .record({ status: fc.constantFrom(100, 103, 101, 200), fields: anyFields })
  .map(({ status, fields }) => ({
    kind: "interim" as const,
    head: (sender: Sender) => sender.informational(status, fields),
  }));

test("no calls with whatever text make a second response", () => {
  let heads = 0;
  fc.assert(
    fc.property(
      fc.array(fc.oneof(responseCall, responseCall, interimCall, dataCall, endCall, endCall), {
        minLength: 4,
        maxLength: 16,
      }),
      (calls) => {
        const wire = new Wire();
        const sent = play(wire, calls);
        const whole = wire.text.slice(0, sent.at(-1)?.end ?? 0);
        const { bodies, handler } = recorder();
        const receiver = new ResponseReceiver(handler);
        for (const { method } of sent) receiver.expect(method);
        receive(receiver, whole);
        expect(bodies).toEqual(sent.map(({ body }) => body));
        for (const [at, { start, end, method, body }] of sent.entries()) {
          heads++;
          // The last one may be delimited by the end of the connection.
          const closed = at === sent.length - 1 && wire.sender.closed;
          const octets = wire.text.slice(start, end);
          expect(
            llhttp8({ role: "response", octets, answers: method, closed }),
            JSON.stringify(octets),
          ).toEqual({ body });
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(heads).toBeGreaterThan(1000);
});
