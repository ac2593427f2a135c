/** The SHA-256 of some bytes, as bytes. Browsers compute it on pages from https or from this machine. */
export async function sha256(bytes) {
  if (globalThis.crypto.subtle === undefined) throw new Error("crypto.subtle needs https, or localhost");
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
