/** A model that one piece of work at a time has to itself. */

export class Exclusive {
  /** What has the model to itself, by its name: nothing else may change it, or go on from where it stands. */
  protected inside: string | undefined;
  /** The end of the latest work of {@link inOrder}, and how much of it is still to be done. */
  private latestEnd: Promise<unknown> = Promise.resolve();
  private undone = 0;

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

  /**
   * Does `work` when all that was given before is done. From now on, not only from its start, until nothing is left to do, what
   * else would change the model is refused: each piece of work finds the model that was there when it was given.
   * @param group what others are told that the model is inside of
   * @throws Error naming `call` if something else has the model to itself
   */
  async inOrder<T>(group: string, call: string, work: () => Promise<T>): Promise<T> {
    if (this.undone === 0) {
      this.refuseInside(call);
      this.inside = group;
    }
    this.undone++;
    const end = this.latestEnd.then(work);
    this.latestEnd = end.catch(() => {});
    try {
      return await end;
    } finally {
      this.undone--;
      if (this.undone === 0) this.inside = undefined;
    }
  }

  /** Work inside {@link alone} or {@link inOrder} that trainers step in. */
  *stepping<T>(work: Generator<number, T>): Generator<number, T> {
    const { inside } = this;
    for (;;) {
      this.inside = undefined;
      let next: IteratorResult<number, T>;
      try {
        next = work.next();
      } finally {
        // After the last piece too: other work may be waiting for its turn.
        this.inside = inside;
      }
      if (next.done) return next.value;
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
