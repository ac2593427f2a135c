import { UsageError } from "../../errors.ts";
import { checkNames, wrongOption } from "../../options.ts";
import { forget } from "../../reply/piece.ts";
import type { DeliveryOptions, Reply } from "../../reply/reply.ts";
import { Fields, type FieldsInit } from "../../semantics/fields.ts";
import { ReactBody } from "./react-body.ts";
import {
  isPipeable,
  isReadable,
  type ReactPipeableStream,
  type ReactReadableStream,
} from "./react-stream.ts";
import { type ReactHooks, Rendering } from "./rendering.ts";

/** What {@link react} takes. */
export interface ReactOptions extends DeliveryOptions {
  /** Default 200. A function is called when the shell is rendered, which may have found out. */
  readonly status?: number | (() => number) | undefined;
  /** Fields to send; a Content-Type here wins over `text/html; charset=utf-8`. A function is called when the shell is rendered. */
  readonly headers?: FieldsInit | (() => FieldsInit) | undefined;
  /** Whether the page waits until everything is rendered, for crawlers and readers without scripts. Default false. */
  readonly allReady?: boolean | undefined;
  /**
   * Gives the page up, e.g. `request.signal`, which is how a reader that leaves before the shell is rendered stops it. Once the page has
   * begun it is cut: it doesn't end as React ends a page that was aborted.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The page where the shell can't be rendered; gets the error, which nobody else is told then. Default: the error is that of the handler,
   * which answers 500.
   */
  readonly fallback?: ((error: unknown) => Reply | Promise<Reply>) | undefined;
  /**
   * Is told of every error of the page, those too that React recovers from, as React's own `onError`; what it returns is the digest that
   * the browser gets. Default: they go where the server's errors go.
   */
  readonly onError?: ((error: unknown, info: unknown) => string | void) | undefined;
}

const NAMES: ReadonlySet<string> = new Set([
  "status",
  "headers",
  "allReady",
  "signal",
  "fallback",
  "onError",
  "trailers",
  "trailersAlways",
  "compress",
  "digest",
  "contentMd5",
  "timing",
] satisfies (keyof ReactOptions)[]);

/**
 * A page that React renders, as a reply:
 *
 * ```tsx
 * react((hooks) => renderToReadableStream(<App />, { ...hooks, bootstrapScripts: ["/app.js"] }))
 * react((hooks) => renderToPipeableStream(<App />, { ...hooks, bootstrapScripts: ["/app.js"] }))
 * ```
 *
 * The promise resolves when the shell is rendered, and rejects where it can't be. An error after that is React's to recover from: its part
 * of the page is left to the browser, and the page goes on to a proper end. A page that React itself breaks off is cut. Where the reader
 * leaves, the rendering is aborted.
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_BODY_SOURCE` where `render` returns another thing
 */
export async function react(
  render: (
    hooks: ReactHooks,
  ) => ReactReadableStream | ReactPipeableStream | PromiseLike<ReactReadableStream | ReactPipeableStream>,
  options: ReactOptions = {},
): Promise<Reply> {
  if (typeof render !== "function") throw wrongOption("render", render, "a function: react(render, options)");
  checkNames("", options, NAMES);
  const { status = 200, headers = {}, allReady = false, signal, fallback, onError, ...delivery } = options;
  signal?.throwIfAborted();
  const rendering = new Rendering(signal, onError);
  try {
    const stream = await rendering.unlessGivenUp(begin(render, rendering, allReady));
    return {
      ...delivery,
      status: typeof status === "function" ? status() : status,
      headers: typed(typeof headers === "function" ? headers() : headers),
      body: new ReactBody(stream, rendering),
    };
  } catch (error) {
    const { givenUp } = rendering;
    rendering.leave(error);
    if (fallback === undefined || givenUp !== undefined) throw error;
    return fallback(error);
  }
}

/** Resolves when the page can leave. */
async function begin(
  render: Parameters<typeof react>[0],
  rendering: Rendering,
  whole: boolean,
): Promise<ReactReadableStream | ReactPipeableStream> {
  const stream: unknown = await render(rendering.hooks);
  if (typeof stream === "object" && stream !== null) {
    if (isPipeable(stream)) {
      rendering.hooks.signal.addEventListener("abort", () => stream.abort(rendering.hooks.signal.reason));
      await (whole ? rendering.allReady : rendering.shellReady);
      return stream;
    }
    if (isReadable(stream)) {
      // What it says is said by the stream, too.
      forget(stream.allReady);
      if (whole) await stream.allReady;
      return stream;
    }
  }
  throw new UsageError("ERR_SLUICE_BODY_SOURCE", {
    found: stream === null ? "null" : `a ${typeof stream}`,
    wanted: "react(render): render returns what renderToReadableStream or renderToPipeableStream returns",
  });
}

function typed(headers: FieldsInit): Fields {
  const fields = Fields.from(headers);
  return fields.has("content-type") ? fields : fields.set("Content-Type", "text/html; charset=utf-8");
}
