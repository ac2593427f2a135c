// A folder: types, conditions, ranges, lists, and no way out of it.
import { files, serve } from "sluice";

const docs = files("docs", { listing: true, types: { md: "text/markdown" }, cacheControl: "no-cache" });

const server = await serve({ host: "127.0.0.1" }, docs);

console.log(`curl -i ${server.url.href}files.md`);
console.log(`curl ${server.url.href}`);
console.log(`curl -i --path-as-is ${server.url.href}../package.json`);
