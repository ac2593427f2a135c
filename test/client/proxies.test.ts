import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { environmentProxies } from "../../src/client/proxies.ts";
import { targetOf } from "../../src/client/target.ts";
import { text as textReply } from "../../src/index.ts";
import { makeCertificate } from "../support/certificate.ts";
import { lacks } from "../support/programs.ts";
import { answering, listen, ok } from "../support/raw-server.ts";
import { start } from "../support/servers.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

describe("what the environment says", () => {
  const A = { http_proxy: "http://a:1" };
  const BOTH = { HTTP_PROXY: "http://a:1", HTTPS_PROXY: "http://b:2" };
  const NO = (NO_PROXY: string) => ({ ...BOTH, NO_PROXY });
  test.each([
    [{}, "http://x/", undefined],
    [A, "http://x/", "a:1"],
    [A, "https://x/", undefined],
    [BOTH, "http://x/", "a:1"],
    [BOTH, "https://x/", "b:2"],
    [{ ...A, HTTP_PROXY: "http://b:2" }, "http://x/", "a:1"],
    [{ https_proxy: "http://a:1", HTTPS_PROXY: "http://b:2" }, "https://x/", "a:1"],
    [{ http_proxy: "", HTTP_PROXY: "http://b:2" }, "http://x/", "b:2"],
    [{ HTTP_PROXY: "http://a:1", REQUEST_METHOD: "GET" }, "http://x/", undefined],
    [{ ...A, REQUEST_METHOD: "GET" }, "http://x/", "a:1"],
    [{ http_proxy: "a" }, "http://x/", "a:80"],
    [{ http_proxy: "a:3128" }, "http://x/", "a:3128"],
    [{ http_proxy: "https://a" }, "http://x/", "a:443"],
    [{ http_proxy: "http://[::1]:8" }, "http://x/", "::1:8"],
    [NO("*"), "http://x/", undefined],
    [NO("x"), "http://x/", undefined],
    [NO("x"), "https://x/", undefined],
    [NO("x"), "http://a.x/", undefined],
    [NO("x"), "http://ax/", "a:1"],
    [NO(".x"), "http://x/", undefined],
    [NO(".x"), "http://a.x/", undefined],
    [NO("*.x"), "http://a.b.x/", undefined],
    [NO("X.Y"), "http://x.y/", undefined],
    [NO("y, x z"), "http://x/", undefined],
    [NO("x:80"), "http://x/", undefined],
    [NO("x:81"), "http://x/", "a:1"],
    [NO("x:443"), "https://x/", undefined],
    [NO("127.0.0.1"), "http://127.0.0.1:5/", undefined],
    [NO("::1"), "http://[::1]/", undefined],
    [NO("[::1]"), "http://[::1]/", undefined],
    [NO("[::1]:81"), "http://[::1]/", "a:1"],
    [NO("[::1]:81"), "http://[::1]:81/", undefined],
    [NO(""), "http://x/", "a:1"],
    [NO(" , "), "http://x/", "a:1"],
    [{ ...NO("y"), no_proxy: "x" }, "http://y/", "a:1"],
  ])("%j: %s goes through %s", (env, url, expected) => {
    const proxy = environmentProxies(env)(targetOf(url));
    expect(proxy && `${proxy.host}:${proxy.port}`).toBe(expected);
  });

  test.each(["socks5://a:1", "http://", "http://a:99999"])("%s is refused", (http_proxy) => {
    expect(() => environmentProxies({ http_proxy })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_URL" }),
    );
  });

  test("credentials become Proxy-Authorization", () => {
    const proxy = environmentProxies({ http_proxy: "http://m%40e:secret@a" })(targetOf("http://x/"));
    expect(proxy).toEqual({
      secure: false,
      host: "a",
      port: 80,
      authorization: `Basic ${Buffer.from("m@e:secret").toString("base64")}`,
    });
  });
});

