/** The files of a ZIP archive that holds them as they are, by its central directory (APPNOTE 4.3.12 and 4.3.16). */
export function* storedFiles(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // There is no comment, so the end record is the last 22 octets.
  const end = bytes.length - 22;
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let entry = 0; entry < count; entry++) {
    const size = view.getUint32(at + 20, true);
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const head = view.getUint32(at + 42, true);
    const start = head + 30 + view.getUint16(head + 26, true) + view.getUint16(head + 28, true);
    yield {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)),
      bytes: bytes.subarray(start, start + size),
    };
    at += 46 + name + extra + comment;
  }
}
