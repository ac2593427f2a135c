/** Those of Node's own modules that are asked for. */
interface Builtins {
  readonly "node:buffer": typeof import("node:buffer");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:diagnostics_channel": typeof import("node:diagnostics_channel");
  readonly "node:events": typeof import("node:events");
  readonly "node:http2": typeof import("node:http2");
  readonly "node:stream": typeof import("node:stream");
  readonly "node:zlib": typeof import("node:zlib");
}

/** The part of a host's global scope that says which of Node's own modules it has; none of it may be there. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): unknown;
    nextTick?(then: (given: unknown) => void, given: unknown): void;
  };
  setTimeout(then: (given: unknown) => void, milliseconds: number, given: unknown): unknown;
}

const host = globalThis as unknown as Host;
// Looked up once: in a global scope that costs more than what is done with it.
const { process } = host;

/**
 * One of Node's own modules, where the host has it: Node, Bun and Deno do, workers and browsers don't. What replies and bodies are made
 * of runs there as well, so it asks at run time and imports nothing of Node's.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  return process?.getBuiltinModule?.(name) as Builtins[Name] | undefined;
}

/** Calls back after the microtasks that are due; from a microtask that is once there are no more of them. */
export function afterMicrotasks(then: () => void): void;
export function afterMicrotasks<Given>(then: (given: Given) => void, given: Given): void;
export function afterMicrotasks(then: (given: unknown) => void, given?: unknown): void {
  if (process?.nextTick === undefined) host.setTimeout(then, 0, given);
  else process.nextTick(then, given);
}

/** Is told when a tick is over. */
export interface TickListener {
  tick(): void;
}

/**
 * Tells a listener when the tick is over, and no more microtasks are due: by then whatever is under way really waits. From a microtask
 * since from anywhere else nextTick would run before all of them.
 */
export function atEndOfTick(listener: TickListener): void {
  void Promise.resolve(listener).then(tellAfterMicrotasks);
}

// Not made for each call, of which there are many a second.

function tellAfterMicrotasks(listener: TickListener): void {
  afterMicrotasks(tell, listener);
}

function tell(listener: TickListener): void {
  listener.tick();
}
