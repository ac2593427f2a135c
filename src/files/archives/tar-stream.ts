import { timeOf } from "./archive-entry.ts";
import { ArchiveNames } from "./archive-names.ts";
import { awaited, Coalescer } from "./archive-output.ts";
import { discardSource, isRangeSource } from "./archive-source.ts";
import { ArchiveStream, type Entries, EntryList, readEntry, Underway } from "./archive-stream.ts";
import {
  type CheckedTarEntry,
  checkTarEntry,
  tarHeadOf,
  type TarEntry,
  type TarOptions,
} from "./tar-entry.ts";
import { END_SIZE, paddingSize, tarHead } from "./tar-records.ts";

/**
 * A tar archive, made while it is read: one entry at a time, and no faster than somebody reads. Names, links and sizes that a ustar
 * header can't hold stand in a pax header in front of it.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_ENTRY` for options; reading it throws what {@link checkTarEntry} does,
 * `ERR_SLUICE_ARCHIVE_MISMATCH`, `ERR_SLUICE_BODY_SOURCE`, and what a source throws
 */
export function tarStream(
  entries: Entries<TarEntry>,
  options: TarOptions = {},
): AsyncIterableIterator<Uint8Array> {
  if (options.modified !== undefined) timeOf(options.modified);
  const underway = new Underway();
  const list = underway.add(new EntryList(entries));
  return new ArchiveStream(underway, () => writeTar(list, options, underway));
}

async function* writeTar(
  list: EntryList<TarEntry>,
  options: TarOptions,
  underway: Underway,
): AsyncGenerator<Uint8Array, void> {
  const out = new Coalescer();
  const names = new ArchiveNames();
  const check = (entry: TarEntry): CheckedTarEntry => checkTarEntry(entry, names, options);
  for (;;) {
    const entry = list.take(yield* awaited(list.next(), out), check);
    if (underway.stopped) return;
    if (entry === undefined) break;
    const { content, source } = entry;
    out.add(tarHead(tarHeadOf(entry)));
    if (content === undefined) {
      try {
        yield* readEntry(entry, out, underway);
      } finally {
        if (isRangeSource(source)) discardSource(source);
      }
      if (underway.stopped) return;
    } else {
      out.add(content);
    }
    out.add(new Uint8Array(paddingSize(entry.size)));
    yield* out.pieces();
  }
  underway.delete(list);
  out.add(new Uint8Array(END_SIZE));
  yield* out.flushed();
}
