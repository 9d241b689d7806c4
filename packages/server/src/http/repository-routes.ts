/** The protocol's extension model_repository. */
import type { FastifyInstance } from "fastify";
import { isRecord, Refusal, shown } from "../ground/refusal.js";
import type { Context, ModelParams } from "./context.js";

const tags = ["model repository"];

/** `POST /v2/repository/...`: the index, load, unload. */
export function repositoryRoutes(app: FastifyInstance, { repository }: Context): void {
  app.post("/v2/repository/index", { schema: { tags, summary: "All models" } }, async ({ body }) => {
    const { ready = false } = isRecord(body) ? body : {};
    if (typeof ready !== "boolean") throw new Refusal(400, `ready must be true or false, got ${shown(ready)}.`);
    const entries = await repository.index();
    return ready ? entries.filter(({ state }) => state === "READY") : entries;
  });
  const nameOf = (params: unknown) => (params as ModelParams).name ?? "";
  app.post(
    "/v2/repository/models/:name/load",
    { schema: { tags, summary: "Loads a model now" } },
    async ({ params }) => {
      await repository.load(nameOf(params));
      return {};
    },
  );
  const unload = { tags, summary: "Drops a model; it does not answer until it is loaded again" };
  app.post("/v2/repository/models/:name/unload", { schema: unload }, async ({ params }) => {
    await repository.unload(nameOf(params));
    return {};
  });
}
