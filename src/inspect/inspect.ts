import { ContentWatch } from "./content-watch.ts";
import type { WireEnd, WireRow } from "./rows.ts";
import { DEFAULT_SAMPLE, type WireReaderOptions } from "./wire-reader-options.ts";
import { type WirePart, WireReader } from "./wire-reader.ts";

/**
 * What comes of a connection: octets, and at last how they ended. `at` is milliseconds since the request was sent. Where this side has
 * left, `why` says so in words that the verdict begins with, e.g. `Interrupted by you`. Default `Left`.
 */
export type WireArrival =
  | { readonly at: number; readonly bytes: Uint8Array }
  | { readonly at: number; readonly end: WireEnd; readonly why?: string | undefined };

/** How a response is inspected. */
export interface InspectOptions extends WireReaderOptions {
  /**
   * Whether content codings are undone, so that rows show what their octets say. Default true. The limits of a request (its `decode`) don't
   * apply here: content may grow to 1 MiB, or to 100 times what has come.
   */
  readonly decode?: boolean | undefined;
  /** Each octet once, in order, for who wants to see or keep them. The view is valid until it returns. */
  readonly onOctets?: ((part: WirePart, view: Uint8Array, offset: number, at: number) => void) | undefined;
  /**
   * Called once nothing more is awaited, though the connection may still be open: the source should then end, with `kept`. Behind a fault
   * that is only after 8 KiB, for the explanation's sake, and they may never come: a source on a connection that can stay open needs a
   * deadline of its own, and ends with `timeout` or `left`.
   */
  readonly onDone?: (() => void) | undefined;
}

/**
 * Reads a response as it arrives and gives a row for each thing that happens on the wire, the verdict last. Rows come as soon as they can:
 * a chunk's once its last octet is there. Nothing is kept of what has been shown, so a response may last for ever.
 * @param source what comes of the connection; its octets are read before the next ones are asked for. Where it ends without an `end`, the
 * connection was closed
 * @throws UsageError `ERR_SLUICE_OPTION`, and what the source throws; nothing that a peer sends
 */
export async function* inspectWire(
  source: AsyncIterable<WireArrival>,
  options: InspectOptions = {},
): AsyncGenerator<WireRow, undefined> {
  const { onOctets, onDone, decode = true, sampleBytes = DEFAULT_SAMPLE } = options;
  // What the reader has told, in order: rows, and the payload that they tell of.
  let told: (WireRow | Uint8Array)[] = [];
  let at = 0;
  const reader = new WireReader(
    {
      row: (row) => told.push(row),
      octets: (part, view, offset) => {
        if (part === "payload") told.push(view);
        onOctets?.(part, view, offset, at);
      },
    },
    options,
  );
  const content = new ContentWatch(sampleBytes, decode);
  let how: WireEnd = "closed";
  let why: string | undefined;
  let announced = false;
  const rest = async function* (): AsyncGenerator<WireRow, undefined> {
    const items = told;
    told = [];
    for (const item of items) {
      if (item instanceof Uint8Array) await content.payload(item);
      else {
        const { row, fault } = await content.row(item, reader.received);
        yield row;
        if (fault !== undefined) yield fault;
      }
    }
    return undefined;
  };
  try {
    for await (const arrival of source) {
      ({ at } = arrival);
      if ("end" in arrival) {
        ({ end: how, why } = arrival);
        break;
      }
      reader.receive(arrival.bytes, at);
      yield* rest();
      if (reader.done && !announced) {
        announced = true;
        onDone?.();
      }
    }
    const { fault, ending } = await content.end(reader.endsWell(how), reader.received, at);
    if (fault !== undefined) yield fault;
    reader.end(how, at, { content: ending, why });
    yield* rest();
  } finally {
    content.close();
  }
  return undefined;
}
