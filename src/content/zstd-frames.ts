// What is awaited once the octets to pass over are over.
const MAGIC_NUMBER = 0;
const FRAME_HEADER_DESCRIPTOR = 1;
const BLOCK_HEADER = 2;
const FRAME_SIZE = 3;

/** As they stand on the wire: the numbers are little-endian, and the low half of a skippable frame's first octet is free. */
const ZSTANDARD_MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPABLE_MAGIC: readonly number[] = [0x50, 0x2a, 0x4d, 0x18];

const BLOCK_HEADER_OCTETS = 3;
const FRAME_SIZE_OCTETS = 4;
const CHECKSUM_OCTETS = 4;
/** The one block whose octets are not as many as its size says: it has one octet, which is repeated. */
const RLE_BLOCK = 1;

/** By the flags of the descriptor. */
const DICTIONARY_ID_OCTETS: readonly number[] = [0, 1, 2, 4];
const CONTENT_SIZE_OCTETS: readonly number[] = [0, 2, 4, 8];

/**
 * Finds where the frames of zstd end (RFC 8878 section 3.1), whatever the cut of its input. node:zlib doesn't tell: by version it takes
 * an unfinished frame for a whole one, loses the beginning of a magic number, or stops behind the first frame.
 *
 *     Zstandard frame   Magic_Number 4 | Frame_Header 2-14 | Data_Block ... | [Content_Checksum 4]
 *     Frame_Header      Frame_Header_Descriptor 1 | [Window_Descriptor 1] | [Dictionary_ID 1, 2, 4] | [Frame_Content_Size 1, 2, 4, 8]
 *     Data_Block        Block_Header 3 | Block_Content
 *     skippable frame   Magic_Number 4 | Frame_Size 4 | User_Data
 *
 * It reads sizes alone. Whether a frame is right is for the decoder to say.
 */
export class ZstdFrames {
  #state = MAGIC_NUMBER;
  // Octets to pass over before the state's own: content, and fields that say nothing about sizes.
  #passing = 0;
  // The field being read: its octets so far, and their number, little-endian.
  #octets = 0;
  #number = 0;
  #magic = ZSTANDARD_MAGIC;
  #checksumOctets = 0;
  #begun = false;

  /** Whether the octets so far are one frame or more, the last one at its end. */
  get whole(): boolean {
    return this.#state === MAGIC_NUMBER && this.#passing === 0 && this.#octets === 0 && this.#begun;
  }

  /**
   * Reads on in a piece, no further than to the end of a frame.
   * @param start where to begin, inside the piece
   * @returns where it has stopped; `start` itself where the octet there can't be in a magic number
   */
  take(piece: Uint8Array, start: number): number {
    let at = start;
    do {
      if (this.#passing > 0) {
        const passed = Math.min(this.#passing, piece.length - at);
        this.#passing -= passed;
        at += passed;
      } else if (this.#read(piece[at])) at++;
      else break;
    } while (at < piece.length && !this.whole);
    return at;
  }

  /** Reads an octet of a field. Returns whether it can stand there. */
  #read(octet: number): boolean {
    switch (this.#state) {
      case MAGIC_NUMBER:
        return this.#readMagic(octet);
      case FRAME_HEADER_DESCRIPTOR:
        this.#readDescriptor(octet);
        return true;
      case BLOCK_HEADER:
        if (this.#gather(octet, BLOCK_HEADER_OCTETS)) this.#readBlockHeader(this.#number);
        return true;
      default:
        if (this.#gather(octet, FRAME_SIZE_OCTETS)) this.#await(MAGIC_NUMBER, this.#number);
        return true;
    }
  }

  #readMagic(octet: number): boolean {
    const first = this.#octets === 0;
    if (first) this.#magic = octet === ZSTANDARD_MAGIC[0] ? ZSTANDARD_MAGIC : SKIPPABLE_MAGIC;
    const skippable = this.#magic === SKIPPABLE_MAGIC;
    if ((first && skippable ? octet & 0xf0 : octet) !== this.#magic[this.#octets]) return false;
    this.#begun = true;
    if (this.#gather(octet, this.#magic.length))
      this.#await(skippable ? FRAME_SIZE : FRAME_HEADER_DESCRIPTOR, 0);
    return true;
  }

  // Frame_Content_Size_flag 7-6 | Single_Segment_flag 5 | 4-3 | Content_Checksum_flag 2 | Dictionary_ID_flag 1-0
  // A single segment has no window, and always a size: of one octet where its flag is 0.
  #readDescriptor(octet: number): void {
    const windowOrSize = (octet & 0x20) === 0 || octet >> 6 === 0 ? 1 : 0;
    this.#checksumOctets = (octet & 4) === 0 ? 0 : CHECKSUM_OCTETS;
    this.#await(
      BLOCK_HEADER,
      windowOrSize + DICTIONARY_ID_OCTETS[octet & 3] + CONTENT_SIZE_OCTETS[octet >> 6],
    );
  }

  // Block_Size 23-3 | Block_Type 2-1 | Last_Block 0
  #readBlockHeader(header: number): void {
    const content = ((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3;
    if ((header & 1) === 0) this.#await(BLOCK_HEADER, content);
    else this.#await(MAGIC_NUMBER, content + this.#checksumOctets);
  }

  /** Adds an octet to the field being read. Returns whether that was its last one. */
  #gather(octet: number, length: number): boolean {
    this.#number += octet * 2 ** (8 * this.#octets);
    this.#octets++;
    return this.#octets === length;
  }

  #await(state: number, passing: number): void {
    this.#state = state;
    this.#passing = passing;
    this.#octets = 0;
    this.#number = 0;
  }
}
