// One file: by parts, to be saved, and its end alone, which is a representation of its own.
import { file, openFile, resource, serve } from "sluice";

const PATH = "package-lock.json";

const whole = file(PATH);
const saved = file(PATH, { download: "what we need.json" });

/** The last 1,000 octets, with ranges and conditions like any other file. */
const end = resource(async () => {
  const opened = await openFile(PATH);
  const size = Math.min(opened.size, 1000);
  const skipped = opened.size - size;
  return {
    type: "text/plain; charset=utf-8",
    size,
    etag: opened.etag,
    lastModified: opened.lastModified,
    read: (from, to) => opened.read(skipped + from, skipped + to),
    close: () => opened.close(),
  };
});

const server = await serve({ host: "127.0.0.1" }, ({ path }) => {
  if (path === "/save") return saved;
  return path === "/end" ? end : whole;
});

console.log(`curl -i -r 0-99 ${server.url.href}`);
console.log(`curl -OJ ${server.url.href}save`);
console.log(`curl -r -20 ${server.url.href}end`);
