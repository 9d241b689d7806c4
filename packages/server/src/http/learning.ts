/** Learning over HTTP. */
import type { FastifyInstance } from "fastify";
import { Refusal, shown } from "../ground/refusal.js";
import { type Context, checkCount, type ModelParams } from "./context.js";

const SCHEMA = {
  tags: ["learning"],
  summary: "Goes on learning from rows with their targets, one pass, and saves the model",
  body: { type: "array", items: { type: "object", additionalProperties: true } },
};

/** `POST /models/NAME/learn`: rows with their targets. */
export function learningRoutes(app: FastifyInstance, context: Context): void {
  app.post("/models/:name/learn", { schema: SCHEMA }, async ({ body, params }) => {
    if (!Array.isArray(body) || body.length === 0) {
      throw new Refusal(400, `rows to learn from must be a list of objects, one at least, got ${shown(body)}.`);
    }
    checkCount(context, body.length);
    const { name = "" } = params as ModelParams;
    const { loss, model } = await context.repository.learn(name, body);
    return { model: name, rows: body.length, loss, digest: model.digest };
  });
}
