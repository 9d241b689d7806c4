/** Whether the server lives, and whether it takes requests. */
import type { FastifyInstance } from "fastify";
import { VERSION } from "../ground/version.js";
import type { Context } from "./context.js";

/** Asked without a key. */
const OPEN = { open: true };

/** The protocol's health, MLflow's `/ping`, `/health` and `/version`. All but readiness answer 200 until the process ends. */
export function healthRoutes(app: FastifyInstance, { isReady, repository }: Context): void {
  const options = (summary: string) => ({ config: OPEN, schema: { tags: ["health"], summary } });
  app.get("/v2/health/live", options("Whether the server lives"), async () => ({ live: true }));
  app.get("/v2/health/ready", options("Whether the server takes requests"), async (_request, reply) => {
    const ready = isReady() && (await repository.isThere());
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  app.get("/ping", options("Whether the server lives"), async () => ({ live: true }));
  app.get("/health", options("Whether the server lives"), async () => ({ live: true }));
  app.get("/version", options("The server's version"), async (_request, reply) =>
    reply.type("text/plain").send(VERSION),
  );
}
