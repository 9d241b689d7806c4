/** The labels of a table whose rows have several each: which there are, and which sets of them. */
import { fillSlices } from "../ground/slices.js";
import { type Label, sortLabels } from "./label.js";
import { LabelSetEncoder, labelsOf, NumberedSets } from "./label-set-encoder.js";
import type { Guide, TargetCells } from "./target-encoder.js";

/** The sets of labels of a table's rows. All rows together say which labels there are, whichever are trained on. */
export interface LabelSetCells extends TargetCells<LabelSetEncoder> {
  readonly labels: readonly Label[];
}

/** Reads the targets of rows that are lists of labels, all of which are text, numbers or booleans. */
export class LabelSetReader {
  private kind: string | undefined;
  /** In the order in which they first occur. */
  private readonly found = new Map<Label, number>();
  private readonly sets = new NumberedSets();

  /** @param check refuses what is no label of a kind */
  constructor(
    private readonly call: string,
    private readonly target: string,
    private readonly markers: ReadonlySet<string>,
    private readonly check: (value: unknown, r: number, kind: string) => void,
  ) {}

  /** The number of the set that is the target of row `r`. */
  number(value: unknown, r: number): number {
    const { call, target, markers, found } = this;
    const places = labelsOf(call, target, value, r, markers).map((label) => {
      this.kind ??= typeof label;
      this.check(label, r, this.kind);
      const place = found.get(label as Label) ?? found.size;
      if (place === found.size) found.set(label as Label, place);
      return place;
    });
    return this.sets.number(places);
  }

  /**
   * All rows together say which labels there are, whichever are trained on.
   * @param targets the numbers of all rows' sets
   * @throws RangeError if there is no label at all
   */
  *finish(targets: Float64Array): Generator<number, LabelSetCells> {
    const { call, target, sets } = this;
    const first = [...this.found.keys()];
    if (first.length === 0)
      throw new RangeError(`${call}: the rows must hold a label at least, got empty lists alone.`);
    const labels = sortLabels(first);
    const encoder = new LabelSetEncoder(target, labels);
    const idOf = first.map((label) => encoder.ids.get(label) as number);
    // Different sets stay different: each keeps its number.
    yield* fillSlices(new Float64Array(sets.size), (s) => encoder.sets.number(sets.ids(s).map((place) => idOf[place])));
    const guide: Guide = { targets, classes: labels.length, sets: encoder.sets };
    return {
      labels,
      targets,
      guide,
      *learn() {
        yield 0;
        return [encoder];
      },
    };
  }
}
