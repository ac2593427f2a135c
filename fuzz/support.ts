// What fuzz/*.mjs take from the tests, in one file for esbuild.
export { decodeAllTexts, OCTETS } from "../test/http1/exhaustive.ts";
export { mutate, randomBelow } from "../test/http1/mutations.ts";
export { toNotation } from "../test/http1/notation.ts";
export { referenceDecode } from "../test/http1/reference-decoder.ts";
export { parseWireCases } from "../test/http1/wire-cases.ts";
