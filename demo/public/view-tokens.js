import { item } from "./view-lines.js";

/** Reads the same events in two codings at once, and writes down when each token came and what was on the wire. */
export async function openTokens(card, link, signal) {
  const columns = [...card.querySelectorAll("[data-coding]")];
  const counts = await Promise.all(columns.map((column) => readColumn(column, link.href, signal)));
  return `Complete: ${counts.join(" and ")} tokens`;
}

async function readColumn(column, href, signal) {
  const list = column.querySelector("ol");
  const weight = column.querySelector(".weight");
  list.replaceChildren();
  weight.textContent = "";
  const url = new URL(href);
  if (column.dataset.coding !== "") url.searchParams.set("coding", column.dataset.coding);
  // What the browser has counted is found by the address.
  url.searchParams.set("reader", crypto.randomUUID());
  const begun = performance.now();
  const response = await fetch(url, { signal, cache: "no-store" });
  const coding = response.headers.get("content-encoding");
  let count = 0;
  let rest = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const after = performance.now() - begun;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const token = tokenOf(event);
      if (token === undefined) continue;
      count++;
      list.append(item(token, after));
    }
    list.scrollTop = list.scrollHeight;
  }
  const timing = await timingOf(url.href);
  const wire = timing === undefined ? "?" : timing.encodedBodySize.toLocaleString("en");
  weight.textContent = `${coding === null ? "" : `${coding}: `}${wire} bytes on the wire`;
  return count;
}

/** What the browser has counted, which it may say a little after the last octet; undefined where it doesn't within a second. */
function timingOf(href) {
  return new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => settle(list.getEntriesByName(href)[0]));
    const late = setTimeout(() => settle(performance.getEntriesByName(href)[0] ?? null), 1000);
    const settle = (timing) => {
      if (timing === undefined) return;
      observer.disconnect();
      clearTimeout(late);
      resolve(timing ?? undefined);
    };
    observer.observe({ type: "resource", buffered: true });
  });
}

function tokenOf(event) {
  const data = /^data: (.*)$/m.exec(event);
  return data === null ? undefined : JSON.parse(data[1]).choices?.[0].delta.content;
}
