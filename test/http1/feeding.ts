import { latin1, octets } from "../../src/bytes/latin1.ts";
import { ProtocolError } from "../../src/errors.ts";
import { ChunkedDecoder, RequestReceiver, ResponseReceiver } from "../../src/http1/index.ts";
import type { WireCase } from "./wire-cases.ts";
import { WireLog } from "./wire-log.ts";

/** How octets are given to a reader. */
export interface Feeding {
  /** Whether the boundaries of chunks are asked for, or the payload alone. */
  readonly chunks: boolean;
  /** The host's own bytes, or plain ones. */
  readonly buffer: boolean;
  /** Octets of the array before and after those that are given. */
  readonly margin: number;
}

type Message = Pick<WireCase, "seam" | "limits" | "answers" | "closed" | "messages">;

/** A decoder or a receiver behind one face. */
interface Reader {
  write(bytes: Uint8Array, start: number, end: number): number;
  end(): void;
}

const GUARD = 0xee;

/** Gives octets, cut in pieces, to the reader of a case and returns what it reported. */
export function feed(message: Message, pieces: Iterable<string>, how: Feeding): WireLog {
  const log = new WireLog();
  const ended = { count: 0 };
  const reader = openReader(message, log, how.chunks, ended);
  try {
    for (const piece of pieces) {
      if (ended.count < message.messages)
        log.rest += feedPiece(reader, piece, how, () => ended.count, message.messages);
      else log.rest += piece;
    }
    if (message.closed) reader.end();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    log.error(error);
    checkSticky(reader, error);
  }
  return log;
}

/** Gives one piece. Returns what is left of it when all messages have been read. */
function feedPiece(
  reader: Reader,
  piece: string,
  how: Feeding,
  ended: () => number,
  messages: number,
): string {
  const bytes = surrounded(piece, how);
  const end = how.margin + piece.length;
  let at = how.margin;
  try {
    while (at < end && ended() < messages) {
      const before = ended();
      const next = reader.write(bytes, at, end);
      if (next < at || next > end) throw new Error(`read to ${next} of ${at} to ${end}`);
      if (next < end && ended() === before) throw new Error(`stopped at ${next} of ${end} inside a message`);
      at = next;
    }
  } finally {
    checkOutside(bytes, how.margin, end);
  }
  return latin1(bytes, at, end);
}

/** Nothing but the octets that were given may change. */
function checkOutside(bytes: Uint8Array, start: number, end: number): void {
  const outside = [...bytes.subarray(0, start), ...bytes.subarray(end)];
  if (outside.some((octet) => octet !== GUARD)) throw new Error("octets outside of the input have changed");
}

/** A copy, since readers move payload inside their input, with octets around it that must stay as they are. */
function surrounded(piece: string, { buffer, margin }: Feeding): Uint8Array {
  const length = piece.length + 2 * margin;
  const bytes = buffer ? Buffer.alloc(length, GUARD) : new Uint8Array(length).fill(GUARD);
  bytes.set(Buffer.from(piece, "latin1"), margin);
  return bytes;
}

/** After an error nothing is read any more, and every call says the same. */
function checkSticky(reader: Reader, error: ProtocolError): void {
  const more = octets("0\r\n\r\n");
  for (const call of [() => reader.write(more, 0, more.length), () => reader.end()]) {
    try {
      call();
    } catch (again) {
      if (again === error) continue;
    }
    throw new Error(`${error.code} was not raised again`);
  }
}

function openReader(message: Message, log: WireLog, chunks: boolean, ended: { count: number }): Reader {
  const body = {
    data: (view: Uint8Array) => log.data(view),
    ...(chunks ? { chunk: log.chunk.bind(log) } : {}),
  };
  if (message.seam === "chunked") {
    const decoder = new ChunkedDecoder(body, message.limits);
    return {
      write(bytes, start, end) {
        const next = decoder.write(bytes, start, end);
        if (decoder.done) {
          for (const [name, value] of decoder.trailers) log.trailer(name, value);
          log.end();
          ended.count++;
        }
        return next;
      },
      end: () => decoder.end(),
    };
  }
  const handler = {
    ...body,
    head: log.head.bind(log),
    end(trailers: Parameters<WireLog["trailers"]>[0] | undefined) {
      if (trailers !== undefined) log.trailers(trailers);
      log.end();
      ended.count++;
    },
  };
  if (message.seam === "request") {
    const receiver = new RequestReceiver(handler, message.limits);
    return { write: (bytes, start, end) => receiver.receive(bytes, start, end), end: () => receiver.end() };
  }
  const receiver = new ResponseReceiver(handler, message.limits);
  for (const method of message.answers) receiver.expect(method);
  return { write: (bytes, start, end) => receiver.receive(bytes, start, end), end: () => receiver.end() };
}
