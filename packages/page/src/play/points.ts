/** Points of the plane to play with. */
import type { PlayPoints } from "./frames.js";

export const SETS = ["xor", "circles", "spirals", "moons", "clusters"] as const;
export type SetName = (typeof SETS)[number];

const COUNT = 240;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Place = readonly [x: number, y: number, label: number];

/** @param t from 0 to 1 along the shape */
const SHAPES: Record<SetName, (t: number, label: number, random: () => number) => Place> = {
  xor: (_, label, random) => {
    const [x, y] = [0.08 + 0.82 * random(), 0.08 + 0.82 * random()];
    const isLeft = random() < 0.5;
    return [isLeft ? -x : x, isLeft === (label === 0) ? -y : y, label];
  },
  circles: (_, label, random) => {
    const radius = label === 0 ? 0.4 * Math.sqrt(random()) : 0.62 + 0.25 * random();
    const angle = 2 * Math.PI * random();
    return [radius * Math.cos(angle), radius * Math.sin(angle), label];
  },
  spirals: (t, label) => {
    const radius = 0.06 + 0.84 * t;
    const angle = 1.75 * 2 * Math.PI * t + label * Math.PI;
    return [radius * Math.cos(angle), radius * Math.sin(angle), label];
  },
  moons: (t, label) => {
    const angle = Math.PI * t;
    const [x, y] = label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return [(x - 0.5) * 0.55, (y - 0.25) * 0.8, label];
  },
  clusters: (_, label, random) => {
    const [radius, angle] = [0.38 * Math.sqrt(random()), 2 * Math.PI * random()];
    const centre = label === 0 ? -0.4 : 0.4;
    return [centre + radius * Math.cos(angle), centre + radius * Math.sin(angle), label];
  },
};

/** Points of a set, moved at random by as much as `noise` says, 0 to 1. */
export function pointsOf(name: SetName, noise: number, seed: number): PlayPoints {
  const random = generator(seed + 1);
  const points = { x: [] as number[], y: [] as number[], label: [] as number[] };
  for (let i = 0; i < COUNT; i++) {
    const [x, y, label] = SHAPES[name](Math.floor(i / 2) / (COUNT / 2), i % 2, random);
    const moved = (value: number) =>
      Math.max(-1, Math.min(1, value + noise * (random() + random() + random() - 1.5) * 0.4));
    points.x.push(moved(x));
    points.y.push(moved(y));
    points.label.push(label);
  }
  return points;
}
