/** Hands on the payload of a chunked body as it comes. It knows bodies without extensions. */
export class ChunkReader {
  #onPayload;
  #line = "";
  #left = 0;

  constructor(onPayload) {
    this.#onPayload = onPayload;
  }

  read(bytes) {
    let position = 0;
    while (position < bytes.length) {
      if (this.#left > 2) {
        const payload = bytes.subarray(position, position + this.#left - 2);
        this.#onPayload(payload);
        this.#left -= payload.length;
        position += payload.length;
        continue;
      }
      if (this.#left > 0) {
        // The CRLF behind the payload.
        this.#left -= 1;
        position += 1;
        continue;
      }
      const octet = bytes[position++];
      if (octet !== 10) {
        this.#line += String.fromCharCode(octet);
        continue;
      }
      const size = Number.parseInt(this.#line, 16);
      if (!(size > 0)) throw new Error(`no chunk, but ${JSON.stringify(this.#line)}`);
      this.#line = "";
      this.#left = size + 2;
    }
  }
}
