import { describe, expect, test } from "vitest";
import { toFetch, toResponse } from "../../src/adapters/fetch/index.ts";
import { createServer, toListener } from "../../src/adapters/node-http/index.ts";
import { EXCHANGE_DEFAULTS, EXCHANGE_LIMITS, settleExchange } from "../../src/exchange/options.ts";
import { serve, SERVER_LIMITS, text } from "../../src/index.ts";

const handler = () => text("");

/** Everything that takes options of exchanges. `createServer` has no `compress`: its applications code themselves. */
const TAKERS: Record<string, (options: never) => unknown> = {
  serve: (options) => serve(options, handler),
  toListener: (options) => toListener(handler, options),
  toFetch: (options) => toFetch(handler, options),
  toResponse: (options) => toResponse(text(""), new Request("http://localhost/"), options),
  createServer: (options) => createServer(options),
};

describe.each(Object.entries(TAKERS))("%s refuses", (_, take) => {
  test.each([
    ["a coding that there isn't", { compress: ["foo"] }],
    ["a coding among others that there isn't", { compress: ["gzip", "foo"] }],
    ["a coding that is no list", { compress: "gzip" }],
    ["an onError that is no function", { onError: 1 }],
    ["a limit that is misspelt", { limits: { gatheredByte: 1 } }],
    ["a limit that is negative", { limits: { backlogBytes: -1 } }],
    ["an option that is misspelt", { compres: true }],
  ])("%s", async (_name, options) => {
    await expect((async () => take(options as never))()).rejects.toMatchObject({ code: "ERR_SLUICE_OPTION" });
  });
});

test("options that are no object are refused", () => {
  for (const take of [TAKERS["toListener"], TAKERS["toFetch"], TAKERS["toResponse"]])
    expect(() => take(null as never)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OPTION" }));
});

test("a coding that this runtime doesn't have may be asked for", () => {
  expect(settleExchange({ compress: ["zstd", "br", "gzip", "deflate"] }).codings.slice(-3)).toEqual([
    "br",
    "gzip",
    "deflate",
  ]);
});

test("without options the defaults hold, which are those of a server", () => {
  expect(settleExchange({})).toEqual(EXCHANGE_DEFAULTS);
  expect(SERVER_LIMITS).toMatchObject(EXCHANGE_LIMITS);
});
