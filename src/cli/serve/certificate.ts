import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import { domainToASCII } from "node:url";
import {
  bitString,
  boolean,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  unsigned,
  utf8String,
} from "./der.ts";

/** A key and its certificate, as node:tls takes them. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The SHA-256 of the certificate, in hex digits by twos, as browsers and openssl show it. */
  readonly fingerprint: string;
}

const DAY = 86_400_000;
/** Days it holds. It is made anew at each start, and some clients refuse those that hold for years. */
const DAYS = 30;

const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const COMMON_NAME = objectIdentifier("2.5.4.3");
const SERVER_AUTH = objectIdentifier("1.3.6.1.5.5.7.3.1");

/**
 * A certificate that vouches for itself (RFC 5280), with a fresh key on the curve P-256: nobody trusts it until they are told to.
 * @param hosts the names and addresses that it is for
 * @param now milliseconds since 1970; it holds from a day before, since clocks differ
 */
export function selfSignedCertificate(hosts: readonly string[], now: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(COMMON_NAME, utf8String("sluice serve"))));
  const content = sequence(
    tagged(0, "around", unsigned(Buffer.from([2]))), // version 3
    unsigned(randomBytes(16)),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(new Date(now - DAY)), time(new Date(now + DAYS * DAY))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, "around", extensions(hosts)),
  );
  const der = sequence(content, ECDSA_WITH_SHA256, bitString(sign("sha256", content, privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    fingerprint: createHash("sha256").update(der).digest("hex").toUpperCase().match(/../g)!.join(":"),
  };
}

/** Without a key usage: one that leaves out the signing of certificates makes OpenSSL doubt that it has signed itself. */
function extensions(hosts: readonly string[]): Buffer {
  return sequence(
    extension("2.5.29.19", sequence(), true), // basic constraints: it signs no other certificate
    extension("2.5.29.37", sequence(SERVER_AUTH)),
    extension("2.5.29.17", sequence(...[...new Set(hosts)].map(generalName))),
  );
}

function extension(identifier: string, content: Buffer, critical: boolean = false): Buffer {
  const flag = critical ? [boolean(true)] : [];
  return sequence(objectIdentifier(identifier), ...flag, octetString(content));
}

/** dNSName is element 2, iPAddress element 7 (RFC 5280 section 4.2.1.6). */
function generalName(host: string): Buffer {
  if (isIP(host) === 0) return tagged(2, "instead", Buffer.from(domainToASCII(host), "latin1"));
  return tagged(7, "instead", isIPv4(host) ? Buffer.from(host.split(".").map(Number)) : ofIPv6(host));
}

/** An address in its 16 octets. A URL writes each in the same form: hex digits alone, and at most one `::`. */
function ofIPv6(address: string): Buffer {
  const [head, tail] = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(text: string | undefined): number[] {
  return text === undefined || text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
