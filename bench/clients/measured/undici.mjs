import { Agent, interceptors, Pool, request } from "undici";
import { takeOrders } from "./orders.mjs";
import { eventReader, rowReader } from "./parsers.mjs";

const dispatcher = new Agent();
// The coding of a reply is undone by an interceptor, which says that it is an experiment.
process.removeAllListeners("warning");
const decoding = dispatcher.compose(interceptors.decompress());

async function take(url, onPiece, through = dispatcher) {
  const { body } = await request(url, { dispatcher: through });
  await new Promise((resolve, reject) => {
    body.on("data", onPiece).on("end", resolve).on("error", reject);
  });
}

async function get(url) {
  const { body } = await request(url, { dispatcher });
  return body.bytes();
}

let pool;
/** For who knows the one server: its cheapest way, which reads no URL. */
async function getFromPool(url) {
  const end = url.indexOf("/", "http://".length);
  pool ??= new Pool(url.slice(0, end));
  const { body } = await pool.request({ method: "GET", path: url.slice(end) });
  return body.bytes();
}

takeOrders({
  get: process.argv.includes("--pool") ? getFromPool : get,
  drain: (url, onPiece) => take(url, onPiece, url.includes("/gzip") ? decoding : dispatcher),
  async upload(url, source, length) {
    const headers = length === undefined ? {} : { "content-length": String(length) };
    const { body } = await request(url, { dispatcher, method: "POST", body: source, headers });
    return body.text();
  },
  events: (url, onEvent) => take(url, eventReader(onEvent)),
  rows: (url, onRow) => take(url, rowReader(onRow)),
});
