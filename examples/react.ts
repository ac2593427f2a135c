// A page that React renders: its shell leaves at once, what is late follows; with ?fail a part of it fails, and the page goes on.
import { setTimeout as sleep } from "node:timers/promises";
import { createElement as h, type ReactNode, Suspense, use } from "react";
import { renderToPipeableStream } from "react-dom/server";
import { serve } from "sluice";
import { react } from "sluice/react";

function River({ level }: { level: Promise<number> }): ReactNode {
  return h("b", null, `${use(level)} m`);
}

async function measure(fails: boolean): Promise<number> {
  await sleep(300);
  if (fails) throw new Error("The gauge is dry");
  return 1.08;
}

const server = await serve(
  { host: "127.0.0.1", onError: (error) => console.log(String(error)) },
  ({ query, signal }) => {
    const level = measure(query.has("fail"));
    const waiting = h(Suspense, { fallback: h("i", null, "Asking the river…") }, h(River, { level }));
    const page = h("html", null, h("body", null, h("h1", null, "Levels"), waiting));
    return react((hooks) => renderToPipeableStream(page, hooks), { signal });
  },
);

console.log(`curl -N ${server.url.href} # or ${server.url.href}?fail`);
