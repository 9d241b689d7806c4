/** Every refusal is a status and `{ "error": "one sentence" }`; what is the server's own fault is logged, and said to be that. */
import type { FastifyBaseLogger, FastifyInstance } from "fastify";

/** What is answered to an error. */
export function answerTo(error: unknown, log: FastifyBaseLogger): { status: number; body: { error: string } } {
  const {
    statusCode = 500,
    code,
    message = "",
  } = Object(error) as { statusCode?: number; code?: string; message?: string };
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return {
      status: 415,
      body: { error: "the content type must be application/json, or one that the route names, got another." },
    };
  }
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return { status: 413, body: { error: "the body must be smaller, got more bytes than the server takes." } };
  }
  if (code === "FST_ERR_BAD_URL")
    return { status: 400, body: { error: "the address must be a valid one, got one that cannot be decoded." } };
  if (statusCode >= 400 && statusCode < 600 && statusCode !== 500)
    return { status: statusCode, body: { error: message } };
  log.error({ err: error }, "a request failed");
  return { status: 500, body: { error: "the server failed to answer. Its log says why." } };
}

/** Sets the handler of a plugin's own context. */
export function setErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = answerTo(error, request.log);
    return reply.code(status).send(body);
  });
}
