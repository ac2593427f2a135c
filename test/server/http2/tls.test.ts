import { request as httpsRequest } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Handler, type ServeOptions, text } from "../../../src/index.ts";
import { makeCertificate } from "../../support/certificate.ts";
import * as frames from "../../support/http2-frames.ts";
import { FramePeer, get, headers, NO_ERROR } from "../../support/http2-frames.ts";
import { lacks } from "../../support/programs.ts";
import { start } from "../../support/servers.ts";
import { ask, type Http2Server, startHttp2 } from "./peers.ts";

const version: Handler = ({ httpVersion, url }) => text(`${httpVersion} ${url.protocol}`);

describe.skipIf(lacks("openssl"))("one port, both versions by ALPN", () => {
  const tls = lacks("openssl") ? undefined! : makeCertificate();
  const secure = (options: ServeOptions = {}, handler: Handler = version): Promise<Http2Server> =>
    startHttp2(handler, { tls, ...options });

  /** What a handshake settles on, and whose certificate it has seen. */
  function shake(
    port: number,
    protocols?: string[],
  ): Promise<{ protocol: unknown; serial: string; socket: TLSSocket }> {
    return new Promise((resolve, reject) => {
      const offer = protocols === undefined ? {} : { ALPNProtocols: protocols };
      const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...offer }, () =>
        resolve({ protocol: socket.alpnProtocol, serial: socket.getPeerCertificate().serialNumber, socket }),
      );
      socket.once("error", reject);
    });
  }

  test("HTTP/2 to who offers it, HTTP/1.1 to others, and to who offers nothing", async () => {
    const server = await secure();
    for (const [offered, settled] of [
      [["h2", "http/1.1"], "h2"],
      [["http/1.1", "h2"], "h2"],
      [["http/1.1"], "http/1.1"],
      [undefined, false],
    ] as const) {
      const { protocol, socket } = await shake(server.port, offered as string[] | undefined);
      expect(protocol).toBe(settled);
      socket.destroy();
    }
    expect(await ask(server.session())).toMatchObject({ body: "2.0 https:" });
    const client = await server.connect();
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.response()).toMatchObject({ body: "1.1 https:" });
  });

  test("http2: false offers HTTP/1.1 alone", async () => {
    const server = await secure({ http2: false });
    const { protocol, socket } = await shake(server.port, ["h2", "http/1.1"]);
    expect(protocol).toBe("http/1.1");
    socket.destroy();
    await expect(shake(server.port, ["h2"])).rejects.toThrow(/no application protocol/i);
  });

  test("options of node:tls that say otherwise do not bring the server down", async () => {
    const server = await secure({ http2: false, tls: { ...tls, ALPNProtocols: ["h2", "http/1.1"] } });
    const { protocol, socket } = await shake(server.port, ["h2"]);
    expect(protocol).toBe("h2");
    socket.destroy();
    const client = await server.connect();
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.response()).toMatchObject({ status: 200 });
  });

  test("octets are counted without TLS", async () => {
    const server = await secure({}, () => text("a".repeat(1000)));
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    await peer.endOf(1);
    peer.destroy();
    await expect.poll(() => server.server.stats.connections).toBe(0);
    const { bytesReceived, bytesSent } = server.server.stats;
    expect(bytesReceived).toBe(frames.PREFACE.length + 9 + headers(1, get("/")).length);
    expect(bytesSent).toBeGreaterThan(1000);
    expect(bytesSent).toBeLessThan(1300);
  });

  test("a flood is ended over TLS as well", async () => {
    const server = await secure();
    const peer = await server.peer();
    const round = Buffer.concat(Array.from({ length: 4000 }, () => frames.windowUpdate(0, 1)));
    const begun = performance.now();
    while (peer.ended === undefined && performance.now() - begun < 5_000)
      if (!(await peer.sent(round))) break;
    await peer.ending();
  });

  test("one connection too many is told by GOAWAY", async () => {
    const server = await secure({ limits: { connections: 1 } });
    const first = await server.peer();
    first.send(headers(1, get("/")));
    await first.endOf(1);
    const second = await server.peer();
    expect(await second.ending()).toBe(NO_ERROR);
    const client = await server.connect();
    expect(await client.response()).toMatchObject({ status: 503 });
  });

  test("an answer that breaks off is a reset", async () => {
    const server = await secure({}, () => ({
      status: 200,
      headers: {},
      body: (async function* () {
        yield "partial";
        await sleep(5);
        throw new Error("broken");
      })(),
    }));
    expect(await ask(server.session())).toMatchObject({
      body: "partial",
      complete: false,
      code: frames.INTERNAL_ERROR,
    });
    server.errors.splice(0);
  });

  describe("certificates are replaced while the server runs", () => {
    test("for the connections that come from then on", async () => {
      const server = await secure();
      const { serial: before, socket } = await shake(server.port, ["h2"]);
      const kept = new FramePeer(socket);
      kept.open().send(headers(1, get("/")));
      expect(await kept.endOf(1)).toBe("end");
      server.server.setSecureContext(makeCertificate());
      const after = await shake(server.port, ["h2", "http/1.1"]);
      expect(after.serial).not.toBe(before);
      expect(after.protocol).toBe("h2");
      after.socket.destroy();
      // The one that was there goes on.
      kept.send(headers(3, get("/")));
      expect(await kept.endOf(3)).toBe("end");
      expect(await ask(server.session())).toMatchObject({ body: "2.0 https:" });
    });

    test("one that does not fit is refused, and the old one stays", async () => {
      const server = await secure();
      const { serial, socket } = await shake(server.port);
      socket.destroy();
      expect(() => server.server.setSecureContext({ key: "nonsense", cert: "nonsense" })).toThrow();
      const again = await shake(server.port);
      expect(again.serial).toBe(serial);
      again.socket.destroy();
    });

    test.each([[{}], [{ key: tls?.key }], [{ cert: tls?.cert }], [undefined], [null]])(
      "%j is none",
      async (options) => {
        const server = await secure();
        expect(() => server.server.setSecureContext(options as object)).toThrow(
          expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
        );
        (await shake(server.port)).socket.destroy();
      },
    );

    test("a server without TLS has none", async () => {
      const { server } = await start(() => text(""));
      expect(() => server.setSecureContext(tls)).toThrow(
        expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
      );
    });
  });

  test("node:https goes on with HTTP/1.1", async () => {
    const server = await secure();
    const body = await new Promise<string>((resolve, reject) => {
      httpsRequest(server.server.url, { rejectUnauthorized: false, agent: false }, (response) => {
        let all = "";
        response.on("data", (piece) => (all += piece));
        response.on("end", () => resolve(all));
      })
        .on("error", reject)
        .end();
    });
    expect(body).toBe("1.1 https:");
  });
});
