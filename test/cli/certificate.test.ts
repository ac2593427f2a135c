import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { selfSignedCertificate } from "../../src/cli/serve/certificate.ts";
import { bitString, objectIdentifier, octetString, time, unsigned } from "../../src/cli/serve/der.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";

const HOSTS = [
  "localhost",
  "127.0.0.1",
  "::1",
  "bücher.example",
  "2001:db8::5:0:1",
  "::ffff:1.2.3.4",
  "localhost",
];
const DAY = 86_400_000;

test("Node reads it", () => {
  const now = Date.UTC(2026, 10, 22, 8, 0, 0);
  const { cert, key, fingerprint } = selfSignedCertificate(HOSTS, now);
  const read = new X509Certificate(cert);
  expect(read.subjectAltName?.split(", ")).toEqual([
    "DNS:localhost",
    "IP Address:127.0.0.1",
    "IP Address:0:0:0:0:0:0:0:1",
    "DNS:xn--bcher-kva.example",
    "IP Address:2001:DB8:0:0:0:5:0:1",
    "IP Address:0:0:0:0:0:FFFF:102:304",
  ]);
  expect(read.checkIssued(read)).toBe(true);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(read.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  expect(read.ca).toBe(false);
  expect(read.fingerprint256).toBe(fingerprint);
  expect([Date.parse(read.validFrom), Date.parse(read.validTo)]).toEqual([now - DAY, now + 30 * DAY]);
});

test("each has a serial number of its own, which is positive and minimal", () => {
  const serials = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const { serialNumber } = new X509Certificate(selfSignedCertificate(["localhost"], Date.now()).cert);
    expect(serialNumber).toMatch(/^[0-9A-F]{1,32}$/);
    serials.add(serialNumber);
  }
  expect(serials.size).toBe(50);
});

test.each([
  [Date.UTC(2049, 11, 1), "2049-12-31T00:00:00.000Z"],
  [Date.UTC(2049, 11, 31), "2050-01-30T00:00:00.000Z"],
  [Date.UTC(2060, 0, 1), "2060-01-31T00:00:00.000Z"],
])("years on both sides of 2050: %d", (now, end) => {
  const { validTo } = new X509Certificate(selfSignedCertificate(["localhost"], now).cert);
  expect(new Date(validTo).toISOString()).toBe(end);
});

describe("DER", () => {
  test.each([
    [unsigned(Buffer.from([0])), "020100"],
    [unsigned(Buffer.from([0, 0, 5])), "020105"],
    [unsigned(Buffer.from([0x7f])), "02017f"],
    [unsigned(Buffer.from([0x80])), "02020080"],
    [objectIdentifier("1.2.840.10045.4.3.2"), "06082a8648ce3d040302"],
    [bitString(Buffer.from([0x80])), "03020080"],
    [time(new Date("2049-12-31T23:59:59Z")), `170d${Buffer.from("491231235959Z").toString("hex")}`],
    [time(new Date("2050-01-01T00:00:00Z")), `180f${Buffer.from("20500101000000Z").toString("hex")}`],
  ])("%#", (element, hex) => {
    expect(element.toString("hex")).toBe(hex);
  });

  test("lengths on both sides of each form", () => {
    const heads = [127, 128, 255, 256, 65_535, 65_536].map((size) => {
      const element = octetString(Buffer.alloc(size));
      return element.subarray(0, element.length - size).toString("hex");
    });
    expect(heads).toEqual(["047f", "048180", "0481ff", "04820100", "0482ffff", "0483010000"]);
  });
});

test("a TLS connection trusts it for its hosts, and for no other", async () => {
  const { key, cert } = selfSignedCertificate(["localhost", "127.0.0.1"], Date.now());
  const server = createServer({ key, cert }, (socket) => socket.end("hello"));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    const { port } = server.address() as { port: number };
    const visit = (servername: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket: TLSSocket = connect({ port, host: "127.0.0.1", servername, ca: cert });
        socket.once("data", (piece) => resolve(piece.toString()));
        socket.once("error", reject);
        socket.once("close", () => socket.destroy());
      });
    expect(await visit("localhost")).toBe("hello");
    await expect(visit("example.com")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  } finally {
    server.close();
  }
});

describe.skipIf(lacks("openssl"))("openssl", () => {
  test("verifies it, and reads what it is for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-certificate-"));
    try {
      const path = join(folder, "cert.pem");
      writeFileSync(path, selfSignedCertificate(HOSTS, Date.now()).cert);
      const verify = [
        "verify",
        "-x509_strict",
        "-CAfile",
        path,
        "-purpose",
        "sslserver",
        "-verify_hostname",
        "localhost",
        path,
      ];
      const verified = await run(pathOf("openssl"), verify);
      expect(verified.stdout + verified.stderr).toBe(`${path}: OK\n`);
      const { stdout } = await run(pathOf("openssl"), ["x509", "-in", path, "-noout", "-text"]);
      expect(stdout).toContain("Version: 3 (0x2)");
      expect(stdout).toContain("ecdsa-with-SHA256");
      expect(stdout).toContain("CA:FALSE");
      expect(stdout).toContain("TLS Web Server Authentication");
      expect(stdout).toContain("IP Address:127.0.0.1");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
