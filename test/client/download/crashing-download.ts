// Downloads, for a process of their own, that stop for ever once so many octets of each have been written, in the middle of a write; or
// at the first rename shortly before that, before or behind it. When all have stopped, or are done, the process kills itself.
//
//   argv: url, and for each download a path, and the octets it has to live

import { EventEmitter, once } from "node:events";
import { open, rename } from "node:fs/promises";
import { Client } from "../../../src/client/client.ts";
import { downloadTuned } from "../../../src/client/download/download.ts";
import type { OpenHandle } from "../../../src/client/download/part-file.ts";

/** Octets between two journals: each life gets further than the one before, whatever else the machine is doing. */
const UNJOURNALED = 20_000;

const never = new Promise<never>(() => {});

/** Resolves once the download is done, with nothing, or has stopped. */
async function live(url: string, path: string, octets: number): Promise<void> {
  const stopped = new EventEmitter();
  const journals = new EventEmitter();
  let left = octets;
  let unjournaled = 0;
  let dead = false;

  const die = (): Promise<never> => {
    dead = true;
    stopped.emit("stopped");
    return never;
  };

  const journalsKeepUp = async (): Promise<void> => {
    if (unjournaled <= UNJOURNALED) return;
    await once(journals, "written");
    await journalsKeepUp();
  };

  const openMortal: OpenHandle = async (name, flags, mode) => {
    const handle = await open(name, flags, mode);
    const writev = handle.writev.bind(handle);
    handle.writev = (async (buffers: Uint8Array[], position: number) => {
      const all = Buffer.concat(buffers);
      await journalsKeepUp();
      if (dead) return never;
      if (all.length >= left) {
        const last = left;
        dead = true;
        await handle.write(all, 0, last, position);
        return die();
      }
      left -= all.length;
      unjournaled += all.length;
      return writev(buffers, position);
    }) as typeof writev;
    return handle;
  };

  const renameMortal = async (from: string, to: string): Promise<void> => {
    if (dead) await never;
    if (left < 5_000) await die();
    await rename(from, to);
    if (left < 10_000) await die();
    unjournaled = 0;
    journals.emit("written");
  };

  const tuning = {
    segment: 50_000,
    batch: 8_192,
    settle: 0,
    worthwhile: 0,
    tick: 1,
    flush: 0,
    backoff: 5,
    open: openMortal,
    rename: renameMortal,
  };
  await Promise.race([
    downloadTuned(url, path, { connections: 3, client: new Client() }, tuning),
    once(stopped, "stopped"),
  ]);
}

const [url, ...lives] = process.argv.slice(2);
await Promise.all(
  Array.from({ length: lives.length / 2 }, (_, index) =>
    live(url, lives[2 * index], Number(lives[2 * index + 1])),
  ),
);
process.kill(process.pid, "SIGKILL");
