import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { Curl, curl } from "./curl.ts";
import type { DemoProcess } from "./demo-process.ts";

/** Tests of the rooms whose text comes in parts: the report, the tokens, the noticeboard, the digests. */
export function dataByCurl(current: () => DemoProcess): void {
  const at = (path: string): string => current().url + path;

  describe("the report", () => {
    // The first one makes and fills the database.
    beforeAll(() => curl(at("/report?rows=1&pace=0")), 60_000);

    const ids = (text: string): number[] =>
      [...text.matchAll(/"id":(\d+)/g)].map((match) => Number(match[1]));
    const lines = (text: string): string[] => text.trimEnd().split("\n");

    test.each([
      [
        "application/x-ndjson",
        (body: string) => lines(body).map((line) => (JSON.parse(line) as { id: number }).id),
      ],
      ["application/json", (body: string) => (JSON.parse(body) as { id: number }[]).map(({ id }) => id)],
      ["text/event-stream", ids],
      ["application/json-seq", (body: string) => body.split("\x1e").slice(1).flatMap(ids)],
      [
        "text/csv",
        (body: string) =>
          lines(body)
            .slice(1)
            .map((line) => Number(line.split(",")[0])),
      ],
      [
        "text/html",
        (body: string) => [...body.matchAll(/<tr><td>(\d+)<\/td>/g)].map((match) => Number(match[1])),
      ],
    ])("comes whole as %s, to whoever asks for that", async (type, idsOf) => {
      const all = await curl("-i", "-H", `Accept: ${type}`, at("/report?rows=250&pace=0"));
      const [head, body] = all.split(/\r\n\r\n([^]*)/);
      expect(head).toMatch(new RegExp(`^Content-Type: ${type}(?:;.*)?$`, "m"));
      expect(idsOf(body)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    });

    test("in a format that there is not is refused with the list of those that there are", async () => {
      const all = await curl("-i", "-H", "Accept: image/png", at("/report"));
      expect(all).toMatch(/^HTTP\/1.1 406 /);
      expect(all).toContain("text/csv");
    });

    test("comes a batch at a time, and its cursor is closed when the reader leaves", async () => {
      const reader = Curl.start(at("/report?rows=350&gate=e1"));
      await reader.output.until(/"id":100,.*\n$/);
      await current().letPass("e1");
      await reader.output.until(/"id":200,.*\n$/);
      await reader.leave();
      await current().output.until(/\/report: 200 of 350 rows fetched, then the reader left/);
    });

    test("waits with its cursor for a slow reader", async () => {
      await current().letPass("e2", 4);
      const dialogue = await curl(at("/report/slow-reader?gate=e2"));
      expect(dialogue).toMatch(/< sip 4; the cursor: [\d,]+ rows fetched\n/);
      expect(dialogue).toMatch(/the cursor is closed\n$/);
      const [, fetched] = await current().output.until(
        /\/report: (\d+) of 400000 rows fetched, then the reader left/,
      );
      // Two MiB were read. What was fetched beyond that fills the buffers of two sockets.
      expect(Number(fetched)).toBeGreaterThan(15_000);
      expect(Number(fetched)).toBeLessThan(350_000);
    });
  });

  describe("the tokens", () => {
    test("come one by one through the coder", async () => {
      const reader = Curl.start("--compressed", at("/tokens?gate=e3"));
      await reader.output.until(/"seq":0,.*\n\n$/);
      await current().letPass("e3.coded");
      await reader.output.until(/"seq":1,.*\n\n$/);
      await reader.leave();
    });

    test("are the same in both codings, and one is a fraction on the wire", async () => {
      const measure = ["-w", "\n%{size_download}"];
      const [coded, plain] = await Promise.all([
        curl("--compressed", ...measure, at("/tokens?pace=0")),
        curl(...measure, at("/tokens?pace=0&coding=identity")),
      ]);
      const [texts, sizes] = [0, 1].map((part) => [coded, plain].map((all) => all.split(/\n(\d+)$/)[part]));
      expect(texts[0]).toBe(texts[1]);
      expect(Number(sizes[0]) * 3).toBeLessThan(Number(sizes[1]));
    });
  });

  test("the noticeboard in order has each part at its place, and no script", async () => {
    const reader = Curl.start(at("/noticeboard?order=page&gate=e4"));
    await reader.output.until(/<h2>Upper basin<\/h2>\s*$/);
    await current().letPass("e4.forecast", 20);
    await current().letPass("e4.levels");
    await reader.output.until(/3\.42 m.*Rising.*<h2>The keeper’s word<\/h2>\s*$/s);
    await current().letPass("e4.keeper");
    await current().letPass("e4.ferries", 3);
    expect((await reader.exited)[0]).toBe(0);
    expect(reader.output.text).toMatch(/Nobody answers.*09:10.*09:40.*10:15.*<\/main>\s*$/s);
    expect(reader.output.text).not.toMatch(/<script|<template/);
  });

  describe("the digests", () => {
    const digest = (body: string): string =>
      `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

    test("follow a stream as a trailer", async () => {
      await current().letPass("e5", 8);
      const raw = await curl("--raw", "-H", "TE: trailers", at("/digests?gate=e5"));
      const body = await curl(at("/digests?gate=e5"));
      expect(/\r\n0\r\n(?:.*\r\n)*?repr-digest: (.*)\r\n/i.exec(raw)![1]).toBe(digest(body));
    });

    test("come before a text", async () => {
      const [head, body] = (await curl("-i", at("/digests/known"))).split("\r\n\r\n");
      expect(/^repr-digest: (.*)\r$/im.exec(head)![1]).toBe(digest(body));
    });

    test.each([
      ["", "verified"],
      ["&spoilt", "refused"],
    ])("are read from the wire%s, and the body is %s", async (query, verdict) => {
      await current().letPass(`e6-${verdict}`, 4);
      const wire = await curl(at(`/digests/wire?gate=e6-${verdict}${query}`));
      expect(wire).toMatch(new RegExp(`\\* ${verdict}: .*\\n$`));
    });
  });
}
