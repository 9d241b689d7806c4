/** Tables, pools of several sizes, and what a model says of itself, for tests of pools. */
import { Random } from "../../src/ground/random.js";
import { createPool, type Pool } from "../../src/pool.js";

const random = new Random(21);

/** Labels that follow from columns of all kinds, roughly. */
export const passengers = Array.from({ length: 160 }, (_, i) => {
  const [age, isFemale, fare] = [
    random.below(9) === 0 ? null : 20 + random.below(50),
    random.below(2),
    random.uniform(),
  ];
  return {
    age,
    sex: isFemale ? "female" : "male",
    fare: `${(100 * fare).toFixed(2)}`,
    ...(i % 3 === 0 && { cabin: `C${random.below(4)}` }),
    isAlone: random.below(2) === 0,
    boarded: new Date(Date.UTC(1912, 3, 1 + random.below(28))),
    ticket: `T${i}`,
    count: 1 + random.below(3),
    survived: isFemale + fare + random.normal() / 3 > 1 ? "yes" : "no",
  };
});

/** Values, all above 0 and skewed: three forms of them are tried. */
export const cars = passengers.map(({ survived, ...row }, i) => ({
  ...row,
  price: 10 + Number(row.fare) ** 2 + i / 7,
  weight: 900 + 5 * Number(row.fare) + 40 * random.normal(),
}));

/** Pools of so many threads, and none. */
export const POOLS: readonly (readonly [name: string, pool: Pool | undefined])[] = [
  ["no pool", undefined],
  ...[1, 2, 3, 5].map((workers) => [`${workers} workers`, createPool({ workers })] as const),
];

/** Results of all of {@link POOLS}, the first without one. */
export async function withEach<T>(work: (pool: Pool | undefined) => Promise<T>): Promise<[T, ...T[]]> {
  const results: T[] = [];
  for (const [, pool] of POOLS) results.push(await work(pool));
  return results as [T, ...T[]];
}

/** The bytes of a model, with all that is needed to go on, as text that is short where two differ. */
export function bytesOf(model: { save(options: { resume: boolean }): Uint8Array }): string {
  return Buffer.from(model.save({ resume: true })).toString("latin1");
}
