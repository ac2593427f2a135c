// Clients for one test each: closed after it, with nothing left behind.

import { afterEach } from "vitest";
import { Client, type ClientOptions, type ClientResponse } from "../../src/client/index.ts";

const opened: Client[] = [];

/** A client that asks nobody's environment for proxies. */
export function open(options: ClientOptions = {}): Client {
  const client = new Client({ proxy: false, ...options });
  opened.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

/** The error that something rejects with. */
export async function rejection(promise: Promise<unknown> | AsyncIterable<unknown>): Promise<any> {
  try {
    if (Symbol.asyncIterator in promise) for await (const _ of promise);
    else await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Its code, or what it is where it has none. */
export async function codeOf(promise: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  const error = await rejection(promise);
  return error?.code ?? error;
}

/** What came of a response: its body as text, and how it ended. */
export async function read(response: Promise<ClientResponse>): Promise<{ text: string; outcome: string }> {
  const { body, ending } = await response;
  return { text: await body.text(), outcome: (await ending).outcome };
}
