// A reader of a function of web Requests: no socket, no connection.

import { deferred } from "../../../src/deferred.ts";
import { type Asking, fieldsOf, type Head, type Reader, type Transfer } from "../answer.ts";
import type { Fetch } from "../host.ts";

export class InProcessReader implements Reader {
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  ask(asking: Asking): Transfer {
    return new InProcessTransfer(this.#fetch, asking);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class InProcessTransfer implements Transfer {
  readonly interim: Head[] = [];
  readonly #abort = new AbortController();
  readonly #response = deferred<Response>();
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #responded = false;

  constructor(fetch: Fetch, { method = "GET", target = "/", fields = {}, body }: Asking) {
    const init = {
      method,
      headers: { ...fields },
      signal: this.#abort.signal,
      duplex: "half",
      ...(body === undefined ? {} : { body: bodyOf(body) }),
    };
    const request = new Request(`http://localhost${target}`, init);
    Promise.resolve(fetch(request)).then((response) => {
      this.#responded = true;
      this.#response.resolve(response);
    }, this.#response.reject);
  }

  get head(): Promise<Head> {
    return this.#response.promise.then(({ status, headers }) => ({
      status,
      fields: fieldsOf(headers),
      cookies: headers.getSetCookie(),
    }));
  }

  async pull(): Promise<Uint8Array | undefined> {
    const { body } = await this.#response.promise;
    if (body === null) return undefined;
    this.#body ??= body.getReader();
    return (await this.#body.read()).value;
  }

  trailers(): ReadonlyMap<string, string> {
    return new Map();
  }

  /** By the signal while there is no response, and by its body from then on, as servers do. */
  leave(): void {
    if (!this.#responded) this.#abort.abort();
    else if (this.#body !== undefined) void this.#body.cancel();
    else void this.#response.promise.then(({ body }) => body?.cancel());
  }

  connection(): unknown {
    return undefined;
  }
}

function bodyOf(body: NonNullable<Asking["body"]>): BodyInit {
  if (typeof body === "string" || body instanceof Uint8Array) return body as BodyInit;
  const pieces = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === "string" ? Buffer.from(value) : value);
      },
      cancel: async () => void (await pieces.return?.()),
    },
    { highWaterMark: 0 },
  );
}
