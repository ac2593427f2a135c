import { FRAMEWORKS } from "./hosts/frameworks.ts";
import { runOn } from "./run-on.ts";

runOn(FRAMEWORKS);
