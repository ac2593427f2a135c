/** Gathers the head of a response from reads that may be cut anywhere. */
export class HeadReader {
  #text = "";

  /**
   * The next read.
   * @param {Buffer} bytes
   * @returns {{ head: string, start: number } | undefined} the head with its last line end, and where the body begins in this read;
   * undefined while the head goes on
   */
  read(bytes) {
    const before = this.#text.length;
    this.#text += bytes.latin1Slice();
    const end = this.#text.indexOf("\r\n\r\n");
    return end === -1 ? undefined : { head: this.#text.slice(0, end + 2), start: end + 4 - before };
  }
}
