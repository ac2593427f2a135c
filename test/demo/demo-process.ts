import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Output that can be waited for, what has come already included. */
export class Output {
  text = "";
  readonly #source: Readable;

  constructor(source: Readable) {
    this.#source = source.setEncoding("utf8");
    source.on("data", (text: string) => {
      this.text += text;
    });
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      if (this.#source.readableEnded) throw new Error(`ended without ${pattern.source}: ${this.text}`);
      // Whichever comes first, the other one is not to be listened for any longer.
      const over = new AbortController();
      const { signal } = over;
      try {
        await Promise.race([once(this.#source, "data", { signal }), once(this.#source, "end", { signal })]);
      } finally {
        over.abort();
      }
    }
  }
}

/** The demo, as a process of its own. */
export class DemoProcess {
  readonly output: Output;
  readonly errors: Output;
  readonly closed: Promise<unknown[]>;
  url = "";
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  private constructor(script: string, env: Record<string, string>) {
    const { PORT: _port, HOST: _host, ...outer } = process.env;
    this.#child = spawn(process.execPath, [script], {
      cwd: ROOT,
      env: { ...outer, SLUICE_DEMO_GATES: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.output = new Output(this.#child.stdout);
    this.errors = new Output(this.#child.stderr);
    this.closed = once(this.#child, "close");
  }

  /** As `npm start` does it. */
  static compileAndStart(): Promise<DemoProcess> {
    return new DemoProcess("scripts/start.mjs", { PORT: "0" }).#opened();
  }

  /** What has been compiled before. */
  static start(env: Record<string, string>): Promise<DemoProcess> {
    return new DemoProcess("build/demo/main.js", env).#opened();
  }

  async #opened(): Promise<DemoProcess> {
    try {
      this.url = (await this.output.until(/is open at (\S+)\/$/m))[1];
    } catch {
      const [code] = await this.closed;
      throw new Error(`exit ${String(code)}: ${this.errors.text}`);
    }
    return this;
  }

  /** Lets waits behind a gate pass. */
  async letPass(gate: string, permits = 1): Promise<void> {
    const { status } = await fetch(`${this.url}/gate?name=${gate}&permits=${permits}`, { method: "POST" });
    if (status !== 204) throw new Error(`the gate answers ${status}`);
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.closed;
  }
}
