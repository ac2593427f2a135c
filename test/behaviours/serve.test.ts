import { describe } from "vitest";
import { lacks } from "../support/programs.ts";
import { SERVE } from "./hosts/serve.ts";
import { runOn } from "./run-on.ts";

describe.skipIf(lacks("openssl"))("serve", () => {
  runOn(SERVE);
});
