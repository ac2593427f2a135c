// Our own server.

import { serve, type ServeOptions } from "../../../src/index.ts";
import { CANNOT_OF_HTTP2, type Host, type Running, type Where } from "../host.ts";
import { certificate } from "./certificate.ts";

/** Settles a moment after the last answer; nothing in a behaviour takes longer. */
const GRACE = 2_000;

function served(name: string, version: Where["version"], secure: boolean, options: ServeOptions = {}): Host {
  return {
    name,
    column: version === "1.1" ? "`serve`" : "`serve`, HTTP/2",
    cannot: version === "1.1" ? {} : CANNOT_OF_HTTP2,
    async start(handler, onError): Promise<Running> {
      const tls = secure ? { tls: certificate() } : {};
      const server = await serve({ host: "127.0.0.1", onError, ...tls, ...options }, handler);
      const url = `${secure ? "https" : "http"}://127.0.0.1:${server.port}`;
      return {
        reach: { url, version, ca: secure ? certificate().cert : undefined },
        close: () => server.close({ grace: GRACE }),
      };
    },
  };
}

export const SERVE_HTTP2: readonly Host[] = [
  served("serve, HTTP/2", "2", true),
  served("serve, HTTP/2 in cleartext", "2", false, { http2: "cleartext" }),
];

export const SERVE: readonly Host[] = [
  served("serve, HTTP/1.1", "1.1", false),
  served("serve, HTTP/1.1 over TLS", "1.1", true),
];
