// What every client that is measured does: it takes orders, a line each, and answers each with a line.
// A client is a set of functions, of which it has those that its library can do:
// - `get(url)`: the body of a small reply, whole, as bytes or a string;
// - `drain(url, onPiece, shown)`: takes a large body, undone from its coding, piece by piece; a program that is no part of
//   this process may throw the pieces away itself, unless they have to be shown, and then tells the `payload`;
// - `upload(url, source, length)`: sends an async iterable, chunked where `length` is undefined; gives the reply as a string;
// - `events(url, onEvent)`: event by event, `onEvent(data)`; it returns true with the last one;
// - `rows(url, onRow)`: JSON value by JSON value;
// - `download(url, path, connections)`: to a file.
// `drain` and `download` tell `cpuSeconds`, and `seconds` if they know better, where the work is done by a program.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

const PIECE = Buffer.alloc(64 * 1024, 120);
const MIB = 1024 ** 2;

async function* pieces(mib) {
  const count = (mib * MIB) / PIECE.length;
  for (let index = 0; index < count; index += 1) yield PIECE;
}

/** As many requests as the time allows, `inFlight` at once. */
async function getMany(client, { url, length, milliseconds, inFlight }) {
  const end = performance.now() + milliseconds;
  let requests = 0;
  async function worker() {
    while (performance.now() < end) {
      const body = await client.get(url);
      if (body.length !== length) throw new Error(`${body.length} bytes in the place of ${length}`);
      requests += 1;
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { requests };
}

const ORDERS = {
  getOne: async (client, { url }) => ({ text: Buffer.from(await client.get(url)).toString("latin1") }),
  get: getMany,
  async drain(client, { url, hashed = false }) {
    let payload = 0;
    let count = 0;
    const hash = hashed ? createHash("sha256") : undefined;
    const measured = await client.drain(
      url,
      (piece) => {
        payload += piece.length;
        count += 1;
        hash?.update(piece);
      },
      hashed,
    );
    return { payload, pieces: count, digest: hash?.digest("hex"), ...measured };
  },
  upload: async (client, { url, mib, sized }) => ({
    text: await client.upload(url, pieces(mib), sized ? mib * MIB : undefined),
  }),
  async events(client, { url, count }) {
    let seen = 0;
    let sum = 0;
    await client.events(url, (data) => {
      seen += 1;
      sum += data.length;
      return seen === count;
    });
    return { seen, sum };
  },
  async rows(client, { url }) {
    let seen = 0;
    let sum = 0;
    await client.rows(url, (row) => {
      seen += 1;
      sum += row.id;
    });
    return { seen, sum };
  },
  download: async (client, { url, path, connections }) => ({
    ...(await client.download(url, path, connections)),
  }),
};

async function carryOut(client, { name, ...order }) {
  try {
    const started = performance.now();
    const answer = await ORDERS[name](client, order);
    return { seconds: (performance.now() - started) / 1000, ...answer };
  } catch (error) {
    const cause = error.cause === undefined ? "" : `: ${error.cause.message}`;
    return { error: `${error.message}${cause}` };
  }
}

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

export function takeOrders(client) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    void carryOut(client, JSON.parse(line)).then(tell);
  });
  lines.on("close", () => process.exit(0));
  tell({ pid: process.pid });
}
