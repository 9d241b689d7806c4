/** Parts of dates in operators of ONNX: what src/table/date-parts.ts does, in float64. */
import {
  CIRCLES,
  DAY,
  DAYS_OF_400_YEARS,
  type DatePart,
  FEBRUARY,
  HOUR,
  LONGER_DAYS,
  MOST_DAYS,
  PLACES_OF_MONTH,
  SINCE_MARCH_0,
} from "../../table/date-parts.js";
import type { GraphWriter } from "./graph-writer.js";
import { TYPES } from "./tensor-storage.js";

const TO_FLOAT = { to: BigInt(TYPES.FLOAT) };

/** Arithmetic of a tensor and a number, each step a node that is named after the column. */
class Arithmetic {
  constructor(
    private readonly graph: GraphWriter,
    private readonly name: string,
  ) {}

  /** `left` and `right`, tensors or numbers, through an operator of two. */
  of(operator: "Add" | "Sub" | "Mul" | "Div" | "Min" | "Max", left: string | number, right: string | number): string {
    const [a, b] = [left, right].map((side) =>
      typeof side === "number" ? this.graph.double(`${this.name}.${side}`, side) : side,
    );
    return this.graph.node(operator, [a, b], `${this.name}.${operator.toLowerCase()}`);
  }

  /** How many times a divisor goes into `x`, rounded down. */
  floor(x: string, divisor: number): string {
    return this.graph.node("Floor", [divisor === 1 ? x : this.of("Div", x, divisor)], `${this.name}.floor`);
  }

  /** What is left of `x` then, never below 0. */
  rest(x: string, divisor: number, times = this.floor(x, divisor)): string {
    return this.of("Sub", x, this.of("Mul", times, divisor));
  }

  /** How much a position on a circle is each of its places: 1 less the way there, which is the shorter one around it; 0 at least. */
  hats(position: string, around: number): string {
    const places = this.graph.double(`${this.name}.places`, ...Array.from({ length: around }, (_, k) => k));
    const way = this.graph.node("Abs", [this.of("Sub", position, places)], `${this.name}.way`);
    const shorter = this.of("Min", way, this.of("Sub", around, way));
    return this.graph.node("Cast", [this.of("Max", this.of("Sub", 1, shorter), 0)], `${this.name}.hats`, TO_FLOAT);
  }
}

/**
 * Features of the parts of a date.
 * @param days since 1970, doubles [N, 1] without NaN
 * @returns names of the features of each part, floats [N, places of its circle]
 */
export function writeParts(graph: GraphWriter, name: string, parts: readonly DatePart[], days: string): string[] {
  const step = new Arithmetic(graph, `${name}.date`);
  const near = step.of("Max", step.of("Min", days, MOST_DAYS), -MOST_DAYS);
  const time = step.floor(step.of("Add", step.of("Mul", near, DAY), 0.5), 1);
  const day = step.floor(time, DAY);
  const positions: Readonly<Record<DatePart, () => string>> = {
    month: () => step.of("Mul", monthsOf(step, day), PLACES_OF_MONTH),
    weekday: () => step.rest(step.of("Add", day, 3), 7),
    hour: () => step.of("Div", step.rest(time, DAY, day), HOUR),
  };
  return parts.map((part) => step.hats(positions[part](), CIRCLES[part]));
}

/** `monthsOfDay` of date-parts.ts, line by line. */
function monthsOf(step: Arithmetic, day: string): string {
  const dayOf400Years = step.rest(step.of("Add", day, SINCE_MARCH_0), DAYS_OF_400_YEARS);
  const [fours, hundreds, last] = [1460, 36_524, 146_096].map((divisor) => step.floor(dayOf400Years, divisor));
  const leapDays = step.of("Add", step.of("Sub", fours, hundreds), last);
  const year = step.floor(step.of("Sub", dayOf400Years, leapDays), 365);
  const before = step.of("Sub", step.of("Add", step.of("Mul", year, 365), step.floor(year, 4)), step.floor(year, 100));
  const dayOfYear = step.of("Sub", dayOf400Years, before);
  const months = step.of("Add", step.of("Div", step.of("Add", step.of("Mul", dayOfYear, 5), 2), 153), 2);
  const longer = step.of("Div", step.of("Max", step.of("Sub", dayOfYear, FEBRUARY), 0), LONGER_DAYS);
  return step.rest(step.of("Add", months, longer), 12);
}
