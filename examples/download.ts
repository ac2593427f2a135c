// A file from a server that cuts every response, fetched whole; given up in the middle, and gone on with.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resource, serve } from "sluice";
import { download } from "sluice/client";

const SIZE = 1_000_000;

/** Breaks off after at most 300,000 octets, wherever it is asked to begin. */
const unreliable = resource(() => ({
  type: "application/octet-stream",
  size: SIZE,
  etag: '"numbers"',
  *read(start, end) {
    for (let at = start; at < end; at += 1000) {
      if (at - start >= 300_000) throw new Error("the power has failed");
      yield Buffer.alloc(Math.min(1000, end - at), at / 1000);
    }
  },
}));

await using server = await serve({ host: "127.0.0.1", onError: () => {} }, () => unreliable);
const folder = await mkdtemp(join(tmpdir(), "sluice-"));
const path = join(folder, "numbers.bin");

const enough = new AbortController();
try {
  await download(server.url, path, {
    signal: enough.signal,
    onProgress: ({ received }) => received >= 300_000 && enough.abort(),
  });
} catch (error) {
  console.log(String(error));
}

const result = await download(server.url, path, {
  onProgress: ({ note }) => note !== undefined && console.log(note),
});
console.log(result.resumed > 0 ? "gone on with" : "begun anew");
console.log("size:", (await readFile(path)).length, "entity tag:", result.etag);
await rm(folder, { recursive: true });
