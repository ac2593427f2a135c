import { sha256 } from "./sha256.js";
import { item } from "./view-lines.js";

/** Reads a text, and compares its digest with the one in the header. */
export async function openVerify(card, link, signal) {
  const list = card.querySelector("ol.well");
  list.replaceChildren();
  const begun = performance.now();
  const response = await fetch(link.href, { signal, cache: "no-store" });
  const said = response.headers.get("repr-digest");
  list.append(item(`< Repr-Digest: ${said}`, performance.now() - begun));
  const bytes = new Uint8Array(await response.arrayBuffer());
  for (const line of new TextDecoder().decode(bytes).trimEnd().split("\n")) list.append(item(`< ${line}`));
  const found = `sha-256=:${btoa(String.fromCharCode(...(await sha256(bytes))))}:`;
  list.append(item(`* what came has ${found}`));
  if (!said.split(/,\s*/).includes(found)) throw new Error("refused, this is not what was sent");
  return "Verified";
}
