import { afterEach, expect, test } from "vitest";
import { EndedError, ProtocolError } from "../../src/errors.ts";
import { AccessLog, type LoggedRequest } from "../../src/cli/serve/access-log.ts";
import { Output } from "../../src/cli/output.ts";
import { diagnostics } from "../../src/exchange/diagnostics.ts";
import { FakeIo } from "./fake-io.ts";

const opened: AccessLog[] = [];

afterEach(() => {
  for (const log of opened.splice(0)) log.close();
});

function open(json: boolean): { io: FakeIo; log: AccessLog } {
  const io = new FakeIo();
  const log = new AccessLog(new Output(io, { json, debug: false }), io);
  opened.push(log);
  return { io, log };
}

const request = (target: string): LoggedRequest => ({
  method: "GET",
  target,
  remote: { address: "::1", port: 1 },
});

/** A response of two chunks, ten octets in all, and its end. */
function respond(each: LoggedRequest, io: FakeIo, error: unknown): void {
  io.pass(2);
  diagnostics.chunkSent.publish({ request: each, size: 4 });
  io.pass(5);
  diagnostics.chunkSent.publish({ request: each, size: 6 });
  io.pass(1);
  diagnostics.requestEnd.publish({ request: each, status: 200, error });
}

test.each([
  ["complete", undefined, undefined],
  ["reader left", new EndedError("ERR_SLUICE_READER_LEFT"), "ERR_SLUICE_READER_LEFT"],
  ["timeout", new EndedError("ERR_SLUICE_WRITE_TIMEOUT"), "ERR_SLUICE_WRITE_TIMEOUT"],
  [
    "timeout",
    new EndedError("ERR_SLUICE_READER_LEFT", { cause: new ProtocolError("ERR_SLUICE_BODY_TIMEOUT") }),
    "ERR_SLUICE_READER_LEFT",
  ],
  ["server closed", new EndedError("ERR_SLUICE_SERVER_CLOSED"), "ERR_SLUICE_SERVER_CLOSED"],
  ["failed", new Error("no"), undefined],
])("%s", (ending, error, code) => {
  const { io, log } = open(true);
  const each = request("/a");
  log.begin(each);
  log.answered(each, { headers: { "Content-Length": 11 } });
  respond(each, io, error);
  expect(io.rows).toEqual([
    {
      event: "response",
      time: "2026-01-02T03:04:05.008Z",
      remote: "::1",
      method: "GET",
      target: "/a",
      status: 200,
      ending,
      ...(code === undefined ? {} : { code }),
      chunks: 2,
      bytes: 10,
      firstByteMs: 2,
      totalMs: 8,
    },
  ]);
  expect(log.cut).toBe(ending === "server closed" ? 1 : 0);
});

test("whoever leaves with all that was announced has read it all", () => {
  const { io, log } = open(true);
  const each = request("/a");
  log.begin(each);
  log.answered(each, { headers: { "Content-Length": 10 } });
  respond(each, io, new EndedError("ERR_SLUICE_READER_LEFT"));
  expect(io.rows[0]).toMatchObject({ ending: "complete", bytes: 10 });
  expect(io.rows[0]).not.toHaveProperty("code");
});

test("requests of another server, and those after its end, are none of its business", () => {
  const { io, log } = open(true);
  const [other, late] = [request("/other"), request("/late")];
  respond(other, io, undefined);
  log.begin(late);
  log.close();
  respond(late, io, undefined);
  expect(io.out.text + io.err.text).toBe("");
});

test("for people: one line, that nothing in a target can break or make endless", () => {
  const { io, log } = open(false);
  const each = request(`/\x1b[2J\n${"x".repeat(8000)}`);
  log.begin(each);
  respond(each, io, new Error("no"));
  diagnostics.connectionError.publish({
    remote: { address: "::1" },
    error: new ProtocolError("ERR_SLUICE_METHOD", { found: "\x1b[2J" }),
  });
  const [line, refused, end] = io.err.text.split("\n");
  expect(line).toMatch(
    /^03:04:05 GET \/\\u\{1b\}\[2J\\u\{a\}x+… 200 failed {2}2 chunks, 10 B {2}first 2 ms, all 8 ms {2}::1$/,
  );
  expect(line.length).toBeLessThan(220);
  expect(refused).toBe(
    '03:04:05 refused  A method is a token (RFC 9110 section 9.1); found "\\u001b[2J"  ::1',
  );
  expect(end).toBe("");
});
