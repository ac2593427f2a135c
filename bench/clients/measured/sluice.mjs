import { download, events, request, rows } from "../../../dist/client/index.js";
import { takeOrders } from "./orders.mjs";

takeOrders({
  async get(url) {
    const { body } = await request(url);
    return body.bytes();
  },
  async drain(url, onPiece) {
    const { body } = await request(url);
    for await (const piece of body) onPiece(piece);
  },
  async upload(url, source, length) {
    const headers = length === undefined ? {} : { "Content-Length": String(length) };
    const { body } = await request(url, { method: "POST", body: source, headers });
    return body.text();
  },
  async events(url, onEvent) {
    // It would connect again and go on.
    for await (const { data } of events(url)) if (onEvent(data)) return;
  },
  async rows(url, onRow) {
    for await (const row of rows(url)) onRow(row);
  },
  async download(url, path, connections) {
    await download(url, path, { connections });
  },
});
