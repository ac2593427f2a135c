// Ranges and conditions over what is in memory, and over what is computed octet by octet.
import { content, resource, serve } from "sluice";

const poem = content("text/plain", "The river runs,\nthe sluice is shut,\nthe field is dry.\n");

const DIGITS = "0123456789";

/** A terabyte of digits: what was not asked for is never made. */
const digits = resource(() => ({
  type: "application/octet-stream",
  size: 10 ** 12,
  etag: '"digits"',
  *read(start, end) {
    // Which octets there are depends on where they are, and on nothing else.
    for (let at = start; at < end; at += 10 - (at % 10)) yield DIGITS.slice(at % 10, (at % 10) + end - at);
  },
}));

const server = await serve({ host: "127.0.0.1" }, ({ path }) => (path === "/digits" ? digits : poem));

console.log(`curl -r 4-8 ${server.url.href}`);
console.log(`curl -i -r 0-9,-5 ${server.url.href}digits`);
