// The live views. Nothing runs before somebody opens its gate.
import { openBytes } from "./view-bytes.js";
import { openFrame } from "./view-frame.js";
import { openLines } from "./view-lines.js";
import { openResume } from "./view-resume.js";
import { openTokens } from "./view-tokens.js";
import { openVerify } from "./view-verify.js";

const VIEWS = {
  frame: openFrame,
  lines: openLines,
  wire: openLines,
  bytes: openBytes,
  resume: openResume,
  verify: openVerify,
  tokens: openTokens,
};

for (const card of document.querySelectorAll(".card")) {
  const closeButton = card.querySelector("button.close");
  const said = card.querySelector(".state");
  let running;

  const show = (state, sentence) => {
    card.dataset.state = state;
    said.textContent = sentence;
    closeButton.hidden = state !== "open";
  };

  const start = async (link) => {
    running?.abort();
    const mine = (running = new AbortController());
    show("open", "");
    const begun = performance.now();
    let state = "complete";
    let sentence;
    try {
      const open = VIEWS[link.dataset.view ?? card.dataset.view];
      sentence = `${await open(card, link, mine.signal)} in ${seconds(begun)}.`;
    } catch (error) {
      state = mine.signal.aborted ? "closed" : "broken";
      sentence = mine.signal.aborted
        ? `You closed the gate after ${seconds(begun)}.`
        : `Broken off: ${error.message}`;
    }
    if (running === mine) show(state, sentence);
  };

  for (const link of card.querySelectorAll("a.button")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void start(link);
    });
  }
  closeButton.addEventListener("click", () => {
    running.abort();
    card.querySelector("a.button").focus();
  });
}

function seconds(begun) {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}
