/** The Fastify plugin: all routes, in a context of their own. */
import cors from "@fastify/cors";
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { VERSION } from "./ground/version.js";
import { requireKey } from "./http/api-key.js";
import type { Context } from "./http/context.js";
import { setErrors } from "./http/errors.js";
import { healthRoutes } from "./http/health.js";
import { learningRoutes } from "./http/learning.js";
import { Metrics } from "./http/metrics.js";
import { mlflowRoutes } from "./http/mlflow.js";
import { HEADER, openInferenceRoutes } from "./http/open-inference.js";
import { plainRoutes } from "./http/plain.js";
import { repositoryRoutes } from "./http/repository-routes.js";
import { Repository } from "./models/repository.js";
import { type ModelServerOptions, readOptions } from "./options.js";

/** Bodies that are no JSON. */
function readBodies(app: FastifyInstance): void {
  // In this context alone: the app around it keeps its own.
  for (const type of ["application/octet-stream", "text/csv"]) {
    if (app.hasContentTypeParser(type)) app.removeContentTypeParser(type);
  }
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  app.addContentTypeParser("text/csv", { parseAs: "string" }, (_request, body, done) => done(null, body));
}

/** Lets pages of these origins ask, "*" those of any. What is asked before a request needs no key: browsers send none. */
async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  await app.register(cors, {
    origin: origins.includes("*") ? "*" : [...origins],
    methods: ["GET", "POST"],
    exposedHeaders: [HEADER],
    maxAge: 600,
  });
}

/** `/docs` says what all routes are, unless the app around has a document of its own, which then does. */
async function describe(app: FastifyInstance): Promise<void> {
  if (app.hasDecorator("swagger")) return;
  const info = { title: "wasmlp-server", version: VERSION, description: "Predictions of wasmlp models." };
  await app.register(swagger, { openapi: { openapi: "3.1.0", info } });
  app.get("/docs", { schema: { hide: true } }, async () => app.swagger());
}

/**
 * Serves a folder of models: Open Inference Protocol, MLflow's `/invocations`, plain `/predict`, `/metrics`, `/docs`.
 * @throws TypeError, RangeError on options that are none; Error of the file system if nothing is there
 * @example
 * const app = Fastify();
 * await app.register(modelServer, { models: "models/", prefix: "/ml" });
 */
export async function modelServer(app: FastifyInstance, options: ModelServerOptions): Promise<void> {
  const {
    models,
    memory,
    refresh,
    maxRows = 10_000,
    learn = false,
    apiKey,
    cors: origins,
    isReady = () => true,
  } = readOptions("modelServer", options);
  const onFailure = (error: Error) => app.log.warn({ err: error }, error.message);
  const repository = await Repository.open(models, { memory, refresh, onFailure });
  const metrics = new Metrics(repository);
  const context: Context = { repository, metrics, maxRows, isReady };
  setErrors(app);
  // Schemas describe; what is wrong is said by the rooms that know, in sentences.
  app.setValidatorCompiler(() => () => true);
  readBodies(app);
  metrics.watch(app);
  if (origins !== undefined) await allowOrigins(app, origins);
  await describe(app);
  if (apiKey !== undefined) requireKey(app, apiKey);
  healthRoutes(app, context);
  openInferenceRoutes(app, context);
  repositoryRoutes(app, context);
  mlflowRoutes(app, context);
  plainRoutes(app, context);
  if (learn) learningRoutes(app, context);
  const schema = { tags: ["metrics"], summary: "Metrics in Prometheus' format" };
  app.get("/metrics", { schema }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
