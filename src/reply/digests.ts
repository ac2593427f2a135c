import { CAN_DIGEST, Digester } from "../content/digester.ts";
import { UsageError } from "../errors.ts";
import {
  chooseDigest,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  formatDigests,
} from "../semantics/digest-fields.ts";
import type { BodyPiece } from "./piece.ts";
import type { Reply } from "./reply.ts";
import type { RequestView } from "./resource.ts";

const MD5 = "Content-MD5";

/** The digest fields of one reply to one reader (RFC 9530), computed while its body goes by. */
export class ReplyDigests {
  /** The algorithm of Content-Digest and Repr-Digest, where one of them is among the fields. */
  readonly algorithm: DigestAlgorithm | undefined;
  /** The names of the fields. */
  readonly names: readonly string[];
  readonly #digester: Digester | undefined;
  readonly #md5: Digester | undefined;

  private constructor(algorithm: DigestAlgorithm | undefined, fields: readonly string[]) {
    this.algorithm = algorithm;
    this.names = fields;
    if (algorithm !== undefined) this.#digester = new Digester(algorithm);
    if (fields.includes(MD5)) this.#md5 = new Digester("md5");
  }

  /**
   * The digests that a reply asks for, and its reader wants; undefined for none.
   * @throws UsageError `ERR_SLUICE_OPTION` for an algorithm that is not offered, those that are broken among them
   */
  static for(reply: Reply, status: number, request: RequestView): ReplyDigests | undefined {
    const { digest, contentMd5 = false } = reply;
    if (digest === undefined && !contentMd5) return undefined;
    if (digest !== undefined && digest !== "wanted" && !DIGEST_ALGORITHMS.includes(digest))
      throw new UsageError("ERR_SLUICE_OPTION", { found: `digest: ${JSON.stringify(digest)}` });
    // They are an extra: where they can't be had a reply goes without, as a reader that can't check them would read it.
    if (!CAN_DIGEST) return undefined;
    // A refusal that stands in the reply's place has nothing to be verified.
    if (status !== reply.status) return undefined;
    // Of a part of the representation the whole's digest isn't known here.
    const fields = status === 206 ? ["Content-Digest"] : ["Content-Digest", "Repr-Digest"];
    const preferences = fields.map((field) =>
      chooseDigest(request.headers.get(`want-${field}`), DIGEST_ALGORITHMS),
    );
    const preferred = preferences.findLast((algorithm) => algorithm !== undefined);
    const md5 = contentMd5 ? [MD5] : [];
    if (digest === undefined || (digest === "wanted" && preferred === undefined))
      return contentMd5 ? new ReplyDigests(undefined, md5) : undefined;
    const chosen = fields.filter((_, at) => digest !== "wanted" || preferences[at] !== undefined);
    const algorithm = preferred ?? (digest as DigestAlgorithm);
    return new ReplyDigests(algorithm, [...chosen, ...md5]);
  }

  /** The next piece of the body. */
  update(piece: BodyPiece): void {
    this.#digester?.update(piece);
    this.#md5?.update(piece);
  }

  /** The fields, once everything has gone by. Called once. */
  values(): [name: string, value: string][] {
    const digest =
      this.#digester === undefined ? "" : formatDigests([[this.algorithm!, this.#digester.base64()]]);
    const md5 = this.#md5?.base64() ?? "";
    return this.names.map((name) => [name, name === MD5 ? md5 : digest]);
  }
}
