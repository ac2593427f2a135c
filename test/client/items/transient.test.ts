import { expect, test } from "vitest";
import { isTransient } from "../../../src/client/items/transient.ts";
import {
  AbortedError,
  CorruptError,
  EndedError,
  ProtocolError,
  StatusError,
  TruncatedError,
} from "../../../src/errors.ts";

const tls = (code: string): EndedError =>
  new EndedError("ERR_SLUICE_TLS", { cause: Object.assign(new Error(code), { code }) });

test.each<[boolean, Error]>([
  [true, new EndedError("ERR_SLUICE_CONNECT")],
  [true, new EndedError("ERR_SLUICE_CONNECT_TIMEOUT")],
  [true, new EndedError("ERR_SLUICE_PROXY")],
  [true, new EndedError("ERR_SLUICE_CONNECTION_LOST")],
  [true, new EndedError("ERR_SLUICE_RESPONSE_TIMEOUT")],
  [true, new EndedError("ERR_SLUICE_BODY_TIMEOUT")],
  [true, new TruncatedError("ERR_SLUICE_TRUNCATED", "head")],
  [true, new TruncatedError("ERR_SLUICE_CODED_TRUNCATED", "gzip")],
  [true, tls("ECONNRESET")],
  [true, tls("EPIPE")],
  [false, tls("EPROTO")],
  [false, tls("ERR_TLS_CERT_ALTNAME_INVALID")],
  [false, tls("DEPTH_ZERO_SELF_SIGNED_CERT")],
  [false, tls("CERT_HAS_EXPIRED")],
  [false, new EndedError("ERR_SLUICE_TLS")],
  [false, new EndedError("ERR_SLUICE_CLIENT_CLOSED")],
  [false, new AbortedError("ERR_SLUICE_ABORTED")],
  [false, new CorruptError("ERR_SLUICE_DIGEST_MISMATCH", "digest")],
  [false, new ProtocolError("ERR_SLUICE_STATUS_LINE")],
  [false, new Error("ECONNRESET")],
  ...[408, 429, 500, 503, 599].map((status): [boolean, Error] => [true, new StatusError(status, "")]),
  ...[200, 304, 400, 407, 409, 428, 430, 499].map((status): [boolean, Error] => [
    false,
    new StatusError(status, ""),
  ]),
])("%s: %s", (expected, error) => expect(isTransient(error)).toBe(expected));
