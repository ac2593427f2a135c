// What a runtime can't do, by the name of the test that shows it, with the reason: the only place for exceptions, and docs/runtimes.md says
// the same for users. A test that passes where this says that it can't has failed.

/** @type {{ test: string, on: string[], reason: string }[]} */
export const CANNOT = [
  ...[
    "every event is flushed with zstd",
    "a long body survives zstd",
    "a body whose zstd is cut is truncated, though the framing is whole",
  ].map((test) => ({ test, on: ["Node 20"], reason: "its node:zlib has no zstd: Node 22.15 was the first" })),
  {
    test: "the client tells a connection that is cut from one that says goodbye",
    on: ["Bun", "Deno"],
    reason:
      "its node:tls tells nothing of close_notify: a body that only the end of the connection delimits may have been cut",
  },
  {
    test: "TLS: a reader that stops makes the source wait, and nobody else",
    on: ["Deno"],
    reason: "its node:tls reads on while the socket is paused",
  },
  {
    test: "HTTP/2: the client takes a reset that says NO_ERROR for no end",
    on: ["Bun"],
    reason: "its node:http2 tells of it as of END_STREAM",
  },
  {
    test: "a response is coded as the reader accepts",
    on: ["workerd", "Chromium"],
    reason:
      "without node:zlib a body can be coded, but not flushed: these hosts code by themselves, or not at all",
  },
  {
    test: "a response has a digest",
    on: ["workerd", "Chromium"],
    reason: "without node:crypto nothing can be digested while it passes",
  },
  {
    test: "workerd: a reader that leaves lets a source that waits come to its finally",
    on: ["workerd"],
    reason:
      "the work of a request ends with it: a timer or a fetch that a source awaits then never comes back",
  },
];
