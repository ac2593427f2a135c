import { parseChecksum } from "../../client/download/checksum.ts";
import { passes } from "../request/value-readers.ts";
import { textValue, type ValueReader } from "../value-readers.ts";

/** An algorithm and a digest, `sha-256:…`. */
export const checksum: ValueReader<string> = {
  ...textValue("checksum"),
  expected: "checksum: write sha-256: (or sha-512:, sha-1:, md5:) and the digest in hex or base64",
  read: (text) => (passes(() => parseChecksum(text)) ? text : undefined),
};
