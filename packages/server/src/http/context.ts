/** What routes share. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../ground/refusal.js";
import { andThen } from "../ground/turns.js";
import type { LoadedModel } from "../models/loaded-model.js";
import type { Repository } from "../models/repository.js";
import type { Metrics } from "./metrics.js";

/** What routes answer from. */
export interface Context {
  readonly repository: Repository;
  readonly metrics: Metrics;
  readonly maxRows: number;
  readonly isReady: () => boolean;
}

/** The model of a route: the one that its path names, or the only one. */
export interface ModelParams {
  readonly name?: string;
  readonly version?: string;
}

/** The model that a request asks, at once if it is at hand. */
export function modelOf({ repository }: Context, { params }: FastifyRequest): LoadedModel | Promise<LoadedModel> {
  const { name, version } = params as ModelParams;
  if (name !== undefined) return repository.get(name, version);
  const only = repository.only();
  return typeof only === "string" ? repository.get(only) : only.then((found) => repository.get(found));
}

/** Answers by a model, without a turn of the event loop where the model is at hand and rows are few. */
export function answerBy<T>(
  context: Context,
  request: FastifyRequest,
  answer: (loaded: LoadedModel) => T | Promise<T>,
): T | Promise<T> {
  return andThen(modelOf(context, request), (own) => context.metrics.infer(own, answer)) as T | Promise<T>;
}

/** Text that is JSON already. */
export function sendJson(reply: FastifyReply, text: string): string {
  reply.header("content-type", "application/json; charset=utf-8");
  return text;
}

/** @throws Refusal (413) of more rows than the server takes */
export function checkCount({ maxRows }: Context, count: number): void {
  if (count > maxRows) throw new Refusal(413, `a request must have ${maxRows} rows at most, got ${count}.`);
}
