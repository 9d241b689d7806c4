/** Functions that searches are measured by, and what they are at best. */
import type { SearchRange } from "../../src/study.js";

export interface TestFunction {
  readonly space: Readonly<Record<string, SearchRange>>;
  /** Of the settings' values in the order of the space. */
  readonly of: (x: readonly number[]) => number;
  readonly best: number;
}

const space = (count: number, low: number, high: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, { low, high }]));

function branin([x, y]: readonly number[]): number {
  const a = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return a * a + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
}

const A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]; // biome-ignore format: a matrix
const P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];

function hartmann(x: readonly number[]): number {
  return [1, 1.2, 3, 3.2].reduce((sum, alpha, i) => {
    const squares = x.reduce((total, value, j) => total + A[i][j] * (value - 1e-4 * P[i][j]) ** 2, 0);
    return sum - alpha * Math.exp(-squares);
  }, 0);
}

function rosenbrock(x: readonly number[]): number {
  return x.slice(1).reduce((sum, next, i) => sum + 100 * (next - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, 0);
}

export const FUNCTIONS: Readonly<Record<"branin" | "hartmann6" | "rosenbrock2" | "rosenbrock4", TestFunction>> = {
  branin: { space: { x0: { low: -5, high: 10 }, x1: { low: 0, high: 15 } }, of: branin, best: 0.39788735772973816 },
  hartmann6: { space: space(6, 0, 1), of: hartmann, best: -3.322368011391339 },
  rosenbrock2: { space: space(2, -5, 10), of: rosenbrock, best: 0 },
  rosenbrock4: { space: space(4, -5, 10), of: rosenbrock, best: 0 },
};
