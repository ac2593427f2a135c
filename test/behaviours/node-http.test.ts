import { describe } from "vitest";
import { lacks } from "../support/programs.ts";
import { NODE_HTTP } from "./hosts/node-http.ts";
import { runOn } from "./run-on.ts";

describe.skipIf(lacks("openssl"))("node-http", () => {
  runOn(NODE_HTTP);
});
