import { describe, expect, test } from "vitest";
import { html } from "../../../src/reply/html/html.ts";

const place = expect.objectContaining({ code: "ERR_SLUICE_HTML_PLACE" });
const wrong = expect.objectContaining({ code: "ERR_SLUICE_HTML_VALUE" });
const x: string = "x";

describe("a value is refused", () => {
  test.each<[string, () => unknown]>([
    ["as the name of an element", () => html`<${x}>`],
    ["in the name of an element", () => html`<a${x}>`],
    ["in an end tag's name", () => html`</${x}>`],
    ["in an end tag", () => html`<p></p ${x}>`],
    ["in the name of an attribute", () => html`<a da${x}="">`],
    ["as an attribute without quotes", () => html`<a title=${x}>`],
    ["behind the equals sign and a space", () => html`<a title= ${x}>`],
    ["in an attribute without quotes", () => html`<a title=a${x}>`],
    ["behind an unquoted value with a quote in it", () => html`<a title=a"${x}">`],
    ["in a comment", () => html`<!-- ${x} -->`],
    ["in a comment that has just not ended", () => html`<!-- > --${x} -->`],
    ["behind a comment's first dash", () => html`<!-${x}`],
    ["in a doctype", () => html`<!doctype ${x}>`],
    ["in a processing instruction", () => html`<?start name="${x}">`],
    ["in CDATA", () => html`<svg><![CDATA[ ${x} ]]></svg>`],
    ["in a comment that looks like an end tag", () => html`</ ${x}>`],
    ["in a style element", () => html`<style>p { color: ${x} }</style>`],
    ["in an iframe's text", () => html`<iframe>${x}</iframe>`],
    ["in <xmp>", () => html`<xmp>${x}</xmp>`],
    ["behind <plaintext>", () => html`<plaintext>${x}`],
    ["in an event handler", () => html`<a onclick="go(${x})">`],
    ["in an event handler in capitals", () => html`<a ONCLICK='go(${x})'>`],
    ["in srcdoc", () => html`<iframe srcdoc="${x}"></iframe>`],
    ["behind javascript:", () => html`<a href="javascript:go(${x})">`],
    ["behind a data: URL of HTML", () => html`<iframe src="data:text/html,${x}"></iframe>`],
    ["in a string of a script", () => html`<script>a = "${x}"</script>`],
    ["in a string that was escaped", () => html`<script>a = 'it\\'s ${x}'</script>`],
    ["in a template of a script", () => html`<script>a = \`${x}\`</script>`],
    ["in a line comment of a script", () => html`<script>a = 1 // ${x}</script>`],
    ["in a comment of a script", () => html`<script>a = 1 /* ${x} */</script>`],
    ["behind what may be a regular expression", () => html`<script>a = /"/; b = ${x}</script>`],
    ["behind a string over several lines", () => html`<script>a = "\n"; b = ${x}"</script>`],
    ["behind --> in a script", () => html`<script>\n--> ${x}</script>`],
    ["behind <! in a script", () => html`<script>a = b <!-${-1}</script>`],
    ["in a script with <!--", () => html`<script>a = "<!-- <script>"; b = ${x}</script>`],
    ["at a title's end tag", () => html`<title>a</${x}title></title>`],
    ["in a title with markup", () => html`<svg><title><a href="${x}"></a></title></svg>`],
    ["in an attribute inside of a title", () => html`<svg><title><p onclick="${x}"></p></title></svg>`],
    ["behind a title that ends at once", () => html`<svg><title/><p onclick="${x}"><title></title></svg>`],
    ["behind a title whose slash stands apart", () => html`<svg><title / ${null}></title>${x}</svg>`],
    ["in a text area with markup", () => html`<math><textarea><p style="${1}"></textarea></math>`],
    ["behind a style with markup", () => html`<svg><style><p title="</style><p title="${x}"></svg>`],
    ["behind a style with a comment", () => html`<svg><style><!--</style>-->${x}</svg>`],
    ["behind a style that ends at once", () => html`<svg><style/><p onclick="</style>${x}"></svg>`],
    ["behind a script that ends at once", () => html`<svg><script/><p onclick="</script>${x}"></svg>`],
    ["in a script inside of <svg>", () => html`<svg><script>a = &quot;${x}&quot;</script></svg>`],
    ["in one inside of two", () => html`<svg><svg></svg><script>a = ${x}</script></svg>`],
    ["behind an equals sign behind attributes", () => html`<a ${html` href`}=" ${html`${x}`} ">`],
    ["behind one with spaces", () => html`<a ${html` href`}\n= " ${html`${x}`} ">`],
    ["behind one behind nothing", () => html`<a ${null}=" ${html`${x}`} ">`],
    ["behind one behind an attribute's value", () => html`<a title="a"=" ${html`${x}`} ">`],
    ["behind javascript: in character references", () => html`<a href="&#106avascript&#x3A;${x}">`],
    ["in a character reference of style", () => html`<p style="color: red&${"#59"}">`],
    ["in a number of one", () => html`<p style="color: red&#x3${"b"}">`],
    ["between attributes", () => html`<a ${x}>`],
    ["between attributes, as markup", () => html`<a ${html`<b>`}>`],
    ["between attributes, as the end of the tag", () => html`<a ${html.raw(' title="x">')}>`],
    ["between attributes, as an event handler", () => html`<a ${html.raw(' onclick="x"')}>`],
    ["between attributes, without quotes", () => html`<a ${html.raw(" title=x")}>`],
    ["between attributes, with a quote left open", () => html`<a ${html.raw(' title="x')}>`],
    ["between attributes, as style", () => html`<a ${html` style="width: ${x}"`}>`],
  ])("%s", (_, template) => {
    expect(template).toThrow(place);
    // The second time it is known.
    expect(template).toThrow(place);
  });

  test.each<[string, () => unknown]>([
    ["markup in an attribute", () => html`<a title="${html`<b></b>`}">`],
    ["markup in a title", () => html`<title>${html`<b></b>`}</title>`],
    ["a promise in an attribute", () => html`<a title="${Promise.resolve("x") as never}">`],
    ["a promise in a script", () => html`<script>a = ${Promise.resolve("x") as never}</script>`],
    ["an object in a script", () => html`<script>a = ${{} as never}</script>`],
    ["markup in a script", () => html`<script>a = ${html``}</script>`],
    ["nothing in a script", () => html`<script>a = ${undefined}</script>`],
    ["JSON as text", () => html`<p>${html.json({ a: 1 })}</p>`],
    ["bytes as text", () => html`<p>${new Uint8Array(3) as never}</p>`],
    ["CSS that is more than a number or a word", () => html`<p style="width: ${"1px; color: red"}">`],
    ["a function of CSS", () => html`<p style="background: ${"url(//evil.example)"}">`],
  ])("%s", (_, template) => expect(template).toThrow(wrong));
});

