import type { BodyFraming } from "../http1/body-framing.ts";
import type { FramingRow } from "./rows.ts";
import { bytesOf } from "./wording.ts";

/** Which step of RFC 9112 section 6.3 has found the framing of a response, and why, as a sentence. */
export function framingWords(
  framing: BodyFraming,
  method: string,
  status: number,
): Pick<FramingRow, "step" | "words"> {
  switch (framing.kind) {
    case "none": {
      const why = method === "HEAD" ? "a response to HEAD" : `a response with status ${status}`;
      return { step: 1, words: `No body: ${why} ends with its head` };
    }
    case "tunnel":
      return { step: 2, words: "A tunnel: behind a 2xx to CONNECT nothing is HTTP any more" };
    case "chunked":
      return { step: 4, words: "Chunked: Transfer-Encoding says so, and the last chunk ends the body" };
    case "length":
      return { step: 6, words: `Content-Length: the body ends after ${bytesOf(framing.length)}` };
    default: // Until the close.
      return {
        step: 8,
        words:
          "Until the close: there is neither Transfer-Encoding nor Content-Length, so the body ends with the connection",
      };
  }
}
