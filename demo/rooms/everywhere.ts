import { createServer, type Server as NodeServer } from "node:http";
import { once } from "node:events";
import { type Handler, html, type Reply, type Request, serve, stream } from "sluice";
import { Client } from "sluice/client";
import { toFetch } from "sluice/fetch";
import { toListener } from "sluice/node-http";
import type { Demo, Room } from "../room.ts";

const GATES = 5;
const WAIT = 500;

/** Lets the handlers of one walk through the gates together: each waits until a gate is open. */
class Gates {
  readonly #opened: Promise<void>[] = [];
  readonly #open: (() => void)[] = [];

  constructor() {
    // One more than there are pieces: behind the last one stands the end.
    for (let gate = 1; gate <= GATES + 1; gate++)
      this.#opened.push(new Promise((resolve) => this.#open.push(resolve)));
  }

  /** Opens one; the first is 1. */
  open(gate: number): void {
    this.#open[gate - 1]();
  }

  /** Opens all of them: nobody may wait for ever. */
  openAll(): void {
    for (const open of this.#open) open();
  }

  opened(gate: number): Promise<void> {
    return this.#opened[gate - 1];
  }
}

/** The one handler. It knows nothing of who carries its answer. */
function handlerOf(gates: Gates, breaks: boolean): Handler {
  return () =>
    stream("text/plain", async function* () {
      for (let gate = 1; gate <= GATES; gate++) {
        await gates.opened(gate);
        yield `gate ${gate} is open`;
      }
      await gates.opened(GATES + 1);
      if (breaks) throw new Error("The last gate is stuck");
    });
}

/** One host of the handler, and how to read from it. */
interface Host {
  readonly title: string;
  readonly read: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  readonly close: () => Promise<unknown>;
}

const silent = { onError() {} };

async function onServer(title: string, handler: Handler, http2: false | "cleartext"): Promise<Host> {
  const server = await serve({ host: "127.0.0.1", http2, ...silent }, handler);
  const client = new Client({ proxy: false, http2 });
  return {
    title,
    read: async (signal) => (await client.request(server.url, { signal })).body,
    close: () => Promise.all([client.close(), server.close({ grace: 0 })]),
  };
}

async function onNodeHttp(handler: Handler): Promise<Host> {
  const server: NodeServer = createServer(toListener(handler, silent));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const client = new Client({ proxy: false });
  return {
    title: "node:http",
    read: async (signal) => (await client.request(`http://127.0.0.1:${port}/`, { signal })).body,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await client.close();
    },
  };
}

function onFetch(handler: Handler): Host {
  const fetched = toFetch(handler, silent);
  return {
    title: "fetch, as in workers",
    read: async (signal) => (await fetched(new globalThis.Request("http://localhost/", { signal }))).body!,
    close: () => Promise.resolve(),
  };
}

/** The pieces of one host, each asked for when its gate has opened; its title with what has come, or with the end. */
async function* told({ title, read }: Host, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const piece of await read(signal)) yield `< ${title}: ${decoder.decode(piece)}\n`;
    yield `< ${title}: complete\n`;
  } catch (error) {
    yield `< ${title}: not complete. ${String(error)}\n`;
  }
}

async function* walked(request: Request, demo: Demo, breaks: boolean): AsyncGenerator<string> {
  const gates = new Gates();
  const handler = handlerOf(gates, breaks);
  const hosts: Host[] = [];
  try {
    hosts.push(await onServer("HTTP/1.1, in chunks", handler, false));
    hosts.push(await onServer("HTTP/2, in frames", handler, "cleartext"));
    hosts.push(await onNodeHttp(handler), onFetch(handler));
    const readers = hosts.map((host) => told(host, request.signal));
    for (let gate = 1; gate <= GATES + 1; gate++) {
      await demo.pause(request, WAIT);
      gates.open(gate);
      for (const { value } of await Promise.all(readers.map((reader) => reader.next()))) yield value ?? "";
    }
  } finally {
    gates.openAll();
    await Promise.all(hosts.map((host) => host.close()));
  }
}

function everywhere(request: Request, demo: Demo): Reply {
  return stream("text/plain", walked(request, demo, request.query.has("stuck")));
}

export const everywhereRoom: Room = {
  name: "everywhere",
  title: "One handler, four ways",
  shows: html`The same handler at the same time behind HTTP/1.1, HTTP/2, <code>node:http</code> and
    <code>fetch</code>: each piece arrives when its gate opens, on all of them, and a handler that fails is a
    complete answer on none.`,
  view: "lines",
  starts: [
    { label: "Open the gates", path: "/everywhere" },
    { label: "With one that is stuck", path: "/everywhere?stuck" },
  ],
  commands: (origin) => [`curl -N ${origin}/everywhere`, `curl -N '${origin}/everywhere?stuck'`],
  routes: { "GET /everywhere": everywhere },
};
