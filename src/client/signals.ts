import { defaultMaxListeners, getMaxListeners, setMaxListeners } from "node:events";

/** Lets one signal stop any number of requests: more than ten listeners are taken for a leak where nobody says otherwise. */
export function allowManyListeners(signal: AbortSignal): void {
  if (getMaxListeners(signal) === defaultMaxListeners) setMaxListeners(Infinity, signal);
}
