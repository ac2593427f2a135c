import { html, type Reply, type Request, sse, type ServerEvent } from "sluice";
import { boundedNumber } from "../query.ts";
import type { Demo, Room } from "../room.ts";

const ANSWER =
  "A sluice is a gate that lets water through as fast as the other side can take it. The keeper opens it by a hand, " +
  "watches the level below, and opens it further, or closes it again. Nothing is stored behind the gate that need not " +
  "be, and nobody below has to guess whether more will come: when the gate is shut, it is shut with a sound that can be " +
  "heard. A stream of tokens is the same. Each word leaves when the model has it, packed or not, and the last event says " +
  "that it was the last.";

/** Words with the space before them, and marks of punctuation, as a tokenizer would have it. */
const TOKENS = ANSWER.match(/ ?\w+|[.,:]/g)!;

/** Each token in an event as language models wrap it, with more around it than in it. */
async function* answer(request: Request, demo: Demo): AsyncGenerator<ServerEvent, void> {
  const pace = boundedNumber(request, "pace", { min: 0, max: 1000, otherwise: 60 });
  const label = isPlain(request) ? "plain" : "coded";
  for (const [index, token] of TOKENS.entries()) {
    const choices = [{ index: 0, delta: { content: token }, finish_reason: null }];
    yield {
      data: { id: "cmpl-keeper-7", object: "completion.chunk", model: "keeper-1", seq: index, choices },
    };
    await demo.pause(request, pace, label);
  }
  yield { event: "done", data: { tokens: TOKENS.length } };
}

function isPlain(request: Request): boolean {
  return request.query.get("coding") === "identity";
}

function tokens(request: Request, demo: Demo): Reply {
  return sse(() => answer(request, demo), isPlain(request) ? { compress: false } : {});
}

export const tokensRoom: Room = {
  name: "tokens",
  title: "Tokens of a language model",
  shows: html`The same events twice, compressed and not, each token with the time when it came. The coder is
    flushed behind each, so both arrive together, and what was on the wire is a fraction.`,
  view: "tokens",
  starts: [{ label: "Ask the model", path: "/tokens" }],
  commands: (origin) => [
    `curl -N --compressed ${origin}/tokens`,
    `curl -N '${origin}/tokens?coding=identity'`,
  ],
  routes: {
    "GET /tokens": tokens,
  },
};
