import { createContext, runInContext } from "node:vm";
import * as fc from "fast-check";
import { type DefaultTreeAdapterTypes as Tree, parse, parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { html } from "../../../src/reply/html/html.ts";

// Each template is rendered with hostile values, parsed by a browser's rules, and must have the elements and attributes that it
// shows, whatever the values were; and the values must come out as they went in.

/** Pieces that mean something to a parser somewhere. */
const HOSTILE = [
  ..."<>\"'`=/&;:!-?[]{}()$\\ \t\n\f\r#%".split(""),
  "<!--",
  "-->",
  "--!>",
  "]]>",
  "<![CDATA[",
  "</title>",
  "</textarea>",
  "</script>",
  "</SCRIPT ",
  "<script>",
  "<img src=x onerror=alert(1)>",
  " onclick=alert(1) ",
  '" onfocus="alert(1)',
  "&lt;",
  "&#60;",
  "&#x3c",
  "&colon;",
  "javascript:",
  "JaVa\tScRiPt:",
  "\u0001javascript:",
  "vbscript:",
  "data:text/html,",
  "data:image/svg+xml,",
  "data:image/png,",
  "alert(1)",
  "${alert(1)}",
  "\u2028",
  "\u2029",
  "https://",
  "//evil.example",
  "é🌊",
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 3 })), { maxLength: 8 })
  .map((pieces) => pieces.join(""));

/** What a parser makes of text that is not escaped: it drops NUL, makes one line end of several, and UTF-8 has no lone surrogates. */
const parsed = (value: string): string => value.replace(/\r\n?/g, "\n").replaceAll("\0", "");

/** Elements with their attributes, without values. */
function shape(node: Tree.ParentNode): string {
  return node.childNodes
    .map((child) => {
      if (!("tagName" in child)) return child.nodeName === "#text" ? "" : `!${child.nodeName}`;
      const names = child.attrs.map(({ name }) => name).join();
      return `${child.tagName}[${names}](${shape("content" in child ? child.content : child)})`;
    })
    .join("");
}

const fragment = (markup: { readonly body: string }): Tree.DocumentFragment => parseFragment(markup.body);

function find(node: Tree.ParentNode, tag: string): Tree.Element {
  for (const child of node.childNodes) {
    if (!("tagName" in child)) continue;
    if (child.tagName === tag) return child;
    const inside = find(child, tag);
    if (inside.tagName === tag) return inside;
  }
  return { tagName: "" } as Tree.Element;
}

const textIn = (node: Tree.ParentNode): string =>
  node.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
const attributeOf = (element: Tree.Element, name: string): string | undefined =>
  element.attrs.find((attribute) => attribute.name === name)?.value;