describe("http goes to the proxy as it is", () => {
  test("in absolute form, with the credentials of both where they belong", async () => {
    const server = await answering(ok("by proxy"));
    const client = open({ proxy: `http://me:secret@127.0.0.1:${server.port}` });
    const response = await client.request("http://you:pw@one.test:81/a?b#c");
    expect(await response.body.text()).toBe("by proxy");
    expect(response.url.href).toBe("http://one.test:81/a?b");
    const { text } = server.peers[0];
    expect(text).toMatch(/^GET http:\/\/one\.test:81\/a\?b HTTP\/1\.1\r\n/);
    expect(text).toContain("\r\nHost: one.test:81\r\n");
    expect(text).toContain(
      `\r\nProxy-Authorization: Basic ${Buffer.from("me:secret").toString("base64")}\r\n`,
    );
    expect(text).toContain(`\r\nAuthorization: Basic ${Buffer.from("you:pw").toString("base64")}\r\n`);
    // All origins share its connections.
    await read(client.request("http://two.test/"));
    expect(server.peers).toHaveLength(1);
  });

  test("a refusal of the proxy is a response", async () => {
    const server = await answering("HTTP/1.1 407 \r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    expect((await open({ proxy: server.url }).request("http://one.test/")).status).toBe(407);
  });

  test("one that cannot be reached is an error", async () => {
    expect(await codeOf(open({ proxy: "http://127.0.0.1:1" }).request("http://one.test/"))).toBe(
      "ERR_SLUICE_CONNECT",
    );
  });
});

describe("a tunnel is refused", () => {
  test.each([
    ["407", "HTTP/1.1 407 \r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"],
    ["502 with a body", "HTTP/1.1 502 \r\nContent-Length: 100\r\n\r\nsorry"],
    ["a redirect", "HTTP/1.1 302 \r\nLocation: https://evil.test/\r\n\r\n"],
    ["another protocol", "SSH-2.0\r\n\r\n"],
    ["a head without an end", "HTTP/1.1 200 OK\r\nA: " + "x".repeat(20_000)],
  ])("by %s", async (_what, answer) => {
    const server = await answering(answer);
    const error = await rejection(
      open({ proxy: `http://me:secret@127.0.0.1:${server.port}` }).request("https://one.test/"),
    );
    expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_PROXY"]);
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain("secret");
    await server.peers[0].closed();
    expect(server.peers[0].text).toMatch(/^CONNECT one\.test:443 HTTP\/1\.1\r\nHost: one\.test:443\r\n/);
  });

  test.each(["FIN", "RST"])("by %s", async (end) => {
    const server = await listen(async (peer) => {
      await peer.request();
      if (end === "FIN") peer.finish();
      else peer.reset();
    });
    expect(await codeOf(open({ proxy: server.url }).request("https://one.test/"))).toBe("ERR_SLUICE_PROXY");
  });

  test("and a signal ends it", async () => {
    const controller = new AbortController();
    const server = await listen(async (peer) => (await peer.request(), controller.abort()));
    const client = open({ proxy: server.url });
    expect(await codeOf(client.request("https://one.test/", { signal: controller.signal }))).toBe(
      "ERR_SLUICE_ABORTED",
    );
    await client.close();
    await server.peers[0].closed();
  });
});

describe.skipIf(lacks("openssl"))("a tunnel", () => {
  const { key, cert } = makeCertificate();
  let proxy: Server;
  const sockets = new Set<Socket>();
  const asked: string[] = [];

  /** A proxy that makes tunnels for whoever may have them. */
  async function startProxy(authorization?: string): Promise<string> {
    asked.length = 0;
    proxy = createServer();
    proxy.on("connect", (request, client: Socket, head) => {
      asked.push(request.url!);
      sockets.add(client.on("error", () => {}));
      if (request.headers["proxy-authorization"] !== authorization) {
        client.end("HTTP/1.1 407 Proxy Authentication Required\r\nConnection: close\r\n\r\n");
        return;
      }
      const server = connect(Number(request.url!.split(":").at(-1)), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
        server.write(head);
        server.pipe(client).pipe(server);
      });
      sockets.add(server.on("error", () => client.destroy()));
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return `127.0.0.1:${(proxy.address() as { port: number }).port}`;
  }

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });

  test("carries TLS to the server itself, and is kept", async () => {
    const { port } = await start(({ headers }) => textReply(headers.get("proxy-authorization") ?? "none"), {
      tls: { key, cert },
    });
    const at = await startProxy();
    const client = open({ proxy: `http://${at}`, tls: { ca: cert } });
    for (let count = 0; count < 2; count++)
      expect(await read(client.request(`https://localhost:${port}/`))).toEqual({
        text: "none",
        outcome: "complete",
      });
    expect(asked).toEqual([`localhost:${port}`]);
    await client.close();
  });

  test("is given to who may have it, whose credentials the server does not see", async () => {
    const { port } = await start(({ headers }) => textReply(headers.get("proxy-authorization") ?? "none"), {
      tls: { key, cert },
    });
    const at = await startProxy(`Basic ${Buffer.from("me:secret").toString("base64")}`);
    const client = open({ proxy: `http://me:secret@${at}`, tls: { ca: cert } });
    expect((await read(client.request(`https://localhost:${port}/`))).text).toBe("none");
    const stranger = open({ proxy: `http://${at}`, tls: { ca: cert } });
    expect(await codeOf(stranger.request(`https://localhost:${port}/`))).toBe("ERR_SLUICE_PROXY");
    await client.close();
  });

  test("does not make a certificate right", async () => {
    const { port } = await start(() => textReply("a"), { tls: { key, cert } });
    const client = open({ proxy: `http://${await startProxy()}` });
    expect(await codeOf(client.request(`https://localhost:${port}/`))).toBe("ERR_SLUICE_TLS");
  });
});
