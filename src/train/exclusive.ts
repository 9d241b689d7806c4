/** A model that one piece of work at a time has to itself. */

export class Exclusive {
  /** What has the model to itself, by its name: nothing else may change it, or go on from where it stands. */
  protected inside: string | undefined;

  /**
   * Does `work`, in turns, and refuses meanwhile what else would change the model.
   * @param call what others are told that the model is inside of
   */
  async alone<T>(call: string, work: () => Promise<T>): Promise<T> {
    this.inside = call;
    try {
      return await work();
    } finally {
      this.inside = undefined;
    }
  }

  /** Work inside {@link alone} that trainers step in. */
  *stepping<T>(work: Generator<number, T>): Generator<number, T> {
    const { inside } = this;
    for (;;) {
      this.inside = undefined;
      const next = work.next();
      if (next.done) return next.value;
      this.inside = inside;
      yield next.value;
    }
  }

  /** Refuses `call` while something has the model to itself. */
  refuseInside(call: string, remedy?: string): void {
    const { inside } = this;
    if (!inside) return;
    const ended = inside === "fit" ? (remedy ?? "Await fit or abort it first.") : "Await it first.";
    throw new Error(`${call}: the model must not be inside ${inside}, got a call before it ended. ${ended}`);
  }
}
