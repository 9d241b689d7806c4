/** For people: a row or rows in, labels and probabilities, or values, out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { listOf } from "../answers/answer-rows.js";
import type { Answering } from "../answers/answering.js";
import { Refusal } from "../ground/refusal.js";
import { andThen } from "../ground/turns.js";
import { answerEach } from "../protocol/row-errors.js";
import { answerBy, type Context, checkCount, sendJson } from "./context.js";

/** The answers to rows as a list of JSON, with `{ "error": ... }` in the places of rows that are refused. */
function listWithErrors(answering: Answering, rows: readonly unknown[]): string | Promise<string> {
  return andThen(answerEach(answering, rows), ({ tensors, errors }) => {
    const texts = errors.map((error, r) => (error === "" ? answering.text(tensors, r) : JSON.stringify({ error })));
    return `[${texts.join(",")}]`;
  });
}

function predict(context: Context, answering: Answering, { body, query }: FastifyRequest): string | Promise<string> {
  if (!answering.isList(body)) return answering.text(answering.answer([body]), 0);
  checkCount(context, body.length);
  const { row_errors: rowErrors = "false" } = query as Record<string, unknown>;
  if (rowErrors === "true") return listWithErrors(answering, body);
  if (rowErrors !== "false") throw new Refusal(400, "row_errors must be true or false, got another.");
  return andThen(listOf(answering, body, "text"), (list) => `[${list}]`);
}

const SCHEMA = {
  tags: ["plain"],
  summary: "Predicts a row, or a list of rows",
  description: "A row of a table is an object of its columns, one of a network a list of numbers.",
  querystring: {
    type: "object",
    properties: {
      row_errors: { type: "boolean", description: "A row that is refused has its own error, the others have answers" },
    },
  },
  body: {
    anyOf: [
      { type: "object", additionalProperties: true },
      { type: "array", items: {} },
    ],
  },
};

/** `POST /predict`, of the only model, and `POST /models/NAME/predict`. */
export function plainRoutes(app: FastifyInstance, context: Context): void {
  const handler = (request: FastifyRequest, reply: FastifyReply) => {
    sendJson(reply, "");
    return answerBy(context, request, ({ answering }) => predict(context, answering, request));
  };
  for (const path of ["/predict", "/models/:name/predict", "/models/:name/versions/:version/predict"]) {
    app.post(path, { schema: SCHEMA }, handler as (request: FastifyRequest, reply: FastifyReply) => Promise<string>);
  }
}
