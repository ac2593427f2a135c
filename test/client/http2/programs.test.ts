// Servers of HTTP/2 that others have written: nginx and nghttpd.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../../src/client/index.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { lacks, pathOf, type Program } from "../../support/programs.ts";
import { open } from "../clients.ts";
import { BIG, ONE_KIB, TEXT } from "../servers/content.ts";
import { freePort, makeFolder, type RunningPeer, startProgram, writeContent } from "../servers/peer.ts";

const certificate = lacks("openssl") ? { key: "", cert: "" } : makeCertificate();

function prepared(): string {
  const folder = makeFolder();
  mkdirSync(join(folder, "files"));
  writeContent(join(folder, "files"));
  writeFileSync(join(folder, "key.pem"), certificate.key);
  writeFileSync(join(folder, "cert.pem"), certificate.cert);
  return folder;
}

async function startNginx(): Promise<RunningPeer> {
  const [folder, port] = [prepared(), await freePort()];
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join("\n");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr error; ${user}
    events { worker_connections 64; }
    http {
      access_log off; default_type application/octet-stream; types { text/plain txt; } ${temporary}
      gzip on; gzip_types text/plain; gzip_min_length 1; keepalive_requests 50;
      server {
        listen 127.0.0.1:${port} ssl http2;
        ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
        root ${folder}/files; client_max_body_size 0;
        location = /empty { return 204; }
        location = /upload { dav_methods PUT; create_full_put_path on; }
      }
    }`,
  );
  return startProgram(pathOf("nginx"), ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")], {
    port,
    folder,
  });
}

async function startNghttpd(): Promise<RunningPeer> {
  const [folder, port] = [prepared(), await freePort()];
  const args = [`--htdocs=${folder}/files`, "--echo-upload", "--trailer=x-rows: 10", "--address=127.0.0.1"];
  return startProgram(
    pathOf("nghttpd"),
    [...args, String(port), join(folder, "key.pem"), join(folder, "cert.pem")],
    { port, folder },
  );
}

describe.each([
  ["nginx", startNginx],
  ["nghttpd", startNghttpd],
] as const satisfies readonly (readonly [Program, unknown])[])("%s", (name, start) => {
  describe.skipIf(lacks("openssl", name))("serves", () => {
    let running: RunningPeer;
    let origin: string;
    beforeAll(async () => {
      running = await start();
      origin = `https://localhost:${running.port}`;
    });
    afterAll(() => running.stop());

    const client = (): Client => open({ tls: { ca: certificate.cert } });

    test("content small and big, coded and not, with HEAD", async () => {
      const http = client();
      const small = await http.request(`${origin}/1k`);
      expect([small.status, small.httpVersion]).toEqual([200, "2.0"]);
      expect(ONE_KIB.equals(await small.body.bytes())).toBe(true);
      const text = await http.request(`${origin}/text.txt`);
      expect(text.headers.get("content-encoding")).toBe(name === "nginx" ? "gzip" : undefined);
      expect(await text.body.text()).toBe(TEXT);
      const head = await http.request(`${origin}/big`, { method: "HEAD" });
      expect([head.headers.get("content-length"), await head.body.text()]).toEqual([String(BIG.length), ""]);
      expect((await http.request(`${origin}/missing`)).status).toBe(404);
      const bodies = await Promise.all(
        Array.from({ length: 8 }, async () => (await http.request(`${origin}/big`)).body.bytes()),
      );
      expect(bodies.every((body) => BIG.equals(body))).toBe(true);
    });

    test("more requests than one connection takes", async () => {
      const http = client();
      const all = Array.from({ length: 300 }, async () => (await http.request(`${origin}/1k`)).body.bytes());
      expect((await Promise.all(all)).every((body) => ONE_KIB.equals(body))).toBe(true);
    });

    test("an upload", async () => {
      const http = client();
      const pieces = Array.from({ length: 100 }, () => BIG.subarray(0, 20_000));
      const sent = await http.request(`${origin}/upload`, { method: "PUT", body: pieces });
      expect(sent.status).toBeLessThan(300);
      if (name === "nghttpd") {
        expect(Buffer.concat(pieces).equals(await sent.body.bytes())).toBe(true);
        expect((await sent.trailers).fields.get("x-rows")).toBe("10");
      } else {
        await sent.body.discard();
        const back = await http.request(`${origin}/upload`);
        expect(Buffer.concat(pieces).equals(await back.body.bytes())).toBe(true);
      }
    });

    test("a reader that leaves, and goes on to other things", async () => {
      const http = client();
      for (let count = 0; count < 5; count++) {
        const { body } = await http.request(`${origin}/big`);
        for await (const _ of body) break;
      }
      expect(BIG.equals(await (await http.request(`${origin}/big`)).body.bytes())).toBe(true);
    });
  });
});
