import { describe } from "vitest";
import { lacks } from "../support/programs.ts";
import { FROM_FETCH } from "./hosts/from-fetch.ts";
import { runOn } from "./run-on.ts";

describe.skipIf(lacks("openssl"))("fromFetch", () => {
  runOn(FROM_FETCH);
});
