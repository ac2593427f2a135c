import { describe, expect, test } from "vitest";
import { type Html, html } from "../../../src/reply/html/html.ts";
import { page } from "../../../src/reply/html/page.ts";
import { slot } from "../../../src/reply/html/slot.ts";
import { deferred } from "../../../src/deferred.ts";
import { Reading, watched } from "./html-reading.ts";

describe("html with what is awaited", () => {
  test("streams in order: what is there, then what it waited for", async () => {
    const [one, two] = [deferred<string>(), deferred<Html>()];
    const reading = new Reading(html`<p>${one.promise}</p><p>${two.promise}</p>`);
    two.resolve(html`<b></b>`);
    expect(await reading.piece()).toBe("<p>");
    one.resolve("<1>");
    expect(await reading.piece()).toBe("&lt;1&gt;</p><p>");
    expect(await reading.rest()).toEqual(["<b></b></p>"]);
  });

  test("nests, in lists, in html and in what is awaited", async () => {
    async function* items(): AsyncGenerator {
      yield html`<li>${Promise.resolve("a")}</li>`;
      yield [1, Promise.resolve(html`<li>${Promise.resolve("&")}</li>`)];
    }
    const inner = html`<ul>${items() as never}</ul>`;
    const reading = new Reading(html`${[inner, null, "<"]}!`);
    expect((await reading.rest()).join("")).toBe("<ul><li>a</li>1<li>&amp;</li></ul>&lt;!");
  });

  test("reads streams", async () => {
    const reading = new Reading(
      html`${new Blob(["x"]).stream().pipeThrough(new TextDecoderStream())}<i></i>`,
    );
    expect((await reading.rest()).join("")).toBe("x<i></i>");
  });

  test("without anything to wait for is a string, also from iterables", () => {
    expect(html`${new Set(["<", html`<b></b>`])}`.body).toBe("&lt;<b></b>");
  });

  test("keeps its parts when its status is changed", async () => {
    const reply = { ...html`${Promise.resolve(1)}`, status: 404 };
    expect(reply.status).toBe(404);
    expect(await new Reading(reply).rest()).toEqual(["1"]);
    expect(page(reply).status).toBe(404);
  });

  test("fills slots in their places; all of them begin at once", async () => {
    const log: string[] = [];
    const gate = deferred<string>();
    const begun = (name: string, result: () => unknown) =>
      slot(
        () => {
          log.push(name);
          return result() as string;
        },
        { placeholder: "never seen" },
      );
    const reading = new Reading(
      html`1${begun("a", () => gate.promise)}2${begun("b", () => html`${begun("c", () => "C")}B`)}3${slot(watched(["x", "y"], log))}4`,
    );
    expect(await reading.piece()).toBe("1");
    expect(log).toEqual(["a", "b", "item 0"]);
    gate.resolve("A");
    expect((await reading.rest()).join("")).toBe("A2CB3xy4");
    expect(log).toEqual(["a", "b", "item 0", "c", "item 1", "returned"]);
  });

  test("a failure of what is no slot ends it", async () => {
    const reading = new Reading(html`<p>${Promise.reject(new Error("gone"))}</p>`);
    expect(await reading.piece()).toBe("<p>");
    await expect(reading.piece()).rejects.toThrow("gone");
    expect(await reading.piece()).toBeUndefined();
  });

  test("what turns out to be no content ends it", async () => {
    const reading = new Reading(html`${Promise.resolve({}) as never}`);
    await expect(reading.piece()).rejects.toMatchObject({ code: "ERR_SLUICE_HTML_VALUE" });
  });
});
