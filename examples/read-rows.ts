// Reading rows as they arrive, whichever format the server has chosen, and a body that ends too early.
import { ndjson, rows as rowsReply, serve } from "sluice";
import { rows, type TruncatedError } from "sluice/client";

interface Row {
  readonly id: number;
  readonly square: number;
}

function* cursor(): Generator<Row> {
  for (let id = 1; id <= 100_000; id++) yield { id, square: id ** 2 };
}

async function* failing(): AsyncGenerator<Row> {
  yield { id: 1, square: 1 };
  await new Promise((resolve) => setTimeout(resolve, 50));
  throw new Error("the database has gone away");
}

await using server = await serve({ host: "127.0.0.1", onError: () => {} }, (request) =>
  request.path === "/failing" ? ndjson(failing) : rowsReply(request, cursor),
);

for (const format of ["ndjson", "json-seq", "json-array"] as const) {
  const stream = rows<Row>(server.url, { format });
  let sum = 0;
  for await (const { square } of stream) sum += square;
  console.log((await stream.response).headers.get("content-type"), sum);
}

// Leaving the loop gives the rest up.
for await (const { id } of rows<Row>(server.url)) if (id === 3) break;

// Many at a time, for a table that takes many at a time.
let lists = 0;
for await (const list of rows<Row>(server.url).batches()) lists += Math.sign(list.length);
console.log(lists > 1 ? "in lists" : "one by one");

try {
  for await (const { id } of rows<Row>(new URL("/failing", server.url))) console.log("row", id);
} catch (error) {
  const { code, layer } = error as TruncatedError;
  console.log(code, "of", layer);
}
