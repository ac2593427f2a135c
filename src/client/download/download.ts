import { AbortedError, CorruptError, ProtocolError } from "../../errors.ts";
import { Fields } from "../../semantics/fields.ts";
import { request } from "../client.ts";
import type { ClientResponse } from "../response.ts";
import type { Identity } from "./identity.ts";
import { JournalKeeper } from "./journal-keeper.ts";
import { type DownloadOptions, type DownloadSettings, settleDownload } from "./options.ts";
import { Part } from "./part.ts";
import { type Again, Pass, type PassHost } from "./pass.ts";
import { Plan } from "./plan.ts";
import { ProgressReporter } from "./progress.ts";
import { RangeSet } from "./range-set.ts";
import { Tries } from "./tries.ts";
import { type Tuning, TUNING } from "./tuning.ts";
import { type VerifiedDigest, Verification } from "./verification.ts";

/** What a download has come to. */
export interface DownloadResult {
  /** Where the file is, absolute. */
  readonly path: string;
  /** Octets. */
  readonly size: number;
  /** The most connections that were in use at once. */
  readonly connections: number;
  /** Octets that were there before, of an earlier download; 0 where it had to begin again. */
  readonly resumed: number;
  /** Why octets that were there had to be fetched again; undefined where they had not. */
  readonly restarted: string | undefined;
  /** What the file was checked against, undefined where there was nothing: by the caller's checksum, or by a digest of the server's. */
  readonly digest: VerifiedDigest | undefined;
  /** The entity tag, weak or strong. */
  readonly etag: string | undefined;
  /** The content coding that the file is in, since the server has sent no other one; undefined for none. */
  readonly coding: string | undefined;
}

/** Versions of the file that one download begins with. */
const MOST_VERSIONS = 4;

/**
 * Fetches a file, over several connections where that helps, and has it at `path` once it is whole: before, it is `path.part`, with
 * `path.part.journal` beside it, from which a later call goes on after a cut, a crash or an abort. Octets of two versions never get
 * into one file. Transfers that are cut are taken up by themselves. What stands at `path` is replaced.
 * @param path a path, or a `file:` URL; its folder is there
 * @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_URL`, `ERR_SLUICE_DOWNLOAD_LOCKED`, `ERR_SLUICE_DOWNLOAD_FOLDER`,
 * `ERR_SLUICE_DOWNLOAD_FORBIDDEN`, `ERR_SLUICE_DOWNLOAD_KIND`
 * @throws StatusError for a status that trying again won't change, or hasn't; TruncatedError, EndedError and ProtocolError, as of
 * a request, once the attempts are used up
 * @throws CorruptError `ERR_SLUICE_DIGEST_MISMATCH`: the file is `path.corrupt`
 * @throws ProtocolError `ERR_SLUICE_DIGEST_MISSING`, `ERR_SLUICE_DOWNLOAD_CHANGED`, `ERR_SLUICE_CONTENT_RANGE`
 * @throws EndedError `ERR_SLUICE_DISK_FULL`, `ERR_SLUICE_DISK`; AbortedError `ERR_SLUICE_ABORTED` by the signal
 */
export function download(
  url: string | URL,
  path: string | URL,
  options: DownloadOptions = {},
): Promise<DownloadResult> {
  return downloadTuned(url, path, options, {});
}

/** @internal A download with something set that callers can't set. */
export async function downloadTuned(
  url: string | URL,
  path: string | URL,
  options: DownloadOptions,
  tuning: Partial<Tuning>,
): Promise<DownloadResult> {
  const settings = settleDownload(url, path, options);
  throwIfAborted(settings.signal);
  const settled = { ...TUNING, ...tuning };
  const part = await Part.claim(settings.path, settled);
  try {
    return await new Download(settings, settled, part).run();
  } finally {
    await part.release();
  }
}

class Download implements PassHost {
  readonly tuning: Tuning;
  readonly tries: Tries;
  readonly connections: number;
  readonly verify: boolean;
  readonly #settings: DownloadSettings;
  readonly #part: Part;
  readonly #verification: Verification;
  readonly #journal: JournalKeeper;
  readonly #progress: ProgressReporter;
  #pass: Pass | undefined;
  #received = 0;
  #resumed = 0;
  #restarted: string | undefined;

  constructor(settings: DownloadSettings, tuning: Tuning, part: Part) {
    this.#settings = settings;
    this.#part = part;
    this.tuning = tuning;
    this.tries = new Tries(settings.attempts, tuning.backoff);
    this.connections = settings.connections;
    this.verify = settings.verify !== false;
    this.#verification = new Verification(settings.checksum, settings.verify);
    this.#journal = new JournalKeeper(part, settings.place, tuning, this.#verification);
    this.#progress = new ProgressReporter(settings.onProgress, performance.now());
  }

