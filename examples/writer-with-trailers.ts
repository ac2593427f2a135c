// Push: a writer, with trailers whose values are known at the end only.
import { createHash } from "node:crypto";
import { serve, stream } from "sluice";

const server = await serve({ host: "127.0.0.1" }, () =>
  stream(
    "text/csv",
    async (out) => {
      const digest = createHash("sha256");
      const rows = 1000;
      for (let row = 1; row <= rows; row++) {
        const line = `${row},${row ** 2}\n`;
        digest.update(line);
        // Waits for slow readers, and throws when they have left.
        await out.write(line);
      }
      out.trailer("X-Row-Count", String(rows));
      out.trailer("Content-Digest", `sha-256=:${digest.digest("base64")}:`);
    },
    { trailers: ["X-Row-Count", "Content-Digest"] },
  ),
);

console.log(`curl -N --raw -H 'TE: trailers' ${server.url.href}`);
