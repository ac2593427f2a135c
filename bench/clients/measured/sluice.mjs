import * as sluice from "../../../dist/client/index.js";
import { takeOrders } from "./orders.mjs";

/** What the build doesn't have is said when it is needed, and the rest is measured. */
function needed(name) {
  const found = sluice[name];
  if (found === undefined) throw new Error(`dist/client/index.js has no ${name}: npm run build`);
  return found;
}

takeOrders({
  async get(url) {
    const { body } = await needed("request")(url);
    return body.bytes();
  },
  async drain(url, onPiece) {
    const { body } = await needed("request")(url);
    for await (const piece of body) onPiece(piece);
  },
  async upload(url, source, length) {
    const headers = length === undefined ? {} : { "Content-Length": String(length) };
    const { body } = await needed("request")(url, { method: "POST", body: source, headers });
    return body.text();
  },
  async events(url, onEvent) {
    // It would connect again and go on.
    for await (const { data } of needed("events")(url)) if (onEvent(data)) return;
  },
  async rows(url, onRow) {
    for await (const row of needed("rows")(url)) onRow(row);
  },
  async download(url, path, connections) {
    await needed("download")(url, path, { connections });
  },
});