describe("a template is refused that ends", () => {
  test.each<[string, () => unknown]>([
    ["inside a tag", () => html`<a `],
    ["inside an attribute", () => html`<a title="`],
    ["inside a comment", () => html`<!-- a`],
    ["inside a script", () => html`<script>`],
    ["inside a title", () => html`<title>a`],
    ["inside a style", () => html`<style>`],
  ])("%s", (_, template) => expect(template).toThrow(place));
});

describe("a value is written", () => {
  test.each<[string, () => { readonly body: string }, string]>([
    ["behind an unfinished comparison", () => html`a < b ${"<"}`, "a < b &lt;"],
    ["behind a comment", () => html`<!-- > -->${"<"}`, "<!-- > -->&lt;"],
    ["behind a comment that ends at once", () => html`<!-->${"<"}`, "<!-->&lt;"],
    ["behind a comment with a bang", () => html`<!-- --!>${"<"}`, "<!-- --!>&lt;"],
    ["behind an empty end tag", () => html`</>${"<"}`, "</>&lt;"],
    ["behind a style", () => html`<STYLE>a > b { }</Style >${"<"}`, "<STYLE>a > b { }</Style >&lt;"],
    ["behind a quoted >", () => html`<a title=">" lang='${'"'}'>`, `<a title=">" lang='&quot;'>`],
    [
      "behind an attribute without a value",
      () => html`<a hidden title="${"a"}" x>`,
      '<a hidden title="a" x>',
    ],
    ["behind a slash", () => html`<a/title="${"a"}"/>`, '<a/title="a"/>'],
    [
      "as style",
      () => html`<p style="width: ${12.5}%; color: ${"#ff0000"}">`,
      '<p style="width: 12.5%; color: #ff0000">',
    ],
    [
      "in a script",
      () => html`<script>a = ${"</script>"}</script>`,
      '<script>a = "\\u003c/script\\u003e"</script>',
    ],
    [
      "in a script behind strings and comments",
      () => html`<script>a = "'\\"" + 'b"' /* " */ + ${1}; // '
        b = ${null};</script>`,
      `<script>a = "'\\"" + 'b"' /* " */ + 1; // '
        b = null;</script>`,
    ],
    [
      "in a script of JSON",
      () => html`<script type="application/json">{"a":${html.json({ b: ["\u2028"] })}}</script>`,
      '<script type="application/json">{"a":{"b":["\\u2028"]}}</script>',
    ],
    ["as attributes", () => html`<a ${html` title="${'"'}" hidden`}>`, '<a  title="&quot;" hidden >'],
    ["as no attributes", () => html`<a ${null}${false}${undefined}>`, "<a >"],
    [
      "as a relative URL",
      () => html`<a href="${"/a?b=1&c=javascript:"}">`,
      '<a href="/a?b=1&amp;c=javascript:">',
    ],
    [
      "as a part of a URL",
      () => html`<a href="/a?b=${"javascript:"}&c=${1}">`,
      '<a href="/a?b=javascript:&c=1">',
    ],
    [
      "as a URL of a picture",
      () => html`<img src="${"data:image/png;base64,AA"}">`,
      '<img src="data:image/png;base64,AA">',
    ],
    [
      "in a script behind an <svg>",
      () => html`<svg/><svg></svg><script>${1}</script>`,
      "<svg/><svg></svg><script>1</script>",
    ],
    ["in a title behind a reference", () => html`<title>a &lt; ${"<"}</title>`, "<title>a &lt; &lt;</title>"],
    [
      "behind a style with comparisons",
      () => html`<style>@media (width <= 9em) { a>b{} }</style>${1}`,
      "<style>@media (width <= 9em) { a>b{} }</style>1",
    ],
    ["in style behind a reference", () => html`<p style="a&amp;${1}">`, '<p style="a&amp;1">'],
    [
      "as a part of a URL with character references",
      () => html`<a href="${"/b"}?a=1&amp;b=${"javascript:"}&c&${"colon;"}">`,
      '<a href="/b?a=1&amp;b=javascript:&c&colon;">',
    ],
    ["as a part of one that is settled", () => html`<a href="&#47a&${"b:"}">`, '<a href="&#47a&b:">'],
    ["as a mail address", () => html`<a href="mailto:${"a@b"}">`, '<a href="mailto:a@b">'],
  ])("%s", (_, template, expected) => expect(template().body).toBe(expected));

  test.each([
    ["javascript:alert(1)"],
    ["JavaScript:alert(1)"],
    [" \u0000java\tscr\nipt\r:alert(1)"],
    ["vbscript:x"],
    ["data:text/html,<script>"],
    ["data:,x"],
    ["data:image/svg+xml,<svg>"],
    ["data:image/x+xml,<x>"],
  ])("as no URL: %j", (url) => {
    expect(html`<a href="${url}">`.body).toBe('<a href="about:invalid#sluice">');
    expect(html`<a HREF = '${url}'>`.body).toBe("<a HREF = 'about:invalid#sluice'>");
    expect(html`<a ${html` href="${url}"`}>`.body).toBe('<a  href="about:invalid#sluice" >');
  });

  test("as no URL, also where it is one only together with what stands around it", () => {
    expect(html`<a href="${"java"}${"script:alert(1)"}">`.body).toBe('<a href="about:invalid#sluice">');
    expect(html`<a href="java${"script:alert(1)"}">`.body).toBe('<a href="javaabout:invalid#sluice">');
    expect(html`<a href="java&#115;cript${":alert(1)"}">`.body).toBe(
      '<a href="java&#115;criptabout:invalid#sluice">',
    );
    expect(html`<a ${html` href="java&#115;cript${":alert(1)"}"`}>`.body).toBe(
      '<a  href="about:invalid#sluice" >',
    );
    expect(html`<a href="${"javascript"}:alert(1)">`.body).toBe('<a href="about:invalid#sluice:alert(1)">');
  });
});

test.each([
  ["&#32;", "javascript:alert(1)"],
  ["&Tab;", "javascript:alert(1)"],
  ["&#1", "javascript:alert(1)"],
  ["&#X6a;ava&NewLine;script", ":alert(1)"],
  ["javascript&", "colon;alert(1)"],
  ["java&#", "115;cript:alert(1)"],
  ["java&#x000", "73;cript:alert(1)"],
  ["&#106avascript", ":alert(1)"],
  ["da&#116;a", ":text/html,<script>"],
])("a character reference hides no scheme: %s%s", (before, value) => {
  const strings = [`<a href="${before}`, '">'];
  expect(html(Object.assign(strings, { raw: strings }), value).body).toBe(
    `<a href="${before}about:invalid#sluice">`,
  );
});

test.each<[string, () => unknown, string]>([
  ["a call with a text", () => html("<p>" as never), "ERR_SLUICE_OPTION"],
  ["a call without anything", () => html(undefined as never), "ERR_SLUICE_OPTION"],
  ["a call with an array", () => html(["<p>", "</p>"] as never, 1), "ERR_SLUICE_OPTION"],
  ["raw with a number", () => html.raw(1 as never), "ERR_SLUICE_HTML_VALUE"],
])("%s is refused", (_, call, code) => expect(call).toThrow(expect.objectContaining({ code })));

test("a template of many values is read in linear time", () => {
  const count = 20_000;
  const strings = ['<p title="', ...Array.from({ length: count }, () => '"><i title="'), '">'];
  const values = Array.from({ length: count + 1 }, () => "v");
  const { body } = html(Object.assign(strings, { raw: strings }), ...values);
  expect(body).toHaveLength(strings.join("").length + values.length);
});
