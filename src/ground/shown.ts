/** What models and datasets are to consoles, to JSON, and to those who call a constructor. */

const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** What to do with a model of several targets where one of one target is wanted; nothing if it is none. */
export function ofSeveral(model: unknown): string {
  const targets: unknown = model instanceof Shown ? Reflect.get(model, "targets") : undefined;
  return Array.isArray(targets) ? ` Pass the model of one target, models[${JSON.stringify(targets[0])}].` : "";
}

/** Shows itself in one line, is no JSON, and is made by functions of its class alone. */
export abstract class Shown {
  /**
   * @param isMade whether the arguments are those of the class's own functions
   * @param way how one is made
   */
  constructor(isMade: boolean, way: string) {
    if (!isMade)
      throw new TypeError(`new ${new.target.name}: it must be made by ${way}, got a call of its constructor.`);
  }

  /** @internal Itself in one line. */
  abstract toString(): string;

  /** @internal What Node's consoles show: not the memory that it lies in. */
  [INSPECT](): string {
    return this.toString();
  }

  /** @internal Numbers would become keys by the thousand, and nothing reads them back. */
  toJSON(): never {
    throw new TypeError(`JSON.stringify: a model must be written by save(), a dataset by its x and y, got ${this}.`);
  }
}
