/** Those of Node's own modules that are asked for. */
interface Builtins {
  readonly "node:buffer": typeof import("node:buffer");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:diagnostics_channel": typeof import("node:diagnostics_channel");
  readonly "node:events": typeof import("node:events");
  readonly "node:stream": typeof import("node:stream");
  readonly "node:zlib": typeof import("node:zlib");
}

/** The part of a host's global scope that says which of Node's own modules it has; none of it may be there. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): unknown;
    nextTick?(then: () => void): void;
  };
  setTimeout(then: () => void, milliseconds: number): unknown;
}

const host = globalThis as unknown as Host;

/**
 * One of Node's own modules, where the host has it: Node, Bun and Deno do, workers and browsers don't. What replies and bodies are made
 * of runs there as well, so it asks at run time and imports nothing of Node's.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return host.process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}

/** Calls back after the microtasks that are due; from a microtask that is once there are no more of them. */
export function afterMicrotasks(then: () => void): void {
  if (host.process?.nextTick === undefined) host.setTimeout(then, 0);
  else host.process.nextTick(then);
}
