/** numpy's rules for tensors of different shapes. */

/** The shape that two have together; undefined if there is none. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims = Array.from({ length: rank }, (_, i) => {
    const [x = 1, y = 1] = [a[i - rank + a.length], b[i - rank + b.length]];
    return x === y || y === 1 ? x : x === 1 ? y : -1;
  });
  return dims.includes(-1) ? undefined : dims;
}

/** Where in a tensor of shape `dims` the number stands that is at an index of shape `wide`, which it is spread over. */
export function broadcastIndex(dims: readonly number[], wide: readonly number[]): (index: number) => number {
  const skipped = wide.length - dims.length;
  if (dims.every((size, a) => size === wide[a + skipped]) && wide.slice(0, skipped).every((size) => size === 1)) {
    return (index) => index;
  }
  const strides = stridesOf(dims);
  const steps = wide.map((_, a) => (a < skipped || dims[a - skipped] === 1 ? 0 : strides[a - skipped]));
  return (index) => {
    let [place, rest] = [0, index];
    for (let a = wide.length - 1; a >= 0; a--) {
      place += (rest % wide[a]) * steps[a];
      rest = Math.floor(rest / wide[a]);
    }
    return place;
  };
}

/** How far apart neighbours along each axis are. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let a = dims.length - 2; a >= 0; a--) strides[a] = strides[a + 1] * dims[a + 1];
  return strides;
}

export const productOf = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);
