import type { Client } from "../../client/client.ts";
import type { Io } from "../io.ts";
import type { Output } from "../output.ts";
import type { GetPlan } from "./plan.ts";

/** A command line of `sluice get` under way. */
export interface Job {
  readonly plan: GetPlan;
  readonly client: Client;
  readonly io: Io;
  readonly output: Output;
  /** Aborts when it is to stop. */
  readonly stop: AbortSignal;
}

/** A line for people, unless they want none. */
export function tell({ plan, output }: Job, line: string): void {
  if (!plan.options.quiet) output.line(line);
}
