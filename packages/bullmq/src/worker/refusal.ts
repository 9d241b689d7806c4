/** Why a worker does not do a job that others may do. */
export class Refusal extends Error {}
