import { expect, test } from "vitest";
import { ChecksumCheck } from "../../../src/client/download/checksum-check.ts";
import { sha256 } from "./scripted-server.ts";

const CONTENT = Buffer.from("content");
const DIGEST = sha256(CONTENT);

test.each([`sha-256:${DIGEST}`, `sha-256:${Buffer.from(DIGEST, "hex").toString("base64url")}`])(
  "%s",
  (text) => {
    const check = new ChecksumCheck(text);
    for (const octet of CONTENT) check.update(Uint8Array.of(octet));
    expect(check.verify()).toEqual({
      algorithm: "sha-256",
      base64: Buffer.from(DIGEST, "hex").toString("base64"),
    });
  },
);

test("octets that have another digest", () => {
  const check = new ChecksumCheck(`sha-256:${DIGEST}`);
  check.update(CONTENT.subarray(1));
  const found = Buffer.from(sha256(CONTENT.subarray(1)), "hex").toString("base64");
  expect(() => check.verify()).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_DIGEST_MISMATCH", layer: "digest" }) as Error,
  );
  const again = new ChecksumCheck(`sha-256:${DIGEST}`);
  again.update(CONTENT.subarray(1));
  expect(() => again.verify()).toThrow(found);
});

test("a checksum that is none", () => {
  expect(() => new ChecksumCheck("sha-256:00")).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_OPTION" }) as Error,
  );
});
