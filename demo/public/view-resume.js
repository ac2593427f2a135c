import { sha256 } from "./sha256.js";
import { storedFiles } from "./stored-zip.js";
import { item } from "./view-lines.js";

const shown = new Set();

/** Downloads a file whole, then half of it, then the rest by a range, compares, and shows the photos in what was put together. */
export async function openResume(card, link, signal) {
  const list = card.querySelector("ol.well");
  list.replaceChildren();
  for (const url of shown) URL.revokeObjectURL(url);
  shown.clear();
  const begun = performance.now();
  const tell = (line) => {
    list.append(item(line, performance.now() - begun));
    list.scrollTop = list.scrollHeight;
  };
  const get = async (options) => {
    const response = await fetch(link.href, { signal, cache: "no-store", ...options });
    const { status, headers } = response;
    const range = headers.get("content-range");
    tell(
      `< ${status}, ${headers.get("content-length")} bytes${range === null ? "" : `, Content-Range: ${range}`}`,
    );
    return response;
  };

  tell("> the whole archive");
  const response = await get({});
  const etag = response.headers.get("etag");
  const whole = new Uint8Array(await response.arrayBuffer());
  const wanted = hex(await sha256(whole));
  tell(`* SHA-256 ${wanted}`);

  tell("> the same again, to be cut in the middle");
  const half = await firstHalf(get, signal);
  tell(`* cut after ${half.length} bytes`);

  tell(`> Range: bytes=${half.length}-, If-Range: ${etag}`);
  const rest = await get({ headers: { Range: `bytes=${half.length}-`, "If-Range": etag } });
  if (rest.status !== 206) throw new Error(`status ${rest.status} for a range`);
  const joined = new Uint8Array(await new Blob([half, await rest.arrayBuffer()]).arrayBuffer());
  const found = hex(await sha256(joined));
  tell(`* SHA-256 ${found}`);
  if (found !== wanted) throw new Error("the two archives differ");

  tell("* the photos in it:");
  list.append(strip(joined));
  list.scrollTop = list.scrollHeight;
  return "Both are the same; done";
}

/** The first half, of a download that is broken off there. What the browser has read beyond the middle counts as lost. */
async function firstHalf(get, signal) {
  const cutter = new AbortController();
  const response = await get({ signal: AbortSignal.any([signal, cutter.signal]) });
  const enough = Math.floor(Number(response.headers.get("content-length")) / 2);
  const pieces = [];
  let length = 0;
  const reader = response.body.getReader();
  while (length < enough) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  cutter.abort();
  return new Uint8Array(await new Blob(pieces).slice(0, enough).arrayBuffer());
}

function strip(archive) {
  const element = document.createElement("li");
  element.className = "strip";
  for (const { name, bytes } of storedFiles(archive)) {
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    shown.add(url);
    const image = document.createElement("img");
    image.src = url;
    image.alt = name;
    element.append(image);
  }
  return element;
}

function hex(bytes) {
  return [...bytes].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
