// A source that fails in the middle: the reader sees that the body was cut, and never takes it for whole.
import { serve, stream } from "sluice";

function* rows(): Generator<string> {
  yield "1,one\n";
  yield "2,two\n";
  throw new Error("the database has gone away");
}

const server = await serve(
  {
    host: "127.0.0.1",
    onError: (error, request) =>
      console.log(`${request.path}: ${error instanceof Error ? error.message : "unknown"}`),
  },
  () => stream("text/csv", rows),
);

console.log(`curl -N ${server.url.href} || echo "curl knows: $?"`);
