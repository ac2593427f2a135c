import { describe } from "vitest";
import { lacks } from "../support/programs.ts";
import { SERVE_HTTP2 } from "./hosts/serve.ts";
import { runOn } from "./run-on.ts";

describe.skipIf(lacks("openssl"))("serve", () => {
  runOn(SERVE_HTTP2);
});
