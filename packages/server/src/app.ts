/** The ready app: the plugin in a Fastify with limits, which can be drained. */
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from "fastify";
import { answerTo } from "./http/errors.js";
import { type AppOptions, readOptions } from "./options.js";
import { modelServer } from "./plugin.js";

/** A server that was made. */
export interface ModelApp {
  readonly app: FastifyInstance;
  /** From now on it is not ready, and asks each client to connect anew; it answers as before. */
  drain(): void;
}

/** What is no HTTP has no route and no handler: an answer by hand. */
function refuseClient(error: NodeJS.ErrnoException, socket: import("node:net").Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const [status, message] = isLate
    ? ["408 Request Timeout", "a request must be there in time, got no more of it."]
    : ["400 Bad Request", "a request must be HTTP, got something else."];
  const body = JSON.stringify({ error: message });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  if (socket.writable) socket.write(head + body);
  socket.destroySoon();
}

const FASTIFY = {
  // Keys of prototypes are keys like any other here: only own properties count.
  onProtoPoisoning: "ignore",
  onConstructorPoisoning: "ignore",
  // One logger for all: a request is logged when it fails, and a logger of its own takes longer than many an answer.
  childLoggerFactory: (logger: FastifyBaseLogger) => logger,
  // What came before the end is answered.
  return503OnClosing: false,
} as const;

/**
 * Makes the app: the plugin, limits on bodies and on time, errors as `{ "error": ... }`.
 * @throws TypeError, RangeError on options that are none; Error of the file system if nothing is there
 * @example
 * const { app } = await createApp({ models: "models/" });
 * const answer = await app.inject({ method: "POST", url: "/models/titanic/predict", payload: { sex: "male" } });
 */
export async function createApp(options: AppOptions): Promise<ModelApp> {
  const given = readOptions("createApp", options);
  const {
    bodyLimit = 8 * 2 ** 20,
    headersTimeout = 10_000,
    requestTimeout = 60_000,
    logLevel = "warn",
    ...own
  } = given;
  let isDraining = false;
  const app = Fastify({
    bodyLimit,
    requestTimeout,
    http: { headersTimeout, connectionsCheckingInterval: Math.min(1000, headersTimeout) },
    ...FASTIFY,
    logger: logLevel === "silent" ? false : { level: logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: refuseClient,
    frameworkErrors: (error, request, reply) => {
      const { status, body } = answerTo(error, request.log);
      (reply as FastifyReply).code(status).send(body);
    },
  });
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `there must be a route ${method} ${url.slice(0, 100)}, got none.` }),
  );
  app.addHook("onRequest", (_request, reply, done) => {
    if (isDraining) reply.header("connection", "close");
    done();
  });
  await app.register(modelServer, { ...own, isReady: () => !isDraining && (own.isReady?.() ?? true) });
  await app.ready();
  return {
    app,
    drain: () => {
      isDraining = true;
    },
  };
}
