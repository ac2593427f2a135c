import { describe } from "vitest";
import { lacks } from "../support/programs.ts";
import { OWN_ENGINE } from "./hosts/own-engine.ts";
import { runOn } from "./run-on.ts";

describe.skipIf(lacks("openssl"))("createServer", () => {
  runOn(OWN_ENGINE);
});
