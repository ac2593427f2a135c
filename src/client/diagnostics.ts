import { type Channel, channel } from "node:diagnostics_channel";

/**
 * Events for whoever watches, by node:diagnostics_channel; each is published only while somebody has subscribed. Redirects, and requests
 * that are sent once more, are told of one by one.
 *
 * | channel | message |
 * |---|---|
 * | `sluice:client:request` | `{ url, head }`: the head of a request as it was written, credentials among it |
 * | `sluice:client:response` | `{ url, httpVersion, status, reason, headers }`: the head of a response, interim ones (1xx) among them |
 */
export const diagnostics: Readonly<Record<"request" | "response", Channel>> = {
  request: channel("sluice:client:request"),
  response: channel("sluice:client:response"),
};
