// @ts-nocheck It runs on Bun and Deno, whose types are not here.
// The first argument is the port, the second the folder with the files.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const [port, folder] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`);
const [oneKib, text, big] = [read("1k"), read("text.txt"), read("big")];

function lines({ fail = false } = {}) {
  let index = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (fail && index === 5) controller.error(new Error("cut on purpose"));
      else if (index === 10) controller.close();
      else controller.enqueue(new TextEncoder().encode(`line ${index++} of 10\n`));
    },
  });
}

async function answer(request) {
  const { pathname } = new URL(request.url);
  switch (pathname) {
    case "/1k": {
      const etag = '"one"';
      if (request.headers.get("if-none-match") === etag)
        return new Response(null, { status: 304, headers: { etag } });
      return new Response(oneKib, { headers: { etag } });
    }
    case "/big":
      return new Response(big);
    case "/text.txt":
      if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) return new Response(text);
      return new Response(gzipSync(text), {
        headers: { "content-encoding": "gzip", "content-type": "text/plain" },
      });
    case "/chunks":
      return new Response(lines());
    case "/cut":
      return new Response(lines({ fail: true }));
    case "/empty":
      return new Response(null, { status: 204 });
    case "/redirect":
      return new Response("moved", { status: 302, headers: { location: "/1k" } });
    case "/echo":
      return new Response(await request.arrayBuffer(), {
        headers: { "x-upload-framing": request.headers.get("transfer-encoding") ?? "length" },
      });
    default:
      return new Response(null, { status: 404 });
  }
}

if (typeof Bun === "object") Bun.serve({ port, hostname: "127.0.0.1", development: false, fetch: answer });
else Deno.serve({ port: Number(port), hostname: "127.0.0.1", onListen() {} }, answer);
