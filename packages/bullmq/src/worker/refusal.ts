/** Why a worker does not do a job that others may do. */
export class Refusal extends Error {
  /** @param isOfAll whether other workers are likely to refuse it, too */
  constructor(
    message: string,
    readonly isOfAll = false,
  ) {
    super(message);
  }
}
