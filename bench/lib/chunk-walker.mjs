/**
 * Jumps from chunk line to chunk line of a chunked body without looking at the payload, so that it costs next to
 * nothing for big chunks. It knows bodies without extensions; anything else is a fault.
 */
export class ChunkWalker {
  payload = 0;
  chunks = 0;
  /** The lines of the trailer section. */
  trailers = [];
  #line = "";
  #skip = 0;
  /** Whether the last chunk has been, and then whether the empty line behind the trailers has. */
  #last = false;
  #ended = false;

  /** Returns the position after the body's last byte, or -1 when the body goes on after these bytes. */
  read(bytes, start = 0) {
    let position = start;
    while (position < bytes.length) {
      if (this.#skip === 0) {
        position = this.#readLine(bytes, position);
        if (this.#ended) return position;
        continue;
      }
      const step = Math.min(this.#skip, bytes.length - position);
      this.#skip -= step;
      position += step;
    }
    return -1;
  }

  #readLine(bytes, position) {
    const lineFeed = bytes.indexOf(10, position);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    this.#line += bytes.latin1Slice(position, end);
    if (lineFeed === -1) return end;
    const line = this.#line;
    this.#line = "";
    if (this.#last) {
      if (line === "\r\n") this.#ended = true;
      else this.trailers.push(line.trimEnd());
      return end;
    }
    if (!/^[0-9a-f]+\r\n$/i.test(line)) throw new Error(`not a chunk line: ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    this.payload += size;
    if (size > 0) this.chunks += 1;
    this.#last = size === 0;
    this.#skip = size === 0 ? 0 : size + 2;
    return end;
  }
}
