import { Digester } from "../content/digester.ts";
import { UsageError } from "../errors.ts";
import { chooseDigest, type DigestAlgorithm, formatDigests } from "../semantics/digest-fields.ts";
import type { BodyPiece } from "./piece.ts";
import type { Reply } from "./reply.ts";
import type { RequestView } from "./resource.ts";

/** In the order of preference where the reader has none. */
const ALGORITHMS: readonly DigestAlgorithm[] = ["sha-256", "sha-512"];

/** The digest fields of one reply to one reader (RFC 9530), computed while its body goes by. */
export class ReplyDigests {
  readonly #algorithm: DigestAlgorithm | undefined;
  readonly #fields: readonly string[];
  readonly #digesters: readonly Digester[];

  private constructor(algorithm: DigestAlgorithm | undefined, fields: readonly string[], md5: boolean) {
    this.#algorithm = algorithm;
    this.#fields = fields;
    const names = [...(algorithm === undefined ? [] : [algorithm]), ...(md5 ? (["md5"] as const) : [])];
    this.#digesters = names.map((name) => new Digester(name));
  }

  /**
   * The digests that a reply asks for, and its reader wants; undefined for none.
   * @throws UsageError `ERR_SLUICE_OPTION` for an algorithm that is not offered, those that are broken among them
   */
  static for(reply: Reply, status: number, request: RequestView): ReplyDigests | undefined {
    const { digest, contentMd5 = false } = reply;
    if (digest === undefined && !contentMd5) return undefined;
    if (digest !== undefined && digest !== "wanted" && !ALGORITHMS.includes(digest))
      throw new UsageError("ERR_SLUICE_OPTION", { found: `digest: ${JSON.stringify(digest)}` });
    // A refusal that stands in the reply's place has nothing to be verified.
    if (status !== reply.status) return undefined;
    const wanted = {
      "Content-Digest": chooseDigest(request.headers.get("want-content-digest"), ALGORITHMS),
      "Repr-Digest": chooseDigest(request.headers.get("want-repr-digest"), ALGORITHMS),
    };
    const preferred = wanted["Repr-Digest"] ?? wanted["Content-Digest"];
    const algorithm = digest === "wanted" || digest === undefined ? preferred : (preferred ?? digest);
    // Of a part of the representation the whole's digest isn't known here.
    const fields =
      status === 206 ? (["Content-Digest"] as const) : (["Content-Digest", "Repr-Digest"] as const);
    const chosen = fields.filter((field) => digest !== "wanted" || wanted[field] !== undefined);
    if (digest === undefined || algorithm === undefined || chosen.length === 0)
      return contentMd5 ? new ReplyDigests(undefined, ["Content-MD5"], true) : undefined;
    return new ReplyDigests(algorithm, contentMd5 ? [...chosen, "Content-MD5"] : chosen, contentMd5);
  }

  /** The names of the fields. */
  get names(): readonly string[] {
    return this.#fields;
  }

  /** The algorithm, to be announced before a body whose digest follows it: the reader can compute it while reading. */
  get algorithm(): DigestAlgorithm | undefined {
    return this.#algorithm;
  }

  /** The next piece of the body. */
  update(piece: BodyPiece): void {
    for (const digester of this.#digesters) digester.update(piece);
  }

  /** The fields, once everything has gone by. Called once. */
  values(): [name: string, value: string][] {
    const digests = this.#digesters.map((digester) => digester.base64());
    return this.#fields.map((name) => {
      if (name === "Content-MD5") return [name, digests[digests.length - 1]];
      return [name, formatDigests([[this.#algorithm!, digests[0]]])];
    });
  }
}
