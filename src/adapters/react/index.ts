/**
 * Pages that React renders, as replies. React is not imported: its streams are given.
 * @module
 */
export { react, type ReactOptions } from "./react.ts";
export { type ReactHooks } from "./rendering.ts";
export { type ReactPipeableStream, type ReactReadableStream } from "./react-stream.ts";
