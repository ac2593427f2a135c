import { latin1 } from "../bytes/latin1.ts";
import { endWords, type FaultScene } from "./fault-scene.ts";
import { bytesOf, grouped } from "./wording.ts";

/** What stands behind the end of a response. */
export function explainSurplus(scene: FaultScene): string {
  const { octets, received, over, head, method, length, chunk } = scene;
  const surplus = received - over;
  const text = latin1(octets.subarray(0, 64), 0, Math.min(64, octets.length));
  const more = `${bytesOf(surplus)} ${surplus === 1 ? "follows" : "follow"}`;
  if (/^HTTP\/1\.[01] /.test(text)) return `${more}: another response, which nobody has asked for`;
  if (chunk !== undefined)
    return surplus <= 4 && /^[\r\n]+$/.test(text)
      ? `${more} the last chunk: an empty line too many`
      : `${more} the last chunk, which no message announces`;
  if (method === "HEAD") return `${more}: a response to HEAD ends with its head, and has no body`;
  if (head?.status === 204 || head?.status === 304)
    return `${more}: a response with status ${head.status} ends with its head, and has no body`;
  const announces = `Content-Length announces ${bytesOf(length)} and the body has ${grouped(length + surplus)}`;
  const continuations = scene.continuations + continuationsIn(octets);
  if (surplus === continuations && received - over === octets.length)
    return `${announces}: ${grouped(length)} is the number of its characters, which in UTF-8 are ${grouped(length + surplus)} bytes`;
  return `${announces}, ${grouped(surplus)} too many: the length is too small`;
}

/** A body that broke off before its length, or before its end could be told. */
export function explainShort({ phase, how, length, missing, received, over, head }: FaultScene): string {
  if (phase === "length")
    return `Content-Length announces ${bytesOf(length)} and ${grouped(length - missing)} came: ${grouped(missing)} are missing, ${endWords(how)}`;
  const octets = over - (head === undefined ? received : head.offset + head.octets);
  return `the body ends with its connection, and ${endWords(how)} after ${bytesOf(octets)}: the rest may be missing`;
}

function continuationsIn(octets: Uint8Array): number {
  return octets.reduce((count, octet) => ((octet & 0xc0) === 0x80 ? count + 1 : count), 0);
}
