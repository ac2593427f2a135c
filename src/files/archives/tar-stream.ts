import { isThenable } from "../../reply/piece.ts";
import { timeOf } from "./archive-entry.ts";
import { ArchiveNames } from "./archive-names.ts";
import { Coalescer } from "./archive-output.ts";
import { flushed, type PlannedEntry } from "./archive-plan.ts";
import { discardSource, EntryReader, isRangeSource, reallyWaits } from "./archive-source.ts";
import { ArchiveStream, type Entries, EntryList, Underway } from "./archive-stream.ts";
import { checkTarEntry, tarHeadOf, type TarEntry, type TarOptions } from "./tar-entry.ts";
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
  for (;;) {
    const next = list.next();
    if (isThenable(next) && out.holds && (await reallyWaits(next))) yield* flushed(out);
    const { done, value } = isThenable(next) ? await next : next;
    if (underway.stopped) return;
    if (done === true) break;
    const entry = checkTarEntry(value, names, options);
    out.add(tarHead(tarHeadOf(entry)));
    if (entry.content === undefined) yield* readSource(entry, out, underway);
    else out.add(entry.content);
    if (underway.stopped) return;
    out.add(new Uint8Array(paddingSize(entry.size)));
    for (let piece = out.shift(); piece !== undefined; piece = out.shift()) yield piece;
  }
  underway.delete(list);
  out.add(new Uint8Array(END_SIZE));
  yield* flushed(out);
}

async function* readSource(
  { source, name, size }: PlannedEntry,
  out: Coalescer,
  underway: Underway,
): AsyncGenerator<Uint8Array, void> {
  const reader = underway.add(new EntryReader({ source, name, size }));
  try {
    for (;;) {
      const next = reader.next();
      if (isThenable(next) && out.holds && (await reallyWaits(next))) yield* flushed(out);
      const octets = isThenable(next) ? await next : next;
      if (underway.stopped) return;
      if (octets === undefined) break;
      out.add(octets);
      for (let piece = out.shift(); piece !== undefined; piece = out.shift()) yield piece;
    }
    underway.delete(reader);
  } finally {
    if (isRangeSource(source)) discardSource(source);
  }
}
