import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { SluiceError } from "../../errors.ts";
import type { Handler } from "../../exchange/handler.ts";
import type { ServeOptions } from "../../server/options.ts";
import { serve } from "../../server/serve.ts";
import type { Server } from "../../server/server.ts";
import { printable } from "../columns.ts";
import { type Command, defineCommand, type Invocation } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit-codes.ts";
import { AccessLog } from "../serve/access-log.ts";
import { selfSignedCertificate } from "../serve/certificate.ts";
import { folderHandler } from "../serve/folder-handler.ts";
import { byteCount, byteRate, folderPath, port, textValue } from "../value-readers.ts";

/** How long running answers may go on after the first signal, in milliseconds. */
const GRACE = 10_000;
/** A chunk is held in memory while it is filled, once for each connection. */
const LARGEST_CHUNK = 16 * 1024 * 1024;
const ALL_ADDRESSES: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** `sluice serve`: a folder over HTTP. */
export const serveCommand: Command = defineCommand({
  name: "serve",
  summary: "Serve a folder over HTTP, with ranges, lists and a log that says how each response ended",
  positionals: {
    folder: { help: "The folder", value: folderPath, default: "." },
  },
  options: {
    port: { short: "p", value: port, default: "8080", help: "Listen on this port; 0 is a free one" },
    host: {
      value: textValue("address"),
      default: "127.0.0.1",
      help: "Listen on this address; 0.0.0.0 lets other machines in",
    },
    "tls-self-signed": { help: "Speak HTTPS, with a certificate made for this run" },
    cors: { help: "Let pages of other origins read it" },
    "no-compress": { help: "Send text as it is, without a content coding" },
    zip: { help: "Serve each folder as an archive, too: /folder.zip, or /folder/?zip" },
    throttle: {
      value: byteRate,
      help: "Send each connection's bodies at this rate, without a content coding",
    },
    "chunk-size": {
      value: byteCount(1, LARGEST_CHUNK, "from 1b to 16MiB"),
      help: "Send bodies in chunks of this size, without a content coding",
    },
  },
  examples: [
    { line: "serve", does: "The current folder on http://127.0.0.1:8080/" },
    { line: "serve public --port 0 --json", does: "On a free port, with the log as rows of JSON" },
    {
      line: "serve --host 0.0.0.0 --tls-self-signed --zip",
      does: "For other machines, over HTTPS, with archives",
    },
    { line: "serve --throttle 50kb/s --chunk-size 4kb", does: "As a slow connection would see it" },
  ],
  async run(invocation) {
    const { options, positionals, io, output, stop, stopNow } = invocation;
    const folder = resolve(positionals.folder);
    const { cors, zip, throttle, "chunk-size": chunkSize, host } = options;
    const answer = openFolder(folder, () => folderHandler(folder, { cors, zip, throttle, chunkSize }, io));
    const log = new AccessLog(output, io);
    try {
      const hosts = ["localhost", "127.0.0.1", "::1", ...addressesOf(host)];
      const certificate = options["tls-self-signed"] ? selfSignedCertificate(hosts, io.now()) : undefined;
      const server = await listen(
        {
          port: options.port,
          host,
          compress: !options["no-compress"],
          ...(certificate === undefined ? {} : { tls: certificate }),
          onError: (error, request) => tellError(error, request.target, invocation),
        },
        async (request) => {
          log.begin(request);
          const reply = await answer(request);
          log.answered(request, reply);
          return reply;
        },
      );
      tellStart(server, folder, host, certificate?.fingerprint, invocation);
      if (!stop.aborted) await aborted(stop);
      await close(server, stopNow, invocation);
      return log.cut > 0 && stop.reason !== "output closed" ? EXIT.interrupted : EXIT.ok;
    } finally {
      log.close();
    }
  },
});

/** @throws CommandError file */
function openFolder<T>(folder: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    const what = cause.code === "ERR_SLUICE_FILE_KIND" ? "is no folder" : "is not there";
    throw new CommandError(`${printable(folder)} ${what}`, { exitCode: EXIT.file, cause });
  }
}

/** @throws CommandError network, where nobody can listen there */
async function listen(options: ServeOptions, handler: Handler): Promise<Server> {
  try {
    return await serve(options, handler);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const { port: wanted = 0, host = "" } = options;
    const failed = (message: string, hint?: string): CommandError =>
      new CommandError(message, { exitCode: EXIT.network, hint, cause });
    if (code === "EADDRINUSE") {
      const next = wanted < 65_535 ? `--port ${wanted + 1}, or ` : "";
      throw failed(`port ${wanted} of ${host} is taken`, `try ${next}--port 0 for a free one`);
    }
    if (code === "EACCES") throw failed(`port ${wanted} is not for this user`, "try --port 8080");
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN")
      throw failed(`${printable(host)} is no address of this machine`, "try --host 127.0.0.1");
    throw cause;
  }
}

function tellStart(
  server: Server,
  folder: string,
  host: string,
  fingerprint: string | undefined,
  { output }: Invocation<unknown, unknown>,
): void {
  const { style } = output;
  const urls = urlsOf(server, host);
  output.row({ event: "listening", urls, folder, fingerprint });
  output.line(`Serving ${printable(folder)}`);
  for (const url of urls) output.line(`  ${style("name", url)}`);
  if (fingerprint !== undefined) output.line(style("faint", `  certificate SHA-256 ${fingerprint}`));
  if (!isLoopback(host))
    output.line(style("warning", "Whoever can reach this machine can read this folder."));
}

/** Lets answers end, for a while, or until a second signal. */
async function close(
  server: Server,
  stopNow: AbortSignal,
  { output }: Invocation<unknown, unknown>,
): Promise<void> {
  const { active } = server.stats;
  if (active > 0)
    output.line(
      `Closing; ${active === 1 ? "one response is" : `${active} responses are`} under way, ^C cuts`,
    );
  const cut = (): void => void server.close({ grace: 0 });
  stopNow.addEventListener("abort", cut);
  if (stopNow.aborted) cut();
  await server.close({ grace: GRACE });
  stopNow.removeEventListener("abort", cut);
  output.row({ event: "closed" });
}

function tellError(error: unknown, target: string, { output }: Invocation<unknown, unknown>): void {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  const { style } = output;
  output.row({ event: "handler-error", target, message });
  output.line(`${style("bad", "error")} ${printable(target)}: ${printable(message)}`);
  if (output.debug) output.line(stack.split("\n").map(printable).join("\n"));
}

/** The addresses behind a host that stands for all of them; else the host itself. */
function addressesOf(host: string): string[] {
  if (!ALL_ADDRESSES.has(host)) return [host];
  return Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .filter(({ internal, family }) => !internal && (family === "IPv4" || host === "::"))
    .filter(({ scopeid }) => scopeid === undefined || scopeid === 0)
    .map(({ address }) => address);
}

function urlsOf(server: Server, host: string): string[] {
  if (!ALL_ADDRESSES.has(host)) return [server.url.href];
  const others = addressesOf(host).map((address) => {
    const url = new URL(server.url);
    url.hostname = isIP(address) === 6 ? `[${address}]` : address;
    return url.href;
  });
  return [server.url.href, ...others];
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve_) => {
    signal.addEventListener("abort", () => resolve_(), { once: true });
  });
}
