/**
 * Handlers of Sluice for hosts that speak fetch, and applications that speak fetch on Sluice's server. No module of Node's is imported.
 * @module
 */
export { type FetchEnv, fromFetch, type FromFetchOptions } from "./from-fetch.ts";
export { type FetchOptions, toFetch, toResponse, type ToResponseOptions } from "./to-fetch.ts";
export { type ExchangeLimits } from "../../exchange/options.ts";
