import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Html, html } from "../../../src/reply/html/html.ts";
import { page, type PageOptions, PATCH_SCRIPT_HASH } from "../../../src/reply/html/page.ts";
import { progress } from "../../../src/reply/html/progress.ts";
import { slot } from "../../../src/reply/html/slot.ts";
import { PATCH_SCRIPT } from "../../../src/reply/html/patch-script.ts";
import { Fields } from "../../../src/semantics/fields.ts";
import { request, start, takeErrors } from "../../support/servers.ts";
import { deferred } from "../../../src/deferred.ts";
import { Reading, SCRIPT, turn, watched } from "./html-reading.ts";

describe("a page", () => {
  test("is one piece with its placeholders and the script, then a patch for each slot as it comes", async () => {
    const [one, two] = [deferred<string>(), deferred<string>()];
    const reading = new Reading(
      page(html`<p>${slot(one.promise, { placeholder: html`<i>…</i>` })}</p>${slot(two.promise)}`),
    );
    expect(await reading.piece()).toBe(
      `<p><?start name="s1"><i>…</i><?end name="s1"></p><?start name="s2"><?end name="s2">${SCRIPT}`,
    );
    two.resolve("<2>");
    expect(await reading.piece()).toBe('<template for="s2">&lt;2&gt;</template>\n');
    one.resolve("1");
    expect(await reading.rest()).toEqual(['<template for="s1">1</template>\n']);
  });

  test("patches that are ready in one tick leave as one piece", async () => {
    const gates = [deferred<number>(), deferred<number>(), deferred<number>()];
    const reading = new Reading(page(html`${gates.map(({ promise }) => slot(promise))}`));
    await reading.piece();
    const piece = reading.piece();
    await turn();
    for (const [at, gate] of [...gates.entries()].toReversed()) gate.resolve(at);
    expect(await piece).toBe(
      '<template for="s3">2</template>\n<template for="s2">1</template>\n<template for="s1">0</template>\n',
    );
    expect(await reading.rest()).toEqual([]);
  });

  test("so do those that others of the tick lead to", async () => {
    const gate = deferred<number>();
    let last: Promise<number> = gate.promise;
    for (let hop = 0; hop < 50; hop++) last = last.then((value) => value + 1);
    const reading = new Reading(page(html`${slot(gate.promise)}${slot(last)}`));
    await reading.piece();
    const piece = reading.piece();
    await turn();
    gate.resolve(0);
    expect(await piece).toBe('<template for="s1">0</template>\n<template for="s2">50</template>\n');
  });

  test("patches for a slow reader leave in pieces of limited size", async () => {
    const long = "x".repeat(40_000);
    const reading = new Reading(page(html`${Array.from({ length: 4 }, () => slot(Promise.resolve(long)))}`));
    const [, ...pieces] = await reading.rest();
    expect(pieces.map((piece) => (piece as string).match(/<template/g)?.length)).toEqual([2, 2]);
  });

  test("without slots is a string, with what is awaited in order and no script", async () => {
    expect(page(html`<p></p>`).body).toBe("<p></p>");
    expect(await new Reading(page(html`<p>${Promise.resolve(1)}</p>`)).rest()).toEqual(["<p>", "1</p>"]);
  });

  test("in order has neither placeholders nor the script", async () => {
    const content = html`<p>${slot(Promise.resolve("a"), { placeholder: "p" })}${progress(() => "b", { label: "l" })}</p>`;
    expect((await new Reading(page(content, { inOrder: true })).rest()).join("")).toBe("<p>ab</p>");
  });

  test("slots inside of slots follow theirs; what is awaited inside of a slot is a part of it", async () => {
    const inner = deferred<string>();
    const content = async (): Promise<Html> =>
      html`a${Promise.resolve("b")}${slot(inner.promise, { placeholder: "i" })}${watched(["c"], [])}` as never;
    const reading = new Reading(page(html`${slot(content)}`));
    await reading.piece();
    expect(await reading.piece()).toBe(
      '<template for="s1">ab<?start name="s2">i<?end name="s2">c</template>\n',
    );
    inner.resolve("in");
    expect(await reading.rest()).toEqual(['<template for="s2">in</template>\n']);
  });

  test("items follow one another, and are asked for when the reader has the one before", async () => {
    const log: string[] = [];
    const reading = new Reading(page(html`${slot(watched(["a", "b", "c"], log), { placeholder: "p" })}`));
    await reading.piece();
    await turn();
    expect(log).toEqual(["item 0"]);
    expect(await reading.piece()).toBe('<template for="s1">a<?marker name="s1"></template>\n');
    await turn();
    expect(log).toEqual(["item 0", "item 1"]);
    expect(await reading.rest()).toEqual([
      '<template for="s1">b<?marker name="s1"></template>\n',
      '<template for="s1">c<?marker name="s1"></template>\n',
    ]);
    expect(log.at(-1)).toBe("returned");
  });

  test("the placeholder of an empty iterable goes away", async () => {
    const reading = new Reading(page(html`${slot(watched([], []), { placeholder: "p" })}`));
    expect((await reading.rest())[1]).toBe('<template for="s1"></template>\n');
  });

  test("can be read twice where what it awaits can, and holds nothing of the first reader", async () => {
    const reply = page(html`${slot(Promise.resolve(1))}`);
    const first = await new Reading(reply).rest();
    expect(await new Reading(reply).rest()).toEqual(first);
  });

  test("sends its links and fields", () => {
    const { headers, status } = page(html``, {
      status: 203,
      headers: [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["content-type", "application/xhtml+xml"],
      ],
      links: ["</style.css>; rel=preload; as=style", "</a.js>; rel=modulepreload"],
    });
    expect(status).toBe(203);
    expect([...Fields.from(headers)]).toEqual([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["content-type", "application/xhtml+xml"],
      ["Link", "</style.css>; rel=preload; as=style"],
      ["Link", "</a.js>; rel=modulepreload"],
    ]);
    expect(() => page(html``, { links: ["a\r\nb"] })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_INVALID_FIELD" }),
    );
  });

  test("the script is small, and its hash is right", async () => {
    expect(Buffer.byteLength(PATCH_SCRIPT)).toBeLessThan(400);
    expect(PATCH_SCRIPT_HASH).toBe(`sha256-${createHash("sha256").update(PATCH_SCRIPT).digest("base64")}`);
    const [shell] = await new Reading(page(html`${slot(Promise.resolve(null))}`, { nonce: '"><b>' })).rest();
    expect(shell).toContain(`<script nonce="&quot;&gt;&lt;b&gt;">${PATCH_SCRIPT}</script>`);
  });
});

