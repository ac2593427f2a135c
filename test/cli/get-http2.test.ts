import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { main } from "../../src/cli/program.ts";
import { serve, text } from "../../src/index.ts";
import type { Server } from "../../src/index.ts";
import { makeCertificate } from "../support/certificate.ts";
import { lacks } from "../support/programs.ts";
import { FakeIo } from "./fake-io.ts";

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

/** A server that says which version it was asked by. */
async function telling(options: Parameters<typeof serve>[0]): Promise<string> {
  const server = await serve({ host: "127.0.0.1", ...options }, ({ httpVersion }) =>
    text(`${httpVersion}\n`),
  );
  servers.push(server);
  return server.url.href;
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = new FakeIo({ realTime: true });
  const code = await main([...args, "--proxy", "none"], io);
  return { code, out: io.out.text, err: io.err.text };
}

describe("without TLS", () => {
  test("HTTP/2 is for servers that are known to speak it", async () => {
    const url = await telling({ http2: "cleartext" });
    expect(await run("get", url)).toEqual({ code: 0, out: "1.1\n", err: "" });
    expect(await run("get", "--http2-prior-knowledge", url)).toEqual({ code: 0, out: "2.0\n", err: "" });
  });

  test("a server that speaks nothing else is known for it", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { code, err } = await run("get", `http://127.0.0.1:${port}/`);
      expect(code).toBe(7);
      expect(err).toContain("sluice get --http2-prior-knowledge reads it");
    } finally {
      server.close();
    }
  });
});

describe.skipIf(lacks("openssl"))("over TLS", () => {
  const tls = lacks("openssl") ? undefined! : makeCertificate();

  test("HTTP/2 is spoken, unless --http1.1 goes without", async () => {
    const url = await telling({ tls });
    expect((await run("get", "-q", "-k", url)).out).toBe("2.0\n");
    expect((await run("get", "-q", "-k", "--http1.1", url)).out).toBe("1.1\n");
  });

  test("a server that speaks nothing else says so to --http1.1, and to inspect", async () => {
    const url = await telling({ tls: { ...tls, ALPNProtocols: ["h2"] } });
    for (const args of [
      ["get", "-q", "-k", "--http1.1", url],
      ["inspect", "-k", url],
    ]) {
      const { code, err } = await run(...args);
      expect(code).toBe(5);
      expect(err).toContain("the server speaks HTTP/2 alone");
    }
  });
});
