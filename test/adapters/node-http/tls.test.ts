// One listener on a TLS port of node:http2 that takes HTTP/1.1 as well.

import { connect as connectHttp2, createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { toListener } from "../../../src/adapters/node-http/index.ts";
import { stream, text } from "../../../src/index.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { gate } from "../../support/gate.ts";
import { lacks } from "../../support/programs.ts";
import { RawClient } from "../../support/raw-client.ts";
import { request } from "../../support/servers.ts";

describe.skipIf(lacks("openssl"))("createSecureServer with allowHTTP1", () => {
  test("answers by both versions, and cuts what fails in both", async () => {
    const errors: unknown[] = [];
    // Up to Node 22 a client takes a reset that comes together with octets for an end.
    let arrived = gate();
    const listener = toListener(
      ({ path, url, httpVersion }) => {
        if (path === "/") return text(`${httpVersion} ${url.protocol}`);
        return stream("text/plain", async function* () {
          yield "first";
          await arrived.opened;
          throw new Error("meant");
        });
      },
      { onError: (error) => errors.push(error) },
    );
    const server = createSecureServer({ ...makeCertificate(), allowHTTP1: true }, listener);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    try {
      const client = await RawClient.connect(port, { tls: true });
      client.write(request("/") + request("/failing"));
      expect((await client.response()).body).toBe("1.1 https:");
      await client.until("first");
      arrived.open();
      expect(await client.response()).toMatchObject({ body: "first", complete: false });

      const old = await RawClient.connect(port, { tls: true });
      arrived = gate();
      await old.write("GET /failing HTTP/1.0\r\n\r\n").until("first");
      arrived.open();
      expect(await old.ending()).toBe("RST");

      const whole = session.request({ ":path": "/" });
      whole.setEncoding("utf8");
      expect((await whole.toArray()).join("")).toBe("2.0 https:");
      const failing = session.request({ ":path": "/failing" });
      failing.resume();
      await expect(once(failing, "end").then(() => failing.rstCode)).rejects.toThrow("INTERNAL_ERROR");
      expect(errors).toHaveLength(3);
    } finally {
      session.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    }
  });
});
