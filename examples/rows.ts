// Rows of a query, in the format that the reader asks for.
import { rows, serve } from "sluice";

/** Stands for a database cursor: it is asked for more only as fast as the reader takes them. */
async function* cursor() {
  for (let id = 1; id <= 1000; id++) yield { id, square: id ** 2, name: `row "${id}"` };
}

const server = await serve({ host: "127.0.0.1" }, (request) => rows(request, cursor));

console.log(`curl -H 'Accept: text/csv' ${server.url.href}`);
