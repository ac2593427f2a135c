import { expect, test } from "vitest";
import { columnsOf } from "../../src/inspect/display-width.ts";
import { jsonRow } from "../../src/inspect/json-row.ts";
import { HtmlReport } from "../../src/inspect/report/html-report.ts";
import { renderText } from "../../src/inspect/text-view.ts";
import { mutate, randomBelow } from "../http1/mutations.ts";
import { readWireCases } from "../http1/wire-cases.ts";
import { inspected } from "./rows-of.ts";

const RUNS = 600;

test("no response, however broken, breaks a view", async () => {
  const texts = readWireCases()
    .filter(({ seam, octets }) => seam === "response" && octets.length < 2000)
    .map(({ octets }) => octets.replace(/(?=\r\n\r\n)/, "\r\nContent-Encoding: gzip"));
  const random = randomBelow(1);
  for (let run = 0; run < RUNS; run++) {
    const octets = mutate(texts[run % texts.length], random, texts);
    const cut = random(octets.length + 1);
    const rows = await inspected([
      [1, octets.slice(0, cut)],
      [900, octets.slice(cut)],
    ]);
    expect(rows.at(-1)!.kind).toBe("verdict");
    for (const line of renderText(rows, { width: 60 }).split("\n"))
      expect(columnsOf(line)).toBeLessThanOrEqual(60);
    const report = new HtmlReport({ url: octets });
    for (const row of rows) {
      report.add(row);
      expect(JSON.parse(jsonRow(row)).kind).toBe(row.kind);
    }
    expect(report.html().replace(/<script>.*?<\/script>/s, "")).not.toMatch(
      /"(?:NaN|undefined|-?Infinity)"|NaN/,
    );
  }
});
