import { takeOrders } from "./orders.mjs";
import { eventReader, rowReader } from "./parsers.mjs";

async function take(url, onPiece) {
  const { body } = await fetch(url);
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onPiece(value);
  }
}

takeOrders({
  async get(url) {
    const response = await fetch(url);
    return new Uint8Array(await response.arrayBuffer());
  },
  drain: take,
  async upload(url, source, length) {
    const headers = length === undefined ? {} : { "content-length": String(length) };
    const response = await fetch(url, { method: "POST", body: source, duplex: "half", headers });
    return response.text();
  },
  events: (url, onEvent) => take(url, eventReader(onEvent)),
  rows: (url, onRow) => take(url, rowReader(onRow)),
});
