import { describe, expect, test } from "vitest";
import { html } from "../../../src/reply/html/html.ts";

describe("html", () => {
  test("escapes what is put in, for elements and quoted attributes", () => {
    const evil = `<script>alert("&'")</script>`;
    expect(html`<p title="${evil}">${evil}</p>`.body).toBe(
      '<p title="&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;">&lt;script&gt;alert(&quot;&amp;&#39;&quot;)&lt;/script&gt;</p>',
    );
  });

  test("leaves its own text as it is", () => {
    expect(html`<b>&amp; "a"</b>`.body).toBe('<b>&amp; "a"</b>');
    expect(html``.body).toBe("");
  });

  test("nests without escaping twice", () => {
    expect(html`<ul>${html`<li>${"<a>"}</li>`}</ul>`.body).toBe("<ul><li>&lt;a&gt;</li></ul>");
  });

  test("joins arrays, also of arrays", () => {
    const items = ["<", html`<b></b>`, 3, ["&", null, [">"]]];
    expect(html`<p>${items}</p>`.body).toBe("<p>&lt;<b></b>3&amp;&gt;</p>");
    expect(html`${[]}`.body).toBe("");
  });

  test.each([
    [null, ""],
    [undefined, ""],
    [true, ""],
    [false, ""],
    [0, "0"],
    [-1.5, "-1.5"],
    [12n, "12"],
    ["", ""],
    ["höher 🌊", "höher 🌊"],
  ])("writes %s as %j", (value, expected) => {
    expect(html`${value}`.body).toBe(expected);
  });

  test.each([
    [{}],
    [{ body: "<script>" }],
    [{ getReader: 1, pipe: 1 }],
    [Symbol("a")],
    [() => "a"],
    [new Date(0)],
    [{ body: "<b>", status: 200, headers: {} }],
  ])("refuses %s", (value) => {
    expect(() => html`${value as never}`).toThrow(expect.objectContaining({ code: "ERR_SLUICE_HTML_VALUE" }));
  });

  test("raw escapes nothing", () => {
    expect(html`<p>${html.raw("<b>&</b>")}</p>`.body).toBe("<p><b>&</b></p>");
  });

  test("is a reply, whose status and headers can be changed", () => {
    expect(html`<p></p>`).toMatchObject({
      status: 200,
      headers: { "Content-Type": "text/html; charset=utf-8" },
    });
    expect({ ...html`<p></p>`, status: 404 }).toMatchObject({ status: 404, body: "<p></p>" });
  });
});
