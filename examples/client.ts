// A response read as it arrives: pieces, trailers, and how it ended.
import { serve, stream } from "sluice";
import { request } from "sluice/client";

await using server = await serve({ host: "127.0.0.1" }, ({ path }) =>
  stream(
    "text/plain",
    async function* () {
      yield "first\n";
      if (path === "/broken") throw new Error("The source has failed");
      yield "second\n";
    },
    { digest: "sha-256", trailers: { "x-rows": "2" } },
  ),
);

const whole = await request(new URL("/whole", server.url));
for await (const piece of whole.body) process.stdout.write(piece);
const { fields } = await whole.trailers;
console.log("rows:", fields.get("x-rows"), "ending:", (await whole.ending).outcome);

const broken = await request(new URL("/broken", server.url));
try {
  await broken.body.text();
} catch (error) {
  console.log(String(error));
}
const ending = await broken.ending;
if (ending.outcome === "truncated") console.log("truncated:", ending.layer, "at byte", ending.offset);
