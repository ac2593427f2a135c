/**
 * Jumps from chunk line to chunk line of a chunked body without looking at the payload, so that it costs next to
 * nothing for big chunks. It knows bodies without extensions and trailers; anything else is a fault.
 */
export class ChunkWalker {
  payload = 0;
  chunks = 0;
  #line = "";
  #skip = 0;
  #last = false;

  /** Returns the position after the body's last byte, or -1 when the body goes on after these bytes. */
  read(bytes, start = 0) {
    let position = start;
    while (position < bytes.length) {
      if (this.#skip === 0) {
        position = this.#readLine(bytes, position);
        continue;
      }
      const step = Math.min(this.#skip, bytes.length - position);
      this.#skip -= step;
      position += step;
      if (this.#skip === 0 && this.#last) return position;
    }
    return -1;
  }

  #readLine(bytes, position) {
    const lineFeed = bytes.indexOf(10, position);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    this.#line += bytes.latin1Slice(position, end);
    if (lineFeed === -1) return end;
    if (!/^[0-9a-f]+\r\n$/i.test(this.#line))
      throw new Error(`not a chunk line: ${JSON.stringify(this.#line)}`);
    const size = Number.parseInt(this.#line, 16);
    this.payload += size;
    if (size > 0) this.chunks += 1;
    this.#last = size === 0;
    this.#skip = size + 2;
    this.#line = "";
    return end;
  }
}
