import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { pathOf } from "../support/programs.ts";
import { Output } from "./demo-process.ts";

/** A curl that is under way. */
export class Curl {
  readonly output: Output;
  readonly exited: Promise<unknown[]>;
  readonly #child: ChildProcessByStdio<null, Readable, null>;

  private constructor(args: readonly string[]) {
    this.#child = spawn(pathOf("curl"), ["-sN", ...args], { stdio: ["ignore", "pipe", "ignore"] });
    this.output = new Output(this.#child.stdout);
    this.exited = once(this.#child, "close");
  }

  static start(...args: string[]): Curl {
    return new Curl(args);
  }

  async leave(): Promise<void> {
    this.#child.kill();
    await this.exited;
  }
}

/** What curl prints, once it is done. It throws where the body was cut off. */
export async function curl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(pathOf("curl"), ["-sN", ...args], { maxBuffer: 2 ** 24 });
  return stdout;
}
