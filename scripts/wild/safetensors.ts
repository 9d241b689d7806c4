/** State dicts in safetensors in public repositories, beside what their tensors compute in float64 with relu between. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { Random } from "../../src/ground/random.js";
import { MLP } from "../../src/index.js";
import type { Outcome } from "../wild.js";

/** The layers in the order of their names' numbers. */
function naive(bytes: Uint8Array, row: readonly number[]): number[] {
  const { tensors } = decodeSafetensors("wild", bytes);
  const number = (name: string) => Number(/\d+/.exec(name)?.[0] ?? 0);
  const weights = tensors.filter(({ name }) => name.endsWith("weight")).sort((a, b) => number(a.name) - number(b.name));
  let values = row;
  weights.forEach((weight, l) => {
    const [numbers, before] = [weight.read(), values];
    const bias = tensors.find(({ name }) => name === weight.name.replace(/weight$/, "bias"))?.read();
    values = Array.from({ length: weight.shape[0] }, (_, o) => {
      const sum = before.reduce((total, value, i) => total + value * numbers[o * before.length + i], bias?.[o] ?? 0);
      return l + 1 < weights.length ? Math.max(0, sum) : sum;
    });
  });
  return [...values];
}

async function tryOne(file: string): Promise<Outcome> {
  const bytes = new Uint8Array(readFileSync(file));
  try {
    const net = await MLP.fromSafetensors(bytes, { activation: "relu", output: "linear" });
    const random = new Random(1);
    const rows = Array.from({ length: 20 }, () => Array.from({ length: net.layers[0] }, () => random.normal()));
    const differences = rows.flatMap((row) => {
      const wanted = naive(bytes, row.map(Math.fround));
      return Array.from(
        net.predict([row]),
        (value, o) => Math.abs(value - wanted[o]) / Math.max(1, Math.abs(wanted[o])),
      );
    });
    return { file, difference: Math.max(...differences), as: `${net.layers.join("-")}, relu` };
  } catch (error) {
    return { file, refused: (error as Error).message };
  }
}

export async function wild(folder: string): Promise<readonly Outcome[]> {
  const own = join(folder, "safetensors");
  const files = readdirSync(own, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".safetensors"));
  return Promise.all(files.sort().map((name) => tryOne(join(own, name))));
}
