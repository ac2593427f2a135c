import { environmentProxies, proxiesBy } from "../../client/proxies.ts";
import { Fields } from "../../semantics/fields.ts";
import { type Command, defineCommand } from "../command.ts";
import { inspectCapture } from "../inspect/capture.ts";
import { type ExchangeOptions, inspectUrl } from "../inspect/exchange.ts";
import type { OutgoingRequest } from "../inspect/outgoing-request.ts";
import { checkWritable, listenAddress, planOf } from "../inspect/plan.ts";
import { Presentation } from "../inspect/presentation.ts";
import { inspectThrough } from "../inspect/relay.ts";
import { openBody } from "../request/body.ts";
import { tlsOptions } from "../request/certificates.ts";
import { CONNECTION_OPTIONS, REQUEST_OPTIONS } from "../request/options.ts";
import { duration, filePath, textValue, wholeNumber } from "../value-readers.ts";

/** `sluice inspect`: a response as it is on the wire. */
export const inspectCommand: Command = defineCommand({
  name: "inspect",
  summary: "Show a response as it is on the wire: chunks, trailers, faults, how it ended",
  positionals: {
    source: {
      value: { ...textValue("source"), completion: "file" },
      optional: true,
      help: "A URL, a file with a captured response, or - for standard input",
    },
  },
  options: {
    ...REQUEST_OPTIONS,
    request: { ...REQUEST_OPTIONS.request, help: "Use this method; of a file: that it answers" },
    compressed: { help: "Accept content codings, as browsers do" },
    "no-te": { help: "Don't say that trailers are welcome" },
    "http1.0": { help: "Ask as a client of HTTP/1.0" },
    follow: { short: "L", help: "Follow redirects, and inspect the last response" },
    ...CONNECTION_OPTIONS,
    timeout: {
      value: duration,
      default: "5m",
      help: "Give up when nothing has come for this long; 0 is never",
    },
    "max-time": { value: duration, help: "Stop after this time" },
    "max-chunks": { value: wholeNumber(1, 1e15), help: "Stop after this many chunks" },
    listen: { value: listenAddress, help: "Wait here for one request, pass it on, and inspect the response" },
    hex: { help: "Show every octet in hex, marked by what it belongs to" },
    raw: { help: "Show the octets themselves, and the verdict on stderr" },
    quiet: { short: "q", help: "Show the verdict alone" },
    output: { short: "o", value: filePath, help: "Save the octets of the response in this file, too" },
    html: { value: filePath, help: "Write a report as one page to this file, too; - is stdout" },
  },
  examples: [
    { line: "inspect https://example.org/events", does: "Follow a response live, until ^C" },
    {
      line: "inspect -d @rows.ndjson http://localhost:8080/",
      does: "POST a file",
    },
    { line: "inspect http://localhost:8080/ --hex", does: "Every octet, with its place and its part" },
    {
      line: "inspect http://localhost:8080/ --html report.html",
      does: "A page with a timeline beside the text",
    },
    {
      line: "inspect --listen 8081 http://localhost:8080/",
      does: "Between an app and its server, for one request",
    },
    { line: "inspect captured.http", does: "What was captured before, with -o or by curl --raw -i" },
  ],
  async run({ options, positionals: { source }, io, output, stop }) {
    const { quiet, output: save, html, insecure, proxy, timeout, follow } = options;
    const { view, subject } = planOf(source, options, output.json);
    for (const path of [save, html]) if (path !== undefined && path !== "-") await checkWritable(path);
    const presentation = new Presentation({ view, quiet, html, save, io, output, stop });
    const limits = { maxTime: options["max-time"], maxChunks: options["max-chunks"] };
    const { request: method } = options;
    try {
      if (subject.kind === "capture")
        return await inspectCapture(subject.path, { method, presentation, io, stop, ...limits });
      const tells = (view === "text" || view === "hex") && !quiet;
      if (insecure && tells) output.line(output.style("warning", "The certificate is not checked."));
      const exchange: ExchangeOptions = {
        presentation,
        io,
        output,
        stop,
        ...limits,
        timeout,
        follow,
        tls: await tlsOptions(options),
        proxies: proxy === undefined ? environmentProxies(io.env) : proxiesBy(proxy),
        tells,
      };
      if (subject.kind === "relay") return await inspectThrough(subject.address, subject.to, exchange);
      const body = await openBody(options.data, io);
      const request: OutgoingRequest = {
        target: subject.target,
        method: method ?? (body === null ? "GET" : "POST"),
        fields: Fields.from(options.header),
        body,
        compressed: options.compressed,
        te: !options["no-te"],
        version: options["http1.0"] ? "1.0" : "1.1",
      };
      return await inspectUrl(request, exchange);
    } finally {
      // Whoever has begun to read it holds the process.
      if (options.data?.from === "stdin") io.stdin.destroy();
      await presentation.close();
    }
  },
});
