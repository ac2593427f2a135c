import { FROM_FETCH_REPLACING } from "./hosts/from-fetch.ts";
import { runOn } from "./run-on.ts";

runOn(FROM_FETCH_REPLACING);
