import { type Certificate, makeCertificate } from "../../support/certificate.ts";

let made: Certificate | undefined;

/** One for all hosts of a test file. */
export function certificate(): Certificate {
  return (made ??= makeCertificate());
}