describe("whatever the values are", () => {
  test("text stays text", () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const tree = fragment(html`<p>a${one}<b>${two}</b></p>`);
        expect(shape(tree)).toBe("p[](b[]())");
        expect(textIn(find(tree, "p"))).toBe(`a${parsed(one)}`);
        expect(textIn(find(tree, "b"))).toBe(parsed(two));
      }),
    );
  });

  test("attributes stay attributes", () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const tree = fragment(html`<p title="${one}" lang='a${two}b' hidden>${[one, [two]]}</p>`);
        expect(shape(tree)).toBe("p[title,lang,hidden]()");
        const found = find(tree, "p");
        // In attributes NUL is replaced, not dropped.
        const value = (given: string): string => given.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD");
        expect(attributeOf(found, "title")).toBe(value(one));
        expect(attributeOf(found, "lang")).toBe(value(`a${two}b`));
      }),
    );
  });

  test("titles and text areas hold text", () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const markup = html`<title>${one}</title><textarea>a${two}</textarea><i></i>`;
        expect(shape(fragment(markup))).toBe("title[]()textarea[]()i[]()");
      }),
    );
  });

  test("no URL runs a script", () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const tree = fragment(html`<a href="${one}${two}">1</a><b href="x${one}"></b>`);
        expect(shape(tree)).toBe("a[href]()b[href]()");
        for (const tag of ["a", "b"]) {
          let url: URL;
          try {
            url = new URL(attributeOf(find(tree, tag), "href") ?? "", "https://base.example/");
          } catch {
            continue;
          }
          expect(url.protocol).not.toMatch(/^(?:javascript|vbscript):$/);
          if (url.protocol === "data:")
            expect(url.pathname).toMatch(/^(?:image|audio|video|font)\/[^+]*[;,]/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("no URL runs a script, whatever character references the template has in it", () => {
    const piece = fc
      .array(
        fc.constantFrom(..."javscript:&#;x0/?".split(""), "&colon;", "&Tab;", "&#115;", "&#x3a", "&#58"),
        {
          maxLength: 6,
        },
      )
      .map((pieces) => pieces.join(""));
    const value = fc.oneof(
      text,
      fc.constantFrom("115;cript:", "colon;", "3a;", "javascript", "script:x", ":x"),
    );
    const begun = fc.constantFrom(
      "java&#",
      "javascript&",
      "&#",
      "&#x",
      "&",
      "java&#115;cript",
      "javascript&#x3",
      "",
    );
    fc.assert(
      fc.property(begun, value, piece, value, piece, (first, one, middle, two, last) => {
        const strings = [`<a href="${first}`, middle, `${last}"></a>`];
        let markup: { readonly body: string };
        try {
          markup = html(Object.assign(strings, { raw: strings }), one, two);
        } catch (error) {
          // The template's own text is a scheme of scripts.
          expect(error).toMatchObject({ code: "ERR_SLUICE_HTML_PLACE" });
          return;
        }
        const href = attributeOf(find(fragment(markup), "a"), "href") ?? "";
        if (URL.canParse(href, "https://base.example/"))
          expect(new URL(href, "https://base.example/").protocol).not.toMatch(/^(?:javascript|vbscript):$/);
      }),
      { numRuns: 5000 },
    );
  });

  test("a template that is accepted has its elements and attributes, whatever it stands in", () => {
    const NAMES = [
      "title",
      "textarea",
      "style",
      "script",
      "xmp",
      "iframe",
      "svg",
      "math",
      "p",
      "select",
      "a",
    ];
    const tags = NAMES.flatMap((name) => [`<${name}>`, `</${name}>`, `<${name}/>`, `<${name} / id='`]);
    const part = fc.constantFrom(
      ...tags,
      "<!--",
      "-->",
      '<p title="',
      '"',
      "'",
      ">",
      "=",
      " = ",
      "/",
      "x",
      "<",
    );
    const hostile = "\"'> onclick=x <img onerror=x>";
    fc.assert(
      fc.property(fc.array(fc.array(part, { maxLength: 5 }), { minLength: 2, maxLength: 4 }), (template) => {
        const strings = template.map((parts) => parts.join(""));
        const tag = Object.assign(strings, { raw: strings });
        let bodies: string[];
        try {
          bodies = ["x", hostile].map((given) => html(tag, ...strings.slice(1).map(() => given)).body);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_SLUICE_HTML_/) });
          return;
        }
        for (const around of ["", "<svg>", "<math>", "<select>", "<table>"]) {
          const [mild, wild] = bodies.map((body) => shape(parseFragment(around + body)));
          expect(wild).toBe(mild);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("a script has its values, and nothing else", () => {
    fc.assert(
      fc.property(text, fc.jsonValue(), text, (one, json, key) => {
        const data = { [key]: one, json };
        const markup = html`<script>a = ${one}; b = [${html.json(data)}, ${1}];</script>
          <script type="application/json">${html.json(data)}</script>`;
        const tree = fragment(markup);
        expect(shape(tree)).toBe("script[]()script[type]()");
        const names: { a?: unknown; b?: unknown } = {};
        runInContext(textIn(find(tree, "script")), createContext(names));
        expect(names.a).toBe(one);
        // As an expression, unlike as JSON, this name sets the prototype.
        if (!JSON.stringify(data).includes("__proto__"))
          expect(JSON.stringify(names.b)).toBe(JSON.stringify([data, 1]));
        const last = tree.childNodes.at(-1) as Tree.Element;
        expect(JSON.stringify(JSON.parse(textIn(last)))).toBe(JSON.stringify(data));
      }),
      { numRuns: 50 },
    );
  });

  test("html between attributes has no other values than where it was written", () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        const more = html` title="${one}" href="${two}"`;
        const tree = fragment(html`<a id="x" ${more}>t</a><a id="y"${more}>t</a>`);
        expect(shape(tree)).toBe("a[id,title,href]()a[id,title,href]()");
        expect(attributeOf(find(tree, "a"), "href")).not.toMatch(
          /^[\0- ]*j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t\s*:/i,
        );
      }),
    );
  });

  test("a whole document keeps its shape", () => {
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (one, rows) => {
        const page = html`<!doctype html>
          <html lang="${one}">
            <head><title>${one}</title><meta name="description" content="${one}" /></head>
            <body><table><tbody>${rows.map((row) => html`<tr><td>${row}</td></tr>`)}</tbody></table></body>
          </html>`;
        const document = parse(page.body);
        expect(shape(document)).toBe(
          `!#documentTypehtml[lang](head[](title[]()meta[name,content]())body[](table[](tbody[](${"tr[](td[]())".repeat(rows.length)}))))`,
        );
      }),
    );
  });
});
