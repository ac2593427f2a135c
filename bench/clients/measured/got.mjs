import { Agent } from "node:http";
import { Readable } from "node:stream";
import { got } from "got";
import { takeOrders } from "./orders.mjs";
import { eventReader, rowReader } from "./parsers.mjs";

const client = got.extend({ agent: { http: new Agent({ keepAlive: true }) } });

function take(url, onPiece) {
  return new Promise((resolve, reject) => {
    client.stream(url).on("data", onPiece).on("end", resolve).on("error", reject);
  });
}

takeOrders({
  async get(url) {
    const { rawBody } = await client(url, { responseType: "buffer" });
    return rawBody;
  },
  drain: take,
  upload(url, source, length) {
    const headers = length === undefined ? {} : { "content-length": String(length) };
    return client.post(url, { body: Readable.from(source), headers }).text();
  },
  events: (url, onEvent) => take(url, eventReader(onEvent)),
  rows: (url, onRow) => take(url, rowReader(onRow)),
});
