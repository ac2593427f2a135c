import { describe, expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import { RequestReceiver, ResponseReceiver } from "../../src/http1/index.ts";
import { codeOf, thrownBy } from "./errors.ts";

// What they make of octets is in cases/*.md; here is what they say about themselves, and what they do with calls.

const ignore = { head: () => undefined, data: () => undefined, end: () => undefined };
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** What a receiver says about itself after each piece. */
function statesOf(receiver: RequestReceiver | ResponseReceiver, pieces: string[]): unknown[] {
  return pieces.map((piece) => {
    receiver.receive(octets(piece));
    const { idle, inBody, remaining, tunnelled } = receiver;
    return { idle, inBody, remaining, tunnelled };
  });
}

const idle = { idle: true, inBody: false, remaining: undefined, tunnelled: false };
const inHead = { ...idle, idle: false };
const inBody = { ...inHead, inBody: true };

describe("a receiver knows where it is", () => {
  test("a body of known length", () => {
    const pieces = ["P", "OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "hel", "lo", "\r"];
    const body = (remaining: number) => ({ ...inBody, remaining });
    expect(statesOf(new RequestReceiver(ignore), pieces)).toEqual([inHead, body(5), body(2), idle, inHead]);
  });

  test("a chunked body", () => {
    const pieces = [
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
      "5\r\nhello\r\n0\r\n",
      "\r\n",
    ];
    expect(statesOf(new RequestReceiver(ignore), pieces)).toEqual([inBody, inBody, idle]);
  });

  test("an interim response", () => {
    const receiver = new ResponseReceiver(ignore);
    receiver.expect("GET");
    const pieces = ["HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 204 \r\n\r\n"];
    expect(statesOf(receiver, pieces)).toEqual([inHead, idle]);
  });

  test("a body that ends with the connection", () => {
    const receiver = new ResponseReceiver(ignore);
    receiver.expect("GET");
    expect(statesOf(receiver, ["HTTP/1.0 200 OK\r\n\r\n", "x"])).toEqual([inBody, inBody]);
    receiver.end();
    expect(receiver.inBody).toBe(false);
  });

  test("a tunnel", () => {
    const receiver = new ResponseReceiver(ignore);
    receiver.expect("CONNECT");
    const tunnel = { ...inHead, tunnelled: true };
    expect(statesOf(receiver, ["HTTP/1.1 200 OK\r\n\r\n"])).toEqual([tunnel]);
    expect(receiver.receive(octets("GET"))).toBe(0);
    receiver.end();
  });
});

describe("the end of the connection", () => {
  test("between messages is none of a message's", () => {
    const receiver = new RequestReceiver(ignore);
    receiver.receive(octets(GET));
    receiver.end();
    receiver.end();
    expect(receiver.receive(new Uint8Array(0))).toBe(0);
    expect(codeOf(() => receiver.receive(octets(GET)))).toBe("ERR_SLUICE_SURPLUS");
  });

  test.each([
    ["GET /", 5],
    [`${GET}GET`, 3],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", 3],
    ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", 6],
  ])("inside a message says at which octet: %j", (wire, offset) => {
    const receiver = new RequestReceiver(ignore);
    const bytes = octets(wire);
    for (let at = 0; at < bytes.length;) at = receiver.receive(bytes, at);
    expect(thrownBy(() => receiver.end())).toMatchObject({ code: "ERR_SLUICE_TRUNCATED", offset });
  });

  test("completes a body that only it delimits, once", () => {
    const calls: string[] = [];
    const receiver = new ResponseReceiver({
      head: () => calls.push("head"),
      data: () => calls.push("data"),
      end: () => calls.push("end"),
    });
    receiver.expect("GET");
    receiver.receive(octets("HTTP/1.1 200 OK\r\n\r\nabc"));
    expect(calls).toEqual(["head", "data"]);
    receiver.end();
    receiver.end();
    expect(calls).toEqual(["head", "data", "end"]);
  });
});

test("a handler that throws ends the connection", () => {
  const problem = new Error("handler");
  const receiver = new RequestReceiver({
    ...ignore,
    head() {
      throw problem;
    },
  });
  expect(() => receiver.receive(octets(GET))).toThrow(problem);
  expect(() => receiver.receive(octets(GET))).toThrow(problem);
  expect(() => receiver.end()).toThrow(problem);
});

test("heads are read when they are asked for, also after the next message", () => {
  const heads: { fields: Iterable<[string, string]> }[] = [];
  const receiver = new RequestReceiver({ ...ignore, head: (head) => heads.push(head) });
  const bytes = octets(`GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n`);
  for (let at = 0; at < bytes.length;) at = receiver.receive(bytes, at);
  bytes.fill(0);
  expect(heads.map(({ fields }) => [...fields])).toEqual([[["Host", "a"]], [["Host", "b"]]]);
});
