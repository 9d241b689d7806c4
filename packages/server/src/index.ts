/** The package `wasmlp-server`: a Fastify plugin, a ready app, a server that listens. */

export type { ModelApp } from "./app.js";
export { createApp } from "./app.js";
export type { RepositoryOptions } from "./models/repository.js";
export type { AppOptions, ModelServerOptions, StartOptions } from "./options.js";
export { modelServer } from "./plugin.js";
export type { EndOptions, RunningServer } from "./start.js";
export { endOnSignal, start } from "./start.js";
