import { expect, test } from "vitest";
import { isTransient, isTransientStatus } from "../../../src/client/retrying/transient.ts";
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
  [true, new StatusError(503, "")],
  [false, new StatusError(404, "")],
])("%s: %s", (expected, error) => expect(isTransient(error)).toBe(expected));

test.each([408, 425, 429, 500, 502, 503, 504, 507, 508, 520, 529, 599])("%i may pass", (status) =>
  expect(isTransientStatus(status)).toBe(true),
);

test.each([200, 206, 304, 400, 404, 407, 409, 416, 424, 426, 428, 430, 451, 499, 501, 505, 506, 510, 511])(
  "%i will last",
  (status) => expect(isTransientStatus(status)).toBe(false),
);
