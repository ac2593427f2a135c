// The client takes for whole what is whole, and nothing else: every response cut at every octet, and split at every octet.

import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONTENT_CODINGS } from "../../../src/content/codings.ts";
import { Client, type ClientResponse, type RequestOptions } from "../../../src/client/index.ts";
import { CorruptError, SluiceError, TruncatedError } from "../../../src/errors.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { lacks } from "../../support/programs.ts";
import { type CuttingServer, startCuttingServer, targetOf } from "./cutting-server.ts";
import { outcomeOf, type Outcome, READINGS } from "./readers.ts";
import { CODINGS, REFERENCES, type Reference } from "./responses.ts";
import { type CutBy, everyCut, someCuts, type Verdict, verdictOn } from "./verdicts.ts";

const AT_A_TIME = 16;
const WAYS = Object.keys(READINGS);

/** The responses that this runtime can undo the coding of. */
const readable = REFERENCES.filter(
  ({ coding }) => coding === "identity" || (CONTENT_CODINGS as readonly string[]).includes(coding),
);
const codings = CODINGS.filter((coding) => readable.some((reference) => reference.coding === coding));

/** Does something for each of many values, some of them at a time. */
async function forAll<Value>(values: Iterable<Value>, visit: (value: Value) => Promise<void>): Promise<void> {
  const queue = values[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await visit(next.value);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

/** What an outcome says, in the words of what is expected. */
async function told({ response, content, error }: Outcome): Promise<unknown> {
  const ending = await response?.ending;
  if (content !== undefined) return { content: Buffer.from(content).toString("latin1"), ending };
  if (!(error instanceof SluiceError)) return { error };
  const { layer } = error as { layer?: unknown };
  const kind =
    error instanceof TruncatedError ? "truncated" : error instanceof CorruptError ? "corrupt" : "lost";
  const { code, offset } = error;
  // The ending and what was thrown are the same, down to the object.
  const agrees =
    ending === undefined ||
    (ending.outcome === kind && "layer" in ending && ending.layer === layer && ending.error === error);
  return { kind, code, layer, offset, agrees, ...(agrees ? {} : { ending }) };
}

function expected(verdict: Verdict, { content }: Reference): unknown {
  if (verdict.verdict !== "error")
    return { content: content.toString("latin1"), ending: { outcome: "complete" } };
  const { layer, offset } = verdict;
  switch (layer) {
    case "nothing":
      return {
        kind: "lost",
        code: "ERR_SLUICE_CONNECTION_LOST",
        layer: undefined,
        offset: undefined,
        agrees: true,
      };
    case "digest":
      return { kind: "corrupt", code: "ERR_SLUICE_DIGEST_MISMATCH", layer, offset: undefined, agrees: true };
    case "gzip":
    case "br":
    case "zstd":
      return { kind: "truncated", code: "ERR_SLUICE_CODED_TRUNCATED", layer, offset, agrees: true };
    default:
      return { kind: "truncated", code: "ERR_SLUICE_TRUNCATED", layer, offset, agrees: true };
  }
}

/** The trailers agree with the body: there when it is whole, refused with the same error when it is not. */
async function trailersOf({ response, error }: Outcome): Promise<unknown> {
  if (response === undefined) return undefined;
  try {
    const { fields } = await response.trailers;
    return Object.fromEntries(fields);
  } catch (refusal) {
    return refusal === error ? "the same error" : refusal;
  }
}

describe("the client", () => {
  let server: CuttingServer;
  let client: Client;
  beforeAll(async () => {
    server = await startCuttingServer();
    client = new Client();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  const ask = (
    reference: Reference,
    count: number,
    by: CutBy | "split",
    options?: RequestOptions,
  ): Promise<ClientResponse> =>
    client.request(`http://127.0.0.1:${server.port}${targetOf(reference, count, by)}`, {
      method: reference.method,
      redirect: "manual",
      ...options,
    });

  describe.each(codings)("%s", (coding) => {
    const some = readable.filter((reference) => reference.coding === coding);

    test.each(some.map((reference) => [reference.name, reference] as const))(
      "%s: every cut is told, with its layer and offset, however it is read",
      async (_name, reference) => {
        const wrong: unknown[] = [];
        await forAll(everyCut(reference), async (count) => {
          const verdict = verdictOn(reference, count, "fin");
          // Each way has its turn at every fifth cut; where all is there, and one octet is missing, all of them have.
          const near = count >= reference.octets.length - 1;
          for (const way of near ? WAYS : [WAYS[count % WAYS.length]]) {
            const outcome = await outcomeOf(ask(reference, count, "fin"), READINGS[way]);
            const found = await told(outcome);
            const { content } = outcome;
            const right = expected(verdict, reference);
            // What nobody can tell is what has come, no more and no less.
            if (verdict.verdict === "cannot be told") {
              const come = reference.octets.subarray(reference.body, count);
              if (content === undefined || !come.equals(content)) wrong.push({ count, way, found });
            } else if (!isDeepStrictEqual(found, right)) wrong.push({ count, way, found, right });
            const trailers = await trailersOf(outcome);
            const rightTrailers = content === undefined ? "the same error" : reference.trailers;
            if (trailers !== undefined && !isDeepStrictEqual(trailers, rightTrailers))
              wrong.push({ count, way, trailers });
          }
        });
        expectNone(wrong);
      },
      30_000,
    );

    test("in two pieces, wherever they meet, everything is whole", async () => {
      const wrong: unknown[] = [];
      const splits = some.flatMap((reference) =>
        everyCut(reference).map((count) => [reference, count] as const),
      );
      await forAll(splits, async ([reference, count]) => {
        const way = WAYS[count % WAYS.length];
        const outcome = await outcomeOf(ask(reference, count, "split"), READINGS[way]);
        const found = await told(outcome);
        const right = expected({ verdict: "whole" }, reference);
        const { status } = outcome.response ?? {};
        if (!isDeepStrictEqual(found, right) || status !== reference.status)
          wrong.push({ name: reference.name, count, way, status, found });
      });
      expectNone(wrong);
    }, 30_000);

    test("a reset is told, wherever it strikes", async () => {
      const wrong: unknown[] = [];
      const cuts = some.flatMap((reference) =>
        someCuts(reference).map((count) => [reference, count] as const),
      );
      await forAll(cuts, async ([reference, count]) => {
        const verdict = verdictOn(reference, count, "reset");
        if (verdict.verdict !== "error") return;
        const outcome = await outcomeOf(ask(reference, count, "reset"), READINGS["for await"]);
        const { code, layer, agrees } = (await told(outcome)) as Record<string, unknown>;
        // What the reset overtakes may be missing: only a head that was there is known to be.
        const allowed = outcome.response === undefined ? [undefined, "head"] : [verdict.layer];
        const codes = ["ERR_SLUICE_TRUNCATED", "ERR_SLUICE_CONNECTION_LOST"];
        if (agrees !== true || !allowed.includes(layer as string) || !codes.includes(code as string))
          wrong.push({ name: reference.name, count, code, layer, agrees, verdict });
      });
      expectNone(wrong);
    }, 30_000);
  });
});

describe.skipIf(lacks("openssl"))("the client, over TLS", () => {
  let server: CuttingServer;
  let client: Client;
  beforeAll(async () => {
    const certificate = makeCertificate();
    server = await startCuttingServer(certificate);
    client = new Client({ tls: { ca: certificate.cert } });
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  const ask = (reference: Reference, count: number, by: CutBy): Promise<ClientResponse> =>
    client.request(`https://localhost:${server.port}${targetOf(reference, count, by)}`, {
      method: reference.method,
      redirect: "manual",
    });

  const cases = readable.flatMap((reference) =>
    (["notify", "tls-fin"] as const).map((by) => [reference, by] as const),
  );

  test("what ends without a farewell is cut, unless its length is known; what ends with one is whole", async () => {
    const wrong: unknown[] = [];
    const jobs = cases.flatMap(([reference, by]) => {
      const { framing, octets, body } = reference;
      const cuts =
        framing === "close" ? someCuts(reference, 11) : [body - 1, octets.length - 1, octets.length];
      return cuts.map((count) => [reference, by, count] as const);
    });
    await forAll(jobs, async ([reference, by, count]) => {
      const verdict = verdictOn(reference, count, by);
      if (verdict.verdict === "cannot be told") return;
      const found = await told(await outcomeOf(ask(reference, count, by), READINGS["for await"]));
      const right = expected(verdict, reference);
      if (!isDeepStrictEqual(found, right))
        wrong.push({ name: reference.name, coding: reference.coding, by, count, found, right });
    });
    expectNone(wrong);
  }, 30_000);
});

/** The first ones say enough. */
function expectNone(wrong: readonly unknown[]): void {
  const shown = wrong.slice(0, 5).map((one) => JSON.stringify(one));
  if (wrong.length > 0) expect.fail(`${wrong.length} wrong, such as\n${shown.join("\n")}`);
}
