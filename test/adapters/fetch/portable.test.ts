// What runs in workers and browsers leans on nothing of Node's.

import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const SRC = new URL("../../../src/", import.meta.url);

/** What every host of fetch has, and nothing else. */
const WEB = [
  "AbortController",
  "AbortSignal",
  "Blob",
  "Event",
  "EventTarget",
  "FormData",
  "Headers",
  "ReadableStream",
  "Request",
  "Response",
  "TextDecoder",
  "TextEncoder",
  "TransformStream",
  "URL",
  "URLSearchParams",
  "WritableStream",
  "btoa",
  "clearTimeout",
  "console",
  "crypto",
  "performance",
  "queueMicrotask",
  "setTimeout",
  // Given by the host, so that bytes are bytes on both sides of the context.
  "ArrayBuffer",
  "Uint8Array",
];

async function bundle(source: string): Promise<{ code: string; imports: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(SRC), loader: "ts" },
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    globalName: "bundled",
    external: ["node:*"],
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return { code: outputFiles[0].text, imports };
}

const ENTRY = `export * from "./adapters/fetch/index.ts"; export * from "./replies/index.ts";
  export * from "./adapters/react/index.ts";`;

describe("sluice/fetch, sluice/replies and sluice/react", () => {
  test("import nothing", async () => {
    expect((await bundle(ENTRY)).imports).toEqual([]);
  });

  test("run where there is nothing but the web's own", async () => {
    const scope = createContext(
      Object.fromEntries(WEB.map((name) => [name, (globalThis as Record<string, unknown>)[name]])),
    );
    const { code } = await bundle(ENTRY);
    runInContext(code, scope);
    expect(runInContext("[typeof process, typeof Buffer, typeof setImmediate].join()", scope)).toBe(
      "undefined,undefined,undefined",
    );
    const results = await (runInContext(
      `(async () => {
        const { toFetch, toResponse, text, json, stream, sse, ndjson, csv, content, multipart, html, page, slot } = bundled;
        const get = (path, headers = {}) => new Request("http://worker.test" + path, { headers });
        const of = async (reply, request = get("/")) => {
          const response = await toResponse(reply, request);
          return [response.status, response.headers.get("content-type"), await response.text()];
        };
        const failing = stream("text/plain", async function* () { yield "one"; throw new Error("midway"); });
        const options = { onError() {} };
        const upload = toFetch(async (request) => text((await request.body.text()).toUpperCase()));
        return [
          await of(text("höher")),
          await of(json({ a: 1 })),
          await of(stream("text/plain", ["a", new Uint8Array([98])])),
          await of(stream("text/plain", async (out) => { for (const piece of ["a", "b"]) await out.write(piece); })),
          await of(sse([{ data: 1 }])),
          await of(ndjson([1, 2])),
          await of(csv([{ a: 1 }])),
          await of(content("text/plain", "0123456789"), get("/", { range: "bytes=1-2" })),
          await of(content("text/plain", "0123456789".repeat(500)), get("/", { range: "bytes=0-0,-1" })),
          await of(text("a".repeat(5000), { headers: { etag: '"1"' } }), get("/", { "accept-encoding": "gzip", "if-none-match": '"1"' })),
          await of(page(html\`<p>\${slot(async () => "late")}</p>\`)),
          await of(text("digested", { digest: "sha-256" })),
          await (await toResponse(failing, get("/"), options)).text().catch((error) => error.message),
          await (await upload(new Request("http://worker.test/", { method: "POST", body: "up" }))).text(),
        ];
      })()`,
      scope,
    ) as Promise<unknown[]>);
    expect(results[0]).toEqual([200, "text/plain; charset=utf-8", "höher"]);
    expect(results[1]).toEqual([200, "application/json", '{"a":1}']);
    expect(results[2]).toEqual([200, "text/plain; charset=utf-8", "ab"]);
    expect(results[3]).toEqual([200, "text/plain; charset=utf-8", "ab"]);
    expect(results[4]).toEqual([200, "text/event-stream; charset=utf-8", "data: 1\n\n"]);
    expect(results[5]).toEqual([200, "application/x-ndjson", "1\n2\n"]);
    expect(results[6]).toEqual([200, "text/csv; charset=utf-8", "a\r\n1\r\n"]);
    expect(results[7]).toEqual([206, "text/plain; charset=utf-8", "12"]);
    expect(results[8]).toMatchObject([
      206,
      expect.stringContaining("multipart/byteranges"),
      expect.anything(),
    ]);
    expect(results[9]).toEqual([304, null, ""]);
    expect(results[10]).toMatchObject([200, "text/html; charset=utf-8", expect.stringContaining("late")]);
    // A digest is an extra, that a host without node:crypto hasn't.
    expect(results[11]).toEqual([200, "text/plain; charset=utf-8", "digested"]);
    expect(results[12]).toBe("midway");
    expect(results[13]).toBe("UP");
  });
});