describe("is refused at the call", () => {
  const p = Promise.resolve("x");
  const option = "ERR_SLUICE_OPTION";
  const value = "ERR_SLUICE_HTML_VALUE";
  test.each<[string, () => unknown, string, RegExp]>([
    ["a page of nothing", () => page(undefined as never), value, /Undefined/],
    ["a page of a text", () => page("<p>" as never), value, /String/],
    [
      "a page of another reply",
      () => page({ status: 200, headers: {}, body: "<p>" } as never),
      value,
      /Object/,
    ],
    ["a page with null", () => page(html``, null as never), option, /null as the options of page/],
    ["a page's nonce", () => page(html``, { nonce: 5 as never }), option, /nonce of the type number/],
    [
      "a page's fields",
      () => page(html``, { headers: "a: b" as never }),
      option,
      /headers of the type string/,
    ],
    ["a page's links", () => page(html``, { links: "abc" as never }), option, /links/],
    ["a page's order", () => page(html``, { inOrder: "no" as never }), option, /inOrder of the type string/],
    [
      "a page's listener",
      () => page(html``, { onSlotError: {} as never }),
      option,
      /onSlotError of the type object/,
    ],
    ["a slot with null", () => slot(p, null as never), option, /null as the options of slot/],
    ["a slot of a number", () => slot(5 as never), value, /Number/],
    ["a slot of nothing", () => slot(undefined as never), value, /Undefined/],
    ["a slot of a text", () => slot("x" as never), value, /String/],
    ["a slot's placeholder", () => slot(p, { placeholder: p as never }), value, /Promise/],
    ["a slot's error", () => slot(p, { error: {} as never }), value, /Object/],
    ["a slot's timeout", () => slot(p, { timeout: Symbol("t") as never }), option, /timeout: Symbol/],
    [
      "progress without options",
      () => progress((() => "x") as never, undefined as never),
      option,
      /undefined as the options of progress/,
    ],
    ["progress of a promise", () => progress(p as never, { label: "l" }), value, /Promise/],
    ["progress to nothing", () => progress(() => "x", { label: "l", max: 0 }), option, /max: 0/],
    ["progress without an end", () => progress(() => "x", { label: "l", max: Infinity }), option, /max/],
    [
      "progress's place",
      () => progress(() => "x", { label: "l", placeholder: "p" as never }),
      option,
      /placeh/,
    ],
    ["progress's label", () => progress(() => "x", { label: p as never }), value, /Promise/],
  ])("%s", (_, call, code, message) => {
    expect(call).toThrow(expect.objectContaining({ name: "UsageError", code }));
    expect(call).toThrow(message);
  });

  test("and a promise that is rejected later is no unhandled rejection", async () => {
    expect(() => slot(Promise.reject(new Error("late")), null as never)).toThrow();
    await turn();
  });
});

