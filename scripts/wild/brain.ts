/** Networks of brain.js in public repositories, beside what their weights compute in float64 as brain.js 1.6.1 does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBrain } from "../../src/migrate.js";
import type { Outcome } from "../wild.js";

interface Node {
  readonly bias: number;
  readonly weights: Readonly<Record<string, number>>;
}

function naive(layers: readonly Readonly<Record<string, Node>>[], row: readonly number[]): number[] {
  let values = row;
  for (const layer of layers.slice(1)) {
    const before = values;
    values = Object.values(layer).map(({ bias, weights }) => {
      const sum = Object.values(weights).reduce((total, weight, i) => total + weight * before[i], bias);
      return 1 / (1 + Math.exp(-sum));
    });
  }
  return [...values];
}

const ROWS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
  [0.25, -3],
];

async function tryOne(file: string): Promise<Outcome[]> {
  const text = readFileSync(file, "utf8");
  const whole = await fromBrain(text).then(
    () => undefined,
    (error: Error) => error.message,
  );
  const outcomes: Outcome[] = whole === undefined ? [] : [{ file, refused: whole }];
  for (const [key, network] of Object.entries(JSON.parse(text) as Record<string, { layers: Record<string, Node>[] }>)) {
    const { net } = await fromBrain(text, { key });
    const differences = ROWS.flatMap((row) => {
      const wanted = naive(network.layers, row);
      return Array.from(net.predictProba([row]), (value, o) => Math.abs(value - wanted[o]));
    });
    const as = `${net.layers.join("-")}, ${net.output}`;
    outcomes.push({ file: `${file}, key ${JSON.stringify(key)}`, difference: Math.max(...differences), as });
  }
  return outcomes;
}

export async function wild(folder: string): Promise<readonly Outcome[]> {
  const own = join(folder, "brain", "embedded");
  return (await Promise.all(readdirSync(own).map((name) => tryOne(join(own, name))))).flat();
}
