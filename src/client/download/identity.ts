import type { Fields } from "../../semantics/fields.ts";
import { listHas } from "../../semantics/lists.ts";
import { codingOf } from "./answer.ts";
import { strongValidator, type Validator } from "./validator.ts";

/** What is known of the representation that is being fetched. */
export interface Identity {
  /** Undefined where no two responses can be known to belong together. */
  readonly validator: Validator | undefined;
  /** The entity tag, a weak one too. */
  readonly etag: string | undefined;
  /** Octets in all, where its first response says it. */
  readonly size: number | undefined;
  /** Its content coding in lower case, empty for none. */
  readonly coding: string;
  /** Whether the server sends parts of it. */
  readonly ranged: boolean;
}

/** What the first response says of its representation. @param part whether it has a part of it */
export function identityOf(headers: Fields, size: number | undefined, part: boolean): Identity {
  return {
    validator: strongValidator(headers),
    etag: headers.get("etag"),
    size,
    coding: codingOf(headers),
    ranged: part || listHas(headers.get("accept-ranges"), "bytes"),
  };
}
