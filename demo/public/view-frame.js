/**
 * Shows a page in the card's frame: the browser itself renders what has arrived. Resolves when the page has loaded, which is all that
 * a browser tells: it takes a page that was cut off for one that is complete. A card without an end stays open until it is closed.
 */
export function openFrame(card, link, signal) {
  const frame = card.querySelector("iframe");
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      // Stops the request and keeps what has come so far on show.
      frame.contentWindow.stop();
      reject(new Error("stopped"));
    });
    if (!("endless" in card.dataset))
      frame.addEventListener("load", () => resolve("Loaded"), { once: true, signal });
    frame.src = link.href;
  });
}
