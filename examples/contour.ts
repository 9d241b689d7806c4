/** Marching squares: the closed lines, in grid units, that part a grid's values >= level from those below. */

/** @param values rows of `wide` numbers; the outermost must lie below the level, so that every line closes */
export function contour(values: ArrayLike<number>, wide: number, level: number): number[][][] {
  const following = new Map<number, number>();
  for (let node = 0; node < values.length - wide; node++) {
    if (node % wide === wide - 1) continue;
    // The corners clockwise, and the edge from each to the next: twice its first node, plus 1 if it runs down.
    const high = [node, node + 1, node + wide + 1, node + wide].map((corner) => values[corner] >= level);
    const edges = [2 * node, 2 * node + 3, 2 * (node + wide), 2 * node + 1];
    const crossed = [0, 1, 2, 3].filter((k) => high[k] !== high[(k + 1) % 4]);
    // A line enters the cell where high turns low, and leaves it at the next crossing.
    for (const [j, k] of crossed.entries()) {
      if (high[k]) following.set(edges[k], edges[crossed[(j + 1) % crossed.length]]);
    }
  }
  const crossing = (edge: number) => {
    const from = Math.floor(edge / 2);
    const to = edge % 2 ? from + wide : from + 1;
    const share = (level - values[from]) / (values[to] - values[from]);
    return [(from % wide) + (edge % 2 ? 0 : share), Math.floor(from / wide) + (edge % 2 ? share : 0)];
  };
  const lines: number[][][] = [];
  for (let [edge] of following) {
    const line: number[][] = [];
    for (let next = following.get(edge); next !== undefined; next = following.get(edge)) {
      line.push(crossing(edge));
      following.delete(edge);
      edge = next;
    }
    lines.push(line);
  }
  return lines;
}
