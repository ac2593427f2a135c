import { request } from "node:http";

const LIMIT = 60_000;

/** One request and its reply, all in memory, for the checks before a measurement. Trailers are among what it gives. */
export function wholeReply(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, headers, host: "127.0.0.1", agent: false }, (reply) => {
      const pieces = [];
      reply.on("data", (piece) => pieces.push(piece));
      reply.on("error", reject);
      reply.on("end", () => {
        const { statusCode: status, headers: fields, trailers } = reply;
        resolve({ status, fields, trailers, body: Buffer.concat(pieces) });
      });
    });
    sent.setTimeout(LIMIT, () => sent.destroy(new Error("no complete reply in time")));
    sent.on("error", reject);
    sent.end();
  });
}

/** What a check gives where there is nothing to say about chunks. */
export const CHECKED = { wireBytes: 0, chunks: 0, notes: [] };
