/** The density of places of good trials, or of the others: one kernel a trial, all settings together (multivariate), and one for all places. */
import { exp, log, power } from "../ground/math.js";
import type { Random } from "../ground/random.js";
import type { Axis } from "./space.js";

/**
 * The width of a single kernel, as a share of a range. Narrower than elsewhere, where a width that falls with the count has a floor: of few good trials
 * kernels would be so wide that little follows from them (bench/NOTES.md, "Studies").
 */
const WIDTH = 0.07;

/** How much each choice has of what one kernel says of a list. */
const PRIOR = 1;

/**
 * Kernels are products over the settings: of a range a normal density, reflected at both ends so that none of it is lost; of a list
 * mostly the trial's choice. The kernel of all places is even.
 */
export class Parzen {
  /** The kernels' width for each range: of whole numbers the next ones lie within it. */
  private readonly widths: readonly number[];
  /** What a kernel gives to each choice of a list that is not its own, and to its own beside that. */
  private readonly other: readonly number[];
  private readonly own: number;
  /** What the even kernel says of any place. */
  private readonly even: number;

  constructor(
    private readonly axes: readonly Axis[],
    private readonly places: readonly Float64Array[],
  ) {
    const count = places.length;
    const width = WIDTH * power(Math.max(1, count), -1 / (axes.length + 4));
    this.widths = axes.map(({ grain }) => Math.max(width, grain));
    // As if each kernel had seen its choice once, and all choices together PRIOR kernels' worth.
    const kernels = count + 1;
    this.own = 1 / (1 + PRIOR / kernels);
    this.other = axes.map(({ choices }) => (choices > 0 ? PRIOR / kernels / (1 + PRIOR / kernels) / choices : 0));
    this.even = axes.reduce((product, { choices }) => (choices > 0 ? product / choices : product), 1);
  }

  /** Draws a place. */
  draw(random: Random): Float64Array {
    const { axes, places, widths } = this;
    const kernel = places[random.below(places.length + 1)];
    return Float64Array.from(axes, (axis, a) => {
      if (!kernel) return axis.snap(axis.draw(random));
      if (axis.choices > 0) return random.uniform() < this.own ? kernel[a] : axis.draw(random);
      return axis.snap(reflected(kernel[a] + widths[a] * random.normal()));
    });
  }

  /** The logarithm of the density at a place. */
  logDensity(place: Float64Array): number {
    return log(this.density(place));
  }

  density(place: Float64Array): number {
    const { places, even } = this;
    let sum = even;
    for (const kernel of places) sum += this.at(kernel, place);
    return sum / (places.length + 1);
  }

  private at(kernel: Float64Array, place: Float64Array): number {
    const { axes, widths } = this;
    let product = 1;
    let squares = 0;
    for (let a = 0; a < axes.length; a++) {
      if (axes[a].choices > 0) {
        product *= this.other[a] + (place[a] === kernel[a] ? this.own : 0);
        continue;
      }
      const width = widths[a];
      const z = (place[a] - kernel[a]) / width;
      squares += z * z;
      product /= width * ROOT;
      product *= 1 + image(z, (place[a] + kernel[a]) / width) + image(z, (2 - place[a] - kernel[a]) / width);
    }
    return product * exp(-squares / 2);
  }
}

const ROOT = Math.sqrt(2 * Math.PI);

/** What a reflection at one end adds to a normal density, as a share of it; of one that is far nothing. */
function image(z: number, reflection: number): number {
  const exponent = (z * z - reflection * reflection) / 2;
  return exponent < -40 ? 0 : exp(exponent);
}

/** A number on the line, folded into 0 to 1. */
function reflected(x: number): number {
  const folded = Math.abs(x) % 2;
  return folded > 1 ? 2 - folded : folded;
}
