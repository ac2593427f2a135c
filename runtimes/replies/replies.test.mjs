// Replies as web responses, by sluice/fetch: what needs nothing but the web's own classes.

import {
  content,
  csv,
  html,
  json,
  jsonArray,
  multipart,
  ndjson,
  page,
  slot,
  sse,
  stream,
  text,
} from "sluice/replies";
import { toFetch, toResponse } from "sluice/fetch";
import { equal, failure, ok } from "../suite/expect.mjs";
import { latin1, utf8 } from "../suite/octets.mjs";
import { test } from "../suite/test.mjs";
import { gate, settled, turn, until } from "../suite/waiting.mjs";

const get = (headers = {}, options = {}) =>
  new Request("http://test.invalid/path?query", { headers, ...options });

/** Collects what `onError` gets. */
function collecting() {
  const errors = [];
  return { errors, onError: (error) => errors.push(error) };
}

/** The pieces of a body, and the error behind them. */
async function piecesOf(response) {
  const reader = response.body.getReader();
  const pieces = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { pieces };
      pieces.push(latin1(value));
    }
  } catch (error) {
    return { pieces, error };
  }
}

test("a known body is a response with its type", async () => {
  const response = await toResponse(text("Zoë 🌊", { status: 201, headers: { "X-A": "b" } }), get());
  equal(
    [response.status, response.headers.get("content-type"), response.headers.get("x-a")],
    [201, "text/plain; charset=utf-8", "b"],
  );
  equal(await response.text(), "Zoë 🌊");
  equal(await (await toResponse(json({ a: [1] }), get())).json(), { a: [1] });
});

test("the pieces of a response are there as they are made", async () => {
  let next = gate();
  const response = await toResponse(
    stream("text/plain", async function* () {
      for (let number = 0; number < 10; number++) {
        yield `piece ${number}`;
        await next.opened;
        next = gate();
      }
    }),
    get(),
  );
  const reader = response.body.getReader();
  for (let number = 0; number < 10; number++) {
    equal(latin1((await reader.read()).value), `piece ${number}`);
    next.open();
  }
  equal((await reader.read()).done, true);
});

test("sources of all kinds are bodies of a response", async () => {
  const sources = {
    array: ["one ", utf8("two")],
    generator: (function* () {
      yield "one ";
      yield "two";
    })(),
    "async generator": (async function* () {
      yield "one ";
      await turn();
      yield "two";
    })(),
    "web stream": new ReadableStream({
      start(controller) {
        controller.enqueue(utf8("one "));
        controller.enqueue(utf8("two"));
        controller.close();
      },
    }),
    Blob: new Blob(["one ", "two"]),
    writer: async (out) => {
      await out.write("one ");
      await out.write("two");
    },
  };
  for (const [kind, source] of Object.entries(sources))
    equal([kind, await (await toResponse(stream("text/plain", source), get())).text()], [kind, "one two"]);
});

test("a source that throws midway makes the response fail behind what was made", async () => {
  const { errors, onError } = collecting();
  const response = await toResponse(
    stream("text/plain", async function* () {
      yield "one";
      yield "two";
      await turn();
      throw new Error("broken");
    }),
    get(),
    { onError },
  );
  const { pieces, error } = await piecesOf(response);
  equal(pieces.join(""), "onetwo");
  ok(error !== undefined, "an error");
  equal(
    errors.map(({ message }) => message),
    ["broken"],
  );
});

test("a source is asked for no more than the reader of a response asks for", async () => {
  let made = 0;
  const response = await toResponse(
    stream("application/octet-stream", function* () {
      for (;;) {
        made++;
        yield new Uint8Array(1_000);
      }
    }),
    get(),
  );
  const reader = response.body.getReader();
  await reader.read();
  const first = await settled(() => made);
  ok(first < 300, `few pieces, not ${first}`);
  for (let number = 0; number < 1_000; number++) await reader.read();
  ok(made >= 1_000 && made < 1_300, `about as many as were read, not ${made}`);
  await reader.cancel();
});

test("a reader of a response that leaves stops its source", async () => {
  for (const way of ["cancel", "abort"]) {
    const seen = [];
    const leaving = new AbortController();
    const answer = toFetch(({ signal }) => {
      signal.addEventListener("abort", () => seen.push(signal.reason.code));
      return stream("text/plain", async function* () {
        try {
          for (;;) {
            yield "again";
            await turn();
          }
        } finally {
          seen.push("stopped");
        }
      });
    });
    const response = await answer(get({}, { signal: leaving.signal }));
    const reader = response.body.getReader();
    await reader.read();
    if (way === "cancel") await reader.cancel();
    else leaving.abort();
    await until(() => seen.length === 2);
    equal(new Set(seen), new Set(["stopped", "ERR_SLUICE_READER_LEFT"]));
  }
});

test("HEAD, 204 and 304 are responses without a body", async () => {
  const head = await toResponse(text("four"), get({}, { method: "HEAD" }));
  equal([head.status, head.headers.get("content-length"), await head.text()], [200, "4", ""]);
  for (const status of [204, 304]) {
    const response = await toResponse({ status, headers: {}, body: null }, get());
    equal([response.status, response.body], [status, null]);
  }
});

