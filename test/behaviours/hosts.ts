// Everywhere that a handler runs: the columns of the table in docs/hosts.md.

import type { Host } from "./host.ts";
import { FETCH } from "./hosts/fetch.ts";
import { FRAMEWORKS } from "./hosts/frameworks.ts";
import { FROM_FETCH, FROM_FETCH_REPLACING } from "./hosts/from-fetch.ts";
import { NODE_HTTP } from "./hosts/node-http.ts";
import { OWN_ENGINE } from "./hosts/own-engine.ts";
import { SERVE, SERVE_HTTP2 } from "./hosts/serve.ts";

export const HOSTS: readonly Host[] = [
  ...SERVE,
  ...SERVE_HTTP2,
  ...NODE_HTTP,
  ...FRAMEWORKS,
  ...OWN_ENGINE,
  ...FROM_FETCH,
  ...FROM_FETCH_REPLACING,
  ...FETCH,
];
