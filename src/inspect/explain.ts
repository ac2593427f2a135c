import { explainChunks, explainUnfinishedChunks } from "./explain-chunks.ts";
import { explainFraming } from "./explain-framing.ts";
import { explainHead, explainUnfinishedHead } from "./explain-head.ts";
import { explainShort, explainSurplus } from "./explain-length.ts";
import type { FaultScene } from "./fault-scene.ts";

/**
 * What has probably happened, as a sentence without a full stop; undefined where there is no telling. The strict parsers have said that
 * something is wrong: this only guesses at why, and nothing depends on it.
 */
export function explain(scene: FaultScene): string | undefined {
  const { fault, phase, head, chunk } = scene;
  if (fault.code === "ERR_SLUICE_CONNECTION_LOST")
    return scene.how === "reset"
      ? "The connection was reset before a byte of a response came"
      : "The connection ended before a byte of a response came";
  if (fault.code === "ERR_SLUICE_TRUNCATED") {
    if (phase === "head") return explainUnfinishedHead(scene);
    if (phase === "chunked") return explainUnfinishedChunks(scene, chunk!);
    return explainShort(scene);
  }
  if (phase === "after") return explainSurplus(scene);
  if (head === undefined) return explainHead(scene);
  if (chunk === undefined) return explainFraming(scene, head);
  return explainChunks(scene, chunk);
}
