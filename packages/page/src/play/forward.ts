/** What each hidden unit makes of each place of the plane: for its picture. The library computes what is learned and predicted. */
import type { PlayFrame, PlaySettings } from "./frames.js";

type Layers = PlayFrame["weights"];

const ACTIVATE: Record<PlaySettings["activation"], (sum: number) => number> = {
  relu: (sum) => Math.max(0, sum),
  tanh: Math.tanh,
  sigmoid: (sum) => 1 / (1 + Math.exp(-sum)),
  identity: (sum) => sum,
};

/** By hidden layer, by unit: its value at the places of a grid, [size, size] from the top left. */
export function unitSurfaces(layers: Layers, activation: PlaySettings["activation"], size: number): Float32Array[][] {
  const activate = ACTIVATE[activation];
  let inputs: Float32Array[] = plane(size);
  return layers.slice(0, -1).map(({ weights, biases, outputs }) => {
    const surfaces = Array.from({ length: outputs }, (_, o) => {
      const surface = new Float32Array(size * size).fill(biases[o]);
      for (const [i, input] of inputs.entries()) {
        const weight = weights[i * outputs + o];
        for (let p = 0; p < surface.length; p++) surface[p] += weight * input[p];
      }
      for (let p = 0; p < surface.length; p++) surface[p] = activate(surface[p]);
      return surface;
    });
    inputs = surfaces;
    return surfaces;
  });
}

/** x and y of the places of a grid over -1 to 1, from the top left. */
export function plane(size: number): [Float32Array, Float32Array] {
  const [x, y] = [new Float32Array(size * size), new Float32Array(size * size)];
  for (let p = 0; p < size * size; p++) {
    x[p] = (2 * ((p % size) + 0.5)) / size - 1;
    y[p] = 1 - (2 * (Math.floor(p / size) + 0.5)) / size;
  }
  return [x, y];
}
