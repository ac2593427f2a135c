import { Client } from "../../client/client.ts";
import { MOST_CONNECTIONS } from "../../client/download/options.ts";
import type { ClientOptions } from "../../client/options.ts";
import { printable } from "../columns.ts";
import { type Command, defineCommand } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { getHead } from "../get/head.ts";
import { type Job, tell } from "../get/job.ts";
import { type GetPlan, planOf } from "../get/plan.ts";
import { getDownload } from "../get/to-download.ts";
import { getToFile } from "../get/to-file.ts";
import { getToStdout } from "../get/to-stdout.ts";
import { type Tell, TracedClient } from "../get/traced-client.ts";
import { checksum } from "../get/value-readers.ts";
import { tlsOptions } from "../request/certificates.ts";
import { CONNECTION_OPTIONS, REQUEST_OPTIONS } from "../request/options.ts";
import { duration, filePath, httpUrl, wholeNumber } from "../value-readers.ts";

const MOST_RETRIES = 1000;

/** `sluice get`: what a URL has, to stdout or into a file. */
export const getCommand: Command = defineCommand({
  name: "get",
  summary: "Fetch a URL to stdout or into a file, and say truthfully how it ended",
  positionals: {
    url: {
      help: "Where to fetch from, http:// or https://",
      value: { ...httpUrl, expected: `${httpUrl.expected}: write http://localhost:8080/` },
    },
  },
  options: {
    output: { short: "o", value: filePath, help: "Save into this file; - is stdout, for terminals too" },
    "remote-name": { short: "O", help: "Save under the name that the server or the URL gives" },
    continue: { short: "c", help: "Go on with what an earlier call has left" },
    force: { help: "Replace files that are there" },
    connections: {
      short: "x",
      value: wholeNumber(1, MOST_CONNECTIONS),
      help: "Fetch a file over up to this many connections; without it, 4",
    },
    checksum: { value: checksum, help: "Check what arrives: sha-256:…, in hex or base64" },
    head: { short: "I", help: "Show the head of the response to HEAD" },
    ...REQUEST_OPTIONS,
    "no-redirect": { help: "Take a redirect for the response, and don't follow it" },
    "no-decode": { help: "Ask for no content coding, and undo none" },
    "http1.1": { help: "Speak HTTP/1.1, where TLS would have HTTP/2" },
    "http2-prior-knowledge": { help: "Speak HTTP/2 without TLS, to a server that is known to" },
    ...CONNECTION_OPTIONS,
    timeout: { value: duration, help: "Give up when nothing happens for this long; 0 is never" },
    retry: {
      value: wholeNumber(0, MOST_RETRIES),
      help: "Try again up to this often; without it, 4 for files, else 0",
    },
    verbose: { short: "v", help: "Show heads, trailers and how it ended on stderr" },
    quiet: { short: "q", help: "Say nothing but errors" },
  },
  examples: [
    { line: "get https://example.org/events", does: "An event stream, as it arrives" },
    { line: "get -O https://example.org/big.iso", does: "A file, over several connections" },
    { line: "get -c -o big.iso https://example.org/big.iso", does: "The same, from where it was cut" },
    {
      line: "get -d @rows.ndjson -H 'Content-Type: application/x-ndjson' https://example.org/",
      does: "POST a file",
    },
    { line: "get -v https://example.org/ > page.html", does: "With heads and trailers on stderr" },
  ],
  async run({ options, positionals, io, output, stop }) {
    const plan = planOf(positionals.url, { ...options, json: output.json });
    const client = await openClient(plan, (lines) => {
      for (const line of lines) output.line(output.style("faint", printable(line)));
    });
    const job: Job = { plan, client, io, output, stop };
    if (options.insecure && positionals.url.protocol === "https:")
      tell(job, output.style("warning", "The certificate is not checked."));
    try {
      return await fetchTo(job);
    } finally {
      // Whoever has begun to read stdin holds the process.
      if (plan.body?.from === "stdin") io.stdin.destroy();
      await client.close();
    }
  },
});

function fetchTo(job: Job): Promise<ExitCode> {
  const { destination } = job.plan;
  switch (destination.to) {
    case "head":
      return getHead(job);
    case "stdout":
      return getToStdout(job, destination.named);
    case "download":
      return getDownload(job, destination.path);
    default:
      return getToFile(job, destination.path);
  }
}

/** @throws CommandError file */
async function openClient({ options, destination }: GetPlan, onTrace: Tell): Promise<Client> {
  const { proxy = true, timeout, verbose } = options;
  const settings: ClientOptions = {
    proxy,
    http2: options["http1.1"] ? false : options["http2-prior-knowledge"] ? "cleartext" : true,
    tls: await tlsOptions(options),
    timeouts: timeout === undefined ? {} : { connect: timeout },
  };
  if (!verbose) return new Client(settings);
  // Before it has been written to stdout, the body of a response can have ended.
  return new TracedClient(settings, { tell: onTrace, endingsWait: destination.to === "stdout" });
}
