/**
 * Shapley values: how what all players of a game win together is shared among them. A player's share is what it adds to those who
 * came before it, mean over all orders in which the players may come (Shapley 1953).
 */
import { order, type Random } from "../ground/random.js";

/** What coalitions of players win, `count` of them; `has` says whether player p is in coalition i. */
export type Worth = (count: number, has: (i: number, p: number) => boolean) => Generator<number, Float64Array>;

/** A game of `players` players. None of them win `empty`, all of them `full`, which are not asked for again. */
export interface Game {
  readonly players: number;
  readonly empty: number;
  readonly full: number;
  readonly worth: Worth;
}

/** Shares from a sample of orders, and the variance of each as an estimate. */
export interface SampledShares {
  readonly shares: Float64Array;
  readonly variances: Float64Array;
}

/** The shares of all players, from what all 2^players coalitions win. */
export function* exactShares({ players, empty, full, worth }: Game): Generator<number, Float64Array> {
  const shares = new Float64Array(players);
  const last = 2 ** players - 1;
  // Bit p of its number says whether player p is in a coalition; between none and all lie those that are asked for.
  const asked = yield* worth(Math.max(last - 1, 0), (i, p) => (((i + 1) >> p) & 1) === 1);
  const weights = orderShares(players);
  for (let coalition = 0; players > 0 && coalition <= last; coalition++) {
    const value = coalition === 0 ? empty : coalition === last ? full : asked[coalition - 1];
    const size = countBits(coalition);
    for (let p = 0; p < players; p++) {
      // With player p it is what p came to; without, what p would have come to.
      if ((coalition >> p) & 1) shares[p] += weights[size - 1] * value;
      else shares[p] -= weights[size] * value;
    }
  }
  return shares;
}

/** By s: the share of orders in which one player comes right after s others that are given: s! (players - s - 1)! / players!. */
function orderShares(players: number): Float64Array {
  const weights = new Float64Array(players);
  let share = 1 / players;
  for (let s = 0; s < players; s++) {
    weights[s] = share;
    share *= (s + 1) / (players - s - 1);
  }
  return weights;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

/**
 * Estimates the shares from orders drawn at random (Castro, Gómez and Tejada 2009), each beside its reverse, which errs the other
 * way (Mitchell, Cooper, Frank and Holmes 2022). In each order the shares add up to `full - empty`.
 * @param pairs of orders, two at least
 */
export function* sampledShares(game: Game, pairs: number, random: Random): Generator<number, SampledShares> {
  const { players, worth } = game;
  const shares = new Float64Array(players);
  const squares = new Float64Array(players);
  const steps = players - 1;
  const ranks = new Uint32Array(players);
  for (let pair = 1; pair <= pairs; pair++) {
    order(players, random).forEach((player, rank) => {
      ranks[player] = rank;
    });
    // The first players of the order, one more each time, then the first of its reverse.
    const asked = yield* worth(2 * steps, (i, p) => (i < steps ? ranks[p] <= i : steps - ranks[p] <= i - steps));
    for (let p = 0; p < players; p++) {
      const there = added(game, asked, 0, ranks[p]);
      const back = added(game, asked, steps, steps - ranks[p]);
      // The running mean and sum of squared deviations (Welford 1962).
      const deviation = (there + back) / 2 - shares[p];
      shares[p] += deviation / pair;
      squares[p] += deviation * ((there + back) / 2 - shares[p]);
    }
  }
  return { shares, variances: squares.map((sum) => sum / (pairs - 1) / pairs) };
}

/** What the player adds that comes after `rank` others, in the order whose coalitions begin at `start`. */
function added({ players, empty, full }: Game, asked: Float64Array, start: number, rank: number): number {
  const before = rank === 0 ? empty : asked[start + rank - 1];
  const after = rank === players - 1 ? full : asked[start + rank];
  return after - before;
}
