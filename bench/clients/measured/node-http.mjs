import { Agent, get, request } from "node:http";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { takeOrders } from "./orders.mjs";
import { eventReader, rowReader } from "./parsers.mjs";

const agent = new Agent({ keepAlive: true });

function take(url, onPiece) {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent }, (response) => {
      const coded = response.headers["content-encoding"] === "gzip";
      const body = coded ? pipeline(response, createGunzip(), (error) => error && reject(error)) : response;
      body.on("data", onPiece).on("end", resolve).on("error", reject);
    });
    sent.on("error", reject);
  });
}

async function whole(url) {
  const pieces = [];
  await take(url, (piece) => pieces.push(piece));
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}

async function write(sent, source) {
  for await (const piece of source) {
    if (!sent.write(piece)) await new Promise((resolve) => sent.once("drain", resolve));
  }
  sent.end();
}

takeOrders({
  get: whole,
  drain: take,
  upload(url, source, length) {
    const headers = length === undefined ? {} : { "Content-Length": length };
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent, method: "POST", headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (more) => (text += more)).on("end", () => resolve(text));
        response.on("error", reject);
      });
      sent.on("error", reject);
      write(sent, source).catch(reject);
    });
  },
  events: (url, onEvent) => take(url, eventReader(onEvent)),
  rows: (url, onRow) => take(url, rowReader(onRow)),
});