describe("over a server", () => {
  test("is coded unless that is turned off", async () => {
    const { connect } = await start(({ path }) =>
      page(html`<p>${slot(Promise.resolve("x"))}</p>`, path === "/as-it-is" ? { compress: false } : {}),
    );
    const client = await connect();
    client.write(request("/", ["Accept-Encoding: gzip"]));
    expect((await client.response()).headers.get("content-encoding")).toBe("gzip");
    client.write(request("/as-it-is", ["Accept-Encoding: gzip"]));
    const { headers, body } = await client.response();
    expect(headers.has("content-encoding")).toBe(false);
    expect(body).toContain('<template for="s1">x</template>');
  });

  test("has digests and trailers behind its last slot, or in its head where it has none", async () => {
    let seen = 0;
    const options: PageOptions = {
      compress: false,
      digest: "sha-256",
      timing: true,
      trailers: { "X-Slots": () => String(seen) },
    };
    const { connect } = await start(({ path }) =>
      page(path === "/" ? html`<p>${slot(async () => ++seen)}</p>` : html`<p></p>`, options),
    );
    const sha = (text: string): string => `sha-256=:${createHash("sha256").update(text).digest("base64")}:`;
    const client = await connect();
    client.write(request("/", ["TE: trailers"]));
    const streamed = await client.response();
    expect(streamed.complete).toBe(true);
    expect(streamed.body).toContain('<template for="s1">1</template>');
    expect(streamed.trailers.get("x-slots")).toBe("1");
    expect(streamed.trailers.get("repr-digest")).toBe(sha(streamed.body));
    expect(streamed.trailers.get("server-timing")).toMatch(/^first;dur=.*, total;dur=/);
    client.write(request("/whole"));
    const whole = await client.response();
    expect(whole.headers.get("repr-digest")).toBe(sha("<p></p>"));
  });

  test.each<[string, PageOptions]>([
    ["out of order", {}],
    ["in order", { inOrder: true }],
  ])("a slot's error is the server's to hear, and the page goes on, %s", async (_, options) => {
    const server = await start(() =>
      page(
        html`<p>${slot(() => Promise.reject(new Error("lost")))}${slot(Promise.resolve("kept"))}</p>`,
        options,
      ),
    );
    const client = await server.connect();
    client.write(request("/"));
    const { complete, body } = await client.response();
    expect(complete).toBe(true);
    expect(body).toContain("kept");
    expect(await takeErrors(server)).toEqual([new Error("lost")]);
  });

  test("the shell is the first chunk, a slot's content the next; HEAD begins nothing", async () => {
    const gate = deferred<string>();
    const log: string[] = [];
    const { connect } = await start(({ path }) =>
      page(html`<p>${slot(path === "/" ? () => gate.promise : watched([1], log))}</p>`),
    );
    const client = await connect();
    client.write(request("/"));
    const shell = `<p><?start name="s1"><?end name="s1"></p>${SCRIPT}`;
    await client.until(`\r\n${shell.length.toString(16)}\r\n${shell}\r\n`);
    gate.resolve("1");
    await client.until('20\r\n<template for="s1">1</template>\n\r\n0\r\n\r\n');
    client.write(request("HEAD /items"));
    await client.until((text) => /200 OK[^]*200 OK[^]*\r\n\r\n$/.test(text));
    expect(log).toEqual([]);
  });

  test("a reader that leaves aborts the slots", async () => {
    const aborted = deferred<unknown>();
    const { connect } = await start(() =>
      page(
        html`${slot((signal) => {
          signal.addEventListener("abort", () => aborted.resolve(signal.reason));
          return deferred<string>().promise;
        })}`,
      ),
    );
    const client = await connect();
    client.write(request("/"));
    await client.until("</script>");
    client.destroy();
    expect(await aborted.promise).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });
});
