/** What a model answers to rows, as cells to be written behind them. */
import { Classifier, MLP, type Regressor } from "wasmlp";
import { type Model, modelsOf } from "../model-file.js";
import type { Use } from "../read/batch.js";

export type Cell = string | number | boolean;

/** Asks a model about some rows at a time. */
export interface Answerer {
  /** The columns that it reads, where it knows their names. */
  readonly columns: readonly string[] | undefined;
  /** What the cells of a column are to be. */
  useOf(name: string): Use;
  /** The answers to the rows that were asked last: one, or of a model of several targets one for each. */
  readonly answers: readonly Answer[];
  /** Answers rows; the answers before are gone. */
  take(rows: object[]): void;
}

/** What is answered for one target. */
export interface Answer {
  /** The target, where there are several. */
  readonly target?: string;
  /** How many cells an answer has behind the prediction, and what they are of. */
  readonly labels: readonly string[];
  prediction(row: number): Cell;
  /** The probability of a label, or the value of a further output, as text with six decimals. */
  further(row: number, label: number): string;
}

const THREE_DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, "0"));

/** A probability with six decimals, put together from texts: float32 says little more of it. */
function sixDecimals(probability: number): string {
  const millionths = Math.round(probability * 1e6);
  if (!(millionths >= 0 && millionths < 1e6)) return probability.toFixed(6);
  return `0.${THREE_DIGITS[Math.floor(millionths / 1000)]}${THREE_DIGITS[millionths % 1000]}`;
}

export function answererOf(model: Model, names: readonly string[] | undefined): Answerer {
  return model instanceof MLP ? new OfNetwork(model, names) : new OfTable(modelsOf(model), "targets" in model);
}

/** A table's model, of one target or of several. */
class OfTable implements Answerer {
  readonly columns: readonly string[];
  readonly useOf: (name: string) => Use;
  readonly answers: readonly (OfLabels | OfValues)[];

  constructor(models: readonly (Classifier | Regressor)[], hasSeveral: boolean) {
    const uses = models.map(usesOf);
    this.columns = [...new Set(uses.flatMap(({ columns }) => columns))];
    // All of them learned from the same columns, and read them alike; some may have left one out.
    this.useOf = (name) => uses.map(({ useOf }) => useOf(name)).find((use) => use !== undefined);
    this.answers = models.map((model) => {
      const target = hasSeveral ? model.target : undefined;
      return model instanceof Classifier ? new OfLabels(model, target) : new OfValues(model, target);
    });
  }

  take(rows: object[]): void {
    for (const answer of this.answers) answer.take(rows);
  }
}

/** How a table's model reads the cells of a column. */
function usesOf(model: Classifier | Regressor): { columns: string[]; useOf: (name: string) => Use } {
  const read = model.columns.filter(({ kind }) => kind !== "ignore");
  const isStrict = model.schema().additionalProperties === false;
  const uses = new Map<string, Use>(
    read.map((column) => [column.name, column.kind === "number" && column.form === undefined ? "number" : "value"]),
  );
  // What a form says of "1.080" a number does not.
  return { columns: read.map(({ name }) => name), useOf: (name) => uses.get(name) ?? (isStrict ? "value" : undefined) };
}

class OfLabels implements Answer {
  readonly labels: readonly string[];
  private probabilities = new Float32Array(0);

  constructor(
    private readonly model: Classifier,
    readonly target: string | undefined,
  ) {
    this.labels = model.labels.map(String);
  }

  take(rows: object[]): void {
    const size = rows.length * this.labels.length;
    if (this.probabilities.length !== size) this.probabilities = new Float32Array(size);
    this.model.predictProba(rows, this.probabilities);
  }

  prediction(row: number): Cell {
    const { probabilities, model } = this;
    const { length } = model.labels;
    let most = 0;
    for (let id = 1; id < length; id++) {
      if (probabilities[row * length + id] > probabilities[row * length + most]) most = id;
    }
    return model.labels[most];
  }

  further(row: number, label: number): string {
    return sixDecimals(this.probabilities[row * this.labels.length + label]);
  }
}

class OfValues implements Answer {
  readonly labels: readonly string[] = [];
  private values: readonly number[] = [];

  constructor(
    private readonly model: Regressor,
    readonly target: string | undefined,
  ) {}

  take(rows: object[]): void {
    this.values = this.model.predict(rows);
  }

  prediction(row: number): Cell {
    return this.values[row];
  }

  further(): string {
    return "";
  }
}

/** A network without columns: it reads those of the table as numbers, in their order. */
class OfNetwork implements Answerer, Answer {
  readonly columns = undefined;
  readonly answers = [this];
  readonly labels: readonly string[];
  private readonly outputs: number;
  private found: Float32Array = new Float32Array(0);

  constructor(
    private readonly net: MLP,
    names: readonly string[] | undefined,
  ) {
    const [inputs, outputs] = [net.layers[0], net.layers[net.layers.length - 1]];
    this.outputs = outputs;
    this.labels = outputs > 1 ? Array.from({ length: outputs }, (_, o) => String(o)) : [];
    if (names !== undefined && names.length !== inputs) {
      throw new RangeError(
        `The table must have ${inputs} columns, one for each input of the network, got ${names.length}. Leave out all others.`,
      );
    }
  }

  useOf(): Use {
    return "number";
  }

  take(rows: object[]): void {
    const x = rows.map((row, r) => {
      return Object.entries(row).map(([name, value]) => {
        const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
        if (Number.isFinite(number)) return number;
        const message = `column ${JSON.stringify(name)} must hold finite numbers, got ${JSON.stringify(value)} at row ${r}.`;
        throw Object.assign(new TypeError(message), { row: r });
      });
    });
    this.found = this.net.predictProba(x);
  }

  prediction(row: number): Cell {
    const { outputs, found: answers, net } = this;
    if (net.output === "sigmoid" && outputs === 1) return answers[row] >= 0.5 ? 1 : 0;
    if (net.output !== "softmax") return answers[row * outputs];
    let most = 0;
    for (let o = 1; o < outputs; o++) if (answers[row * outputs + o] > answers[row * outputs + most]) most = o;
    return most;
  }

  further(row: number, output: number): string {
    return sixDecimals(this.found[row * this.outputs + output]);
  }
}
