import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { text } from "../../src/index.ts";
import { makeCertificate } from "../support/certificate.ts";
import { lacks } from "../support/programs.ts";
import { listen, ok } from "../support/raw-server.ts";
import { start } from "../support/servers.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe.skipIf(lacks("openssl"))("TLS", () => {
  const { key, cert } = makeCertificate();

  /** A server whose TLS stands on a stream of ours, so that what is beneath can end without a farewell. */
  async function cutting(octets: string, end: "close_notify" | "FIN" | "RST"): Promise<string> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
      const beneath = new Duplex({
        read: () => void socket.resume(),
        write: (piece: Buffer, _encoding, done) =>
          void (socket.writable ? socket.write(piece, done) : done()),
        final: (done) => (socket.end(), done()),
      });
      socket.on("data", (piece) => beneath.push(piece));
      socket.on("end", () => beneath.push(null));
      socket.on("error", () => {});
      socket.on("close", () => beneath.destroy());
      closing.push(() => socket.destroy());
      const secure = new TLSSocket(beneath, { isServer: true, key, cert });
      secure.on("error", () => {});
      secure.once("data", () => {
        if (end === "close_notify") secure.end(octets, "latin1");
        else
          secure.write(octets, "latin1", () => {
            if (end === "FIN") socket.end();
            else socket.resetAndDestroy();
          });
      });
    }).listen(0, "127.0.0.1");
    closing.push(() => server.close());
    await once(server, "listening");
    return `https://localhost:${(server.address() as { port: number }).port}/`;
  }

  test("a certificate that nobody knows is refused before anything is sent", async () => {
    const server = await start(() => text("a"), { tls: { key, cert } });
    for (const tls of [undefined, { ca: [] as string[] }]) {
      const error = await rejection(open({ tls }).request(`https://localhost:${server.port}/`));
      expect([error.name, error.code, error.cause.code]).toEqual([
        "EndedError",
        "ERR_SLUICE_TLS",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
      ]);
    }
    expect(server.server.stats.requests).toBe(0);
  });

  test("a certificate for another name is refused", async () => {
    const { port } = await start(() => text("a"), { tls: { key, cert } });
    const error = await rejection(
      open({ tls: { ca: cert, servername: "other.test" } }).request(`https://localhost:${port}/`),
    );
    expect([error.code, error.cause.code]).toEqual(["ERR_SLUICE_TLS", "ERR_TLS_CERT_ALTNAME_INVALID"]);
  });

  test.each(["localhost", "127.0.0.1"])(
    "one that is known is taken for %s, and the connection is kept",
    async (host) => {
      const server = await start(() => text("a"), { tls: { key, cert } });
      const client = open({ tls: { ca: cert } });
      for (let count = 0; count < 3; count++)
        expect((await read(client.request(`https://${host}:${server.port}/`))).outcome).toBe("complete");
      expect(server.server.stats.connections).toBe(1);
      await client.close();
    },
  );

  test("bodies go both ways", async () => {
    const { port } = await start(async ({ body }) => text(await body.text(2_000_000)), {
      tls: { key, cert },
    });
    const client = open({ tls: { ca: cert } });
    const body = Array.from({ length: 100 }, (_, index) => String(index).padStart(10_000, "x"));
    const { text: answer } = await read(
      client.request(`https://localhost:${port}/`, { body, decode: false }),
    );
    expect(answer === body.join("")).toBe(true);
    await client.close();
  });

  test("a plain server is no TLS", async () => {
    for (const octets of [ok(), "SSH-2.0\r\n"]) {
      const plain = await listen((peer) => peer.write(octets).finish());
      expect(await codeOf(open().request(`https://127.0.0.1:${plain.port}/`))).toBe("ERR_SLUICE_TLS");
    }
  });

  test("a server that speaks no http/1.1 is refused by who speaks nothing else", async () => {
    const server = createTlsServer(
      { key, cert, ALPNProtocols: ["h2"] },
      (socket) => void socket.on("error", () => {}),
    ).listen(0, "127.0.0.1");
    server.on("tlsClientError", () => {});
    closing.push(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const client = open({ tls: { ca: cert }, http2: false });
    expect(await codeOf(client.request(`https://localhost:${port}/`))).toBe("ERR_SLUICE_TLS");
  });

  describe("a body that only the end of the connection delimits", () => {
    const BODY = "HTTP/1.1 200 OK\r\n\r\nabc";

    test("is whole after a close_notify", async () => {
      const url = await cutting(BODY, "close_notify");
      expect(await read(open({ tls: { ca: cert } }).request(url))).toEqual({
        text: "abc",
        outcome: "complete",
      });
    });

    test("is cut without one", async () => {
      const url = await cutting(BODY, "FIN");
      const response = await open({ tls: { ca: cert } }).request(url);
      const error = await rejection(response.body.text());
      expect([error.code, error.layer, error.offset]).toEqual(["ERR_SLUICE_TRUNCATED", "tls", 3]);
      expect(await response.ending).toMatchObject({ outcome: "truncated", layer: "tls", error });
    });

    test("counts as whole for who is lenient", async () => {
      const url = await cutting(BODY, "FIN");
      const client = open({ tls: { ca: cert }, lenient: { withoutCloseNotify: true } });
      expect(await read(client.request(url))).toEqual({ text: "abc", outcome: "complete" });
    });

    test("is cut by a reset", async () => {
      const url = await cutting(BODY, "RST");
      expect(await codeOf(read(open({ tls: { ca: cert } }).request(url)))).toBe("ERR_SLUICE_TRUNCATED");
    });

    test("and one that says its own end needs no close_notify", async () => {
      for (const octets of [
        ok("abc"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      ]) {
        const url = await cutting(octets, "FIN");
        expect(await read(open({ tls: { ca: cert } }).request(url))).toEqual({
          text: "abc",
          outcome: "complete",
        });
      }
    });
  });
});
