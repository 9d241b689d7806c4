/** Scores of an epoch on its validation rows, those of the user's own among them. */
import { show } from "../ground/check.js";
import { activateOutputs, forwardPass } from "../net/passes.js";
import type { EpochReport, ValidationScores } from "./history.js";
import { type Network, type Scored, type Slices, scorePieces } from "./scoring.js";
import type { ScoreMonitor } from "./watch.js";

/** As {@link scorePieces}, with the scores of the user's own. */
export function* validationPieces(
  network: Network,
  data: Scored,
  own: readonly ScoreMonitor[],
  slices: Slices,
): Generator<number, ValidationScores> {
  const scores: Record<string, number> = { ...(yield* scorePieces(network, data, slices)) };
  // Whatever the names are: "__proto__" is one.
  const add = (name: string, value: number) =>
    Object.defineProperty(scores, name, { value, writable: true, enumerable: true, configurable: true });
  let failure: ValidationScores["failure"];
  const outputs = own.length > 0 ? yield* outputPieces(network, data, slices) : new Float32Array();
  for (const { name, score } of own) {
    try {
      add(name, checkScore(name, score(data.y, outputs)));
    } catch (error) {
      failure ??= { error };
    }
  }
  return { scores: scores as EpochReport["validation"], failure };
}

function checkScore(name: string, value: unknown): number {
  if (Number.isFinite(value)) return value as number;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  throw new Kind(
    `fit: the score ${show(name)} must be a finite number, got ${show(value)}. The model keeps what it has learned.`,
  );
}

/** What `predictProba` gives for the rows of a dataset, piece by piece. */
function* outputPieces(network: Network, data: Scored, slices: Slices): Generator<number, Float32Array> {
  const { layout, sizes, outputs } = network;
  const width = sizes[sizes.length - 1];
  const all = new Float32Array(data.rows * width);
  for (let from = 0; from < data.rows; from += layout.rows) {
    const count = Math.min(layout.rows, data.rows - from);
    network.writeInputs(data.maker ?? data.x, from, count, data.scale);
    if (layout.isCut) yield* slices(network, count);
    else forwardPass(network, count);
    activateOutputs(network, count);
    all.set(outputs.subarray(0, count * width), from * width);
    yield count * layout.parameterCount;
  }
  return all;
}