test("ranges and conditions are those of the request", async () => {
  const resource = content("text/plain", "0123456789", { etag: '"one"' });
  const long = content("text/plain", "0123456789".repeat(1_000));
  const whole = await toResponse(resource, get());
  equal([whole.status, whole.headers.get("etag"), await whole.text()], [200, '"one"', "0123456789"]);
  const part = await toResponse(resource, get({ Range: "bytes=2-4" }));
  equal([part.status, part.headers.get("content-range"), await part.text()], [206, "bytes 2-4/10", "234"]);
  const parts = await toResponse(long, get({ Range: "bytes=0-0,9998-9999" }));
  equal([parts.status, parts.headers.get("content-type").split(";")[0]], [206, "multipart/byteranges"]);
  ok((await parts.text()).includes("bytes 9998-9999/10000\r\n\r\n89\r\n--"), "the second part");
  equal((await toResponse(resource, get({ Range: "bytes=10-" }))).status, 416);
  equal((await toResponse(resource, get({ "If-None-Match": '"one"' }))).status, 304);
  equal((await toResponse(resource, get({ "If-Match": '"two"' }))).status, 412);
  const blob = content("text/plain", new Blob(["0123456789"]));
  equal(await (await toResponse(blob, get({ Range: "bytes=2-4" }))).text(), "234");
});

test("rows, events, parts and pages are bodies of a response", async () => {
  const values = [
    { id: 1, name: "Zoë" },
    { id: 2, name: 'a "b"' },
  ];
  const replies = {
    ndjson: [ndjson(values), '{"id":1,"name":"Zoë"}\n{"id":2,"name":"a \\"b\\""}\n'],
    jsonArray: [jsonArray(values), JSON.stringify(values)],
    csv: [csv(values), 'id,name\r\n1,Zoë\r\n2,"a ""b"""\r\n'],
    sse: [sse([{ event: "level", data: "one\ntwo" }]), "event: level\ndata: one\ndata: two\n\n"],
  };
  for (const [kind, [reply, expected]] of Object.entries(replies)) {
    const found = await (await toResponse(reply, get())).text();
    equal(
      [kind, found.replaceAll(/\s*([[\],])\s*/g, "$1")],
      [kind, expected.replaceAll(/\s*([[\],])\s*/g, "$1")],
    );
  }
  const parts = await (await toResponse(multipart([{ type: "text/plain", body: "one" }]), get())).text();
  ok(/^--\S+\r\n[^]*\r\n\r\none\r\n--\S+--/.test(parts), `a part, not ${parts}`);
  const slow = page(html`<h1>${"<Zoë>"}</h1>${slot(turn().then(() => html`<p>late</p>`))}`);
  const shown = await (await toResponse(slow, get())).text();
  ok(shown.startsWith("<h1>&lt;Zoë") && shown.includes("<p>late</p>"), `a page, not ${shown}`);
});

test("a handler gets the request, and its body as it arrives", async () => {
  const answer = toFetch(async ({ method, path, query, headers, body }) =>
    text(`${method} ${path} ${query} ${headers.get("x-a")} ${await body.text()}`),
  );
  const request = new Request("http://test.invalid/path?query", {
    method: "POST",
    headers: { "X-A": "b" },
    body: "hello",
  });
  equal(await (await answer(request)).text(), "POST /path query= b hello");
});

test("a handler that throws is a 500, and what it has thrown is told", async () => {
  const { errors, onError } = collecting();
  const answer = toFetch(
    () => {
      throw new Error("no");
    },
    { onError },
  );
  const response = await answer(get());
  equal([response.status, errors.map(({ message }) => message)], [500, ["no"]]);
  ok(!(await response.text()).includes("at "), "no stack");
});

test("a reply that cannot be sent is refused before anything is sent", async () => {
  const { errors, onError } = collecting();
  const response = await toResponse({ status: 200, headers: { "X-A": "b\r\nC: d" }, body: "a" }, get(), {
    onError,
  });
  equal([response.status, errors.map(({ code }) => code)], [500, ["ERR_SLUICE_INVALID_FIELD"]]);
  equal((await failure(() => json(() => {}))).code, "ERR_SLUICE_NO_JSON");
});

test("a writer that does not wait comes to a limit", async () => {
  const { errors, onError } = collecting();
  const response = await toResponse(
    stream("application/octet-stream", (out) => {
      for (;;) void out.write(new Uint8Array(1_000));
    }),
    get(),
    { limits: { backlogBytes: 100_000 }, onError },
  );
  const { error } = response.body === null ? { error: "no body" } : await piecesOf(response);
  equal([errors.length, error !== undefined], [1, true]);
});

test("a response is coded as the reader accepts", async () => {
  const response = await toResponse(text("hello ".repeat(1_000)), get({ "Accept-Encoding": "gzip" }));
  equal(response.headers.get("content-encoding"), "gzip");
  const body = response.body.pipeThrough(new DecompressionStream("gzip"));
  equal(await new Response(body).text(), "hello ".repeat(1_000));
});

test("a response has a digest", async () => {
  const response = await toResponse(text("body", { digest: "sha-256" }), get());
  equal(response.headers.get("repr-digest"), "sha-256=:Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=:");
});