  async run(): Promise<DownloadResult> {
    const { signal } = this.#settings;
    const onAbort = (): void => this.#pass?.fail(aborted(signal));
    signal?.addEventListener("abort", onAbort);
    try {
      const connections = await this.#fetch();
      const digest = await this.#check();
      await this.#part.complete();
      this.#report(true);
      return this.#result(connections, digest);
    } catch (error) {
      await this.#journal.keep(error);
      this.#report(true);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  // What a pass asks

  send(fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ClientResponse> {
    const { url, client, headers, request: options } = this.#settings;
    const all = Fields.from(headers);
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    return request(url, { ...options, client, signal, headers: all, decode: false, verify: false });
  }

  async begin(identity: Identity, headers: Fields): Promise<void> {
    this.#verification.begin(headers);
    if (identity.coding !== "")
      this.note(`the server sends the file in the coding ${identity.coding}, although it was asked for none`);
    await this.#journal.begin(identity);
  }

  expect(section: Fields, whole: boolean): boolean {
    return this.#verification.expect(section, whole);
  }

  readonly write = async (pieces: readonly Uint8Array[], position: number): Promise<void> => {
    const pass = this.#pass!;
    this.#verification.update(pieces, position);
    let octets = 0;
    for (const piece of pieces) octets += piece.length;
    try {
      await this.#part.file.write(pieces, position);
      pass.plan.done.add(position, position + octets);
    } catch (error) {
      // Who is waiting for octets would notice only with the next write.
      pass.fail(error);
      throw error;
    }
  };

  arrived(octets: number): void {
    this.#received += octets;
    this.#progress.count(octets, performance.now());
  }

  revoked(octets: number): void {
    this.#received -= octets;
  }

  note(text: string): void {
    this.#progress.note(text);
  }

  // The course of it

  /** Fetches until all of one version is there, looking after everything meanwhile. Returns the most connections that were in use. */
  async #fetch(): Promise<number> {
    const timer = setInterval(() => this.#tick(), this.tuning.tick);
    try {
      return await this.#fetchVersions();
    } finally {
      clearInterval(timer);
      await this.#journal.settled();
    }
  }

  async #fetchVersions(): Promise<number> {
    let { plan, identity } = await this.#takeUp();
    let again: Again | undefined;
    let connections = 0;
    for (let versions = 1; ;) {
      throwIfAborted(this.#settings.signal);
      this.#pass = new Pass(this, plan, identity, again);
      this.#journal.follow(this.#pass);
      again = await this.#pass.run();
      connections = Math.max(connections, this.#pass.connections);
      if (again === undefined) return connections;
      if (this.#received > 0) this.#restarted = again.reason;
      this.note(`beginning again: ${again.reason}`);
      if (again.changed && ++versions > MOST_VERSIONS) {
        again.opened?.abort.abort();
        throw new ProtocolError("ERR_SLUICE_DOWNLOAD_CHANGED", { found: again.reason });
      }
      plan = new Plan(undefined);
      identity = undefined;
      this.#received = 0;
      this.#resumed = 0;
    }
  }

  /** What an earlier download has left. */
  async #takeUp(): Promise<{ plan: Plan; identity: Identity | undefined }> {
    const { resume, place } = this.#settings;
    const left = resume ? await this.#part.load(place) : undefined;
    if (left === undefined || "fault" in left) {
      if (left !== undefined) {
        this.#restarted = left.fault;
        this.note(`beginning again: ${left.fault}`);
      }
      return { plan: new Plan(undefined), identity: undefined };
    }
    const { validator, size, coding, digests } = left;
    const done = new RangeSet(left.done);
    // Where nothing is missing, the last octet is fetched once more: whether the file is still the same, only a response can tell.
    if (done.octets === size) done.remove(size - 1, size);
    this.#resumed = done.octets;
    this.#received = done.octets;
    this.#verification.resume(digests);
    const etag = "etag" in validator ? validator.etag : undefined;
    return { plan: new Plan(size, done), identity: { validator, etag, size, coding, ranged: true } };
  }

  /** Whether the file is what its digests say. One that isn't is moved to where nobody takes it for what it is not. */
  async #check(): Promise<VerifiedDigest | undefined> {
    const { signal } = this.#settings;
    try {
      return await this.#verification.check(this.#part.file, this.#pass!.plan.size!, signal);
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof CorruptError) await this.#part.setAside();
      throw error;
    }
  }

  #result(connections: number, digest: VerifiedDigest | undefined): DownloadResult {
    const { etag, coding } = this.#pass!.identity!;
    return {
      path: this.#settings.path,
      size: this.#pass!.plan.size!,
      connections,
      resumed: this.#resumed,
      restarted: this.#restarted,
      digest,
      etag,
      coding: coding === "" ? undefined : coding,
    };
  }

  #tick(): void {
    this.#pass?.schedule();
    this.#report(false);
    this.#journal.tick();
  }

  #report(last: boolean): void {
    if (this.#pass !== undefined)
      this.#progress.report(this.#received, this.#pass.plan, performance.now(), last);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

function aborted(signal: AbortSignal | undefined): AbortedError {
  return new AbortedError("ERR_SLUICE_ABORTED", { cause: signal?.reason });
}
