// One handler for Bun, Deno and workers. Where none of them is there, it is called as what it is: a function.
import { sse } from "sluice/replies";
import { toFetch } from "sluice/fetch";

interface Hosts {
  readonly Bun?: { serve(options: object): { readonly url: URL } };
  readonly Deno?: { serve(options: object, fetch: unknown): unknown };
}

const fetch = toFetch((request) =>
  sse(async function* () {
    for (let id = 1; id <= 3; id++) yield { id: String(id), data: { path: request.path } };
  }),
);

const { Bun, Deno } = globalThis as Hosts;
if (Bun !== undefined) console.log(`curl -N ${Bun.serve({ port: 0, fetch }).url.href}`);
else if (Deno !== undefined) Deno.serve({ port: 0 }, fetch);
else {
  const response = await fetch(new Request("http://localhost/here"));
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) console.log(text.trimEnd());
}

// A worker has it as `export default { fetch }`.
