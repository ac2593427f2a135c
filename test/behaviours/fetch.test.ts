import { FETCH } from "./hosts/fetch.ts";
import { runOn } from "./run-on.ts";

runOn(FETCH);
