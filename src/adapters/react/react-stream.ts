// What react-dom/server gives, as far as it matters here; nothing of React is imported.

/** What `renderToReadableStream` resolves to. */
export interface ReactReadableStream {
  getReader(): unknown;
  readonly allReady: Promise<void>;
}

/** What `renderToPipeableStream` returns. */
export interface ReactPipeableStream {
  pipe(destination: never): unknown;
  abort(reason?: unknown): void;
}

/** Whether it is piped, and not read. */
export function isPipeable(stream: object): stream is ReactPipeableStream {
  return "pipe" in stream && "abort" in stream;
}

/** Whether it is read. */
export function isReadable(stream: object): stream is ReactReadableStream {
  return "getReader" in stream && "allReady" in stream;
}
