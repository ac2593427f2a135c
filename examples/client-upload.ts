// A request whose body nobody knows yet, and whose answer arrives meanwhile: both sides stream at the same time.
import { serve, stream } from "sluice";
import { request } from "sluice/client";

await using server = await serve({ host: "127.0.0.1" }, ({ body }) =>
  stream("text/plain", async function* () {
    let bytes = 0;
    for await (const piece of body.verified()) yield `${(bytes += piece.length)} bytes so far\n`;
    const { fields } = await body.trailers;
    yield `all of it, with ${fields.get("x-readings")} readings, as its digest says\n`;
  }),
);

const answers = new EventTarget();
async function* readings() {
  for (let number = 1; number <= 3; number++) {
    const heard = new Promise((resolve) => answers.addEventListener("answer", resolve, { once: true }));
    yield `reading ${number}\n`;
    await heard;
  }
}

const response = await request(server.url, {
  body: readings(),
  headers: { "Content-Type": "text/plain" },
  trailers: { "x-readings": "3" },
  digest: "sha-256",
});
for await (const piece of response.body) {
  process.stdout.write(piece);
  answers.dispatchEvent(new Event("answer"));
}
