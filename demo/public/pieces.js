/**
 * The pieces of a response as they arrive, each with the milliseconds since the request. A body that is cut off throws: reading
 * to the end means that it is complete.
 */
export async function* readPieces(url, signal, headers = {}) {
  const begun = performance.now();
  const response = await fetch(url, { signal, headers, cache: "no-store" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield { bytes: value, after: performance.now() - begun };
  }
}
