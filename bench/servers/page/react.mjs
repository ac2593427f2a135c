import { createServer } from "node:http";
import { createElement as h, Suspense, use } from "react";
import { renderToPipeableStream } from "react-dom/server";
import { announce } from "../process.mjs";
import { requestSlots } from "./slots.mjs";

const Row = ({ id, name, price }) =>
  h("li", { className: "row", id: `row-${id}` }, h("b", null, name), " costs ", h("i", null, price));

function List({ wait }) {
  const { title, rows } = use(wait);
  const items = rows.map((row) => h(Row, { key: row.id, ...row }));
  return h("div", { className: "list" }, h("h2", null, title), h("ul", null, items));
}

const PLACEHOLDER = h("p", null, "Loading…");
const Section = ({ wait }) => h("section", null, h(Suspense, { fallback: PLACEHOLDER }, h(List, { wait })));

const Shell = ({ slots }) =>
  h(
    "html",
    { lang: "en" },
    h("head", null, h("meta", { charSet: "utf-8" }), h("title", null, "Shop")),
    h(
      "body",
      null,
      h("h1", null, "Departments"),
      h(
        "main",
        null,
        slots.map((wait, index) => h(Section, { key: index, wait })),
      ),
    ),
  );

const server = createServer((request, response) => {
  const { pipe } = renderToPipeableStream(h(Shell, { slots: requestSlots() }), {
    onShellReady() {
      response.setHeader("content-type", "text/html");
      pipe(response);
    },
    onError: (error) => response.destroy(error),
  });
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
