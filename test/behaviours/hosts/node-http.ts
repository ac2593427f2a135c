// `sluice/node-http` on Node's own servers.

import { createServer as createSecureServer } from "node:https";
import { createSecureServer as createHttp2Server, createServer as createCleartextServer } from "node:http2";
import { toListener } from "../../../src/adapters/node-http/index.ts";
import { CANNOT_OF_HTTP2, type Host } from "../host.ts";
import { certificate } from "./certificate.ts";
import { listening, onNodeHttp } from "./listening.ts";

export const NODE_HTTP: readonly Host[] = [
  {
    name: "toListener on node:http",
    column: "node:http",
    cannot: {},
    start: (handler, onError) => onNodeHttp(toListener(handler, { onError })),
  },
  {
    name: "toListener on node:https",
    column: "node:http",
    cannot: {},
    start: (handler, onError) =>
      listening(
        createSecureServer(certificate(), toListener(handler, { onError })),
        "1.1",
        certificate().cert,
      ),
  },
  {
    name: "toListener on node:http2",
    column: "node:http2",
    cannot: CANNOT_OF_HTTP2,
    start: (handler, onError) =>
      listening(
        createHttp2Server({ ...certificate(), allowHTTP1: true }, toListener(handler, { onError })),
        "2",
        certificate().cert,
      ),
  },
  {
    name: "toListener on node:http2 in cleartext",
    column: "node:http2",
    cannot: CANNOT_OF_HTTP2,
    start: (handler, onError) => listening(createCleartextServer(toListener(handler, { onError })), "2"),
  },
  {
    name: "toListener on node:http2, by HTTP/1.1",
    column: "node:http",
    cannot: {},
    start: (handler, onError) =>
      listening(
        createHttp2Server({ ...certificate(), allowHTTP1: true }, toListener(handler, { onError })),
        "1.1",
        certificate().cert,
      ),
  },
];
