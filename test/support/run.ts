// Runs a program to its end, without blocking the server that it talks to.

import { spawn } from "node:child_process";

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param input what the program reads from its standard input */
export function run(
  program: string,
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: 9_000 });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (piece: Buffer) => stdout.push(piece));
    child.stderr.on("data", (piece: Buffer) => stderr.push(piece));
    child.stdin.on("error", () => {});
    child.once("error", reject);
    child.once("close", (status) => {
      resolve({
        status,
        stdout: Buffer.concat(stdout).toString("latin1"),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    child.stdin.end(input);
  });
}
