/** Every refusal is a status and `{ "error": "one sentence" }`, of a row also `"row"`, from 0 on; what is the server's own fault is logged, and said to be that. */
import type { FastifyBaseLogger, FastifyInstance } from "fastify";

/** What Fastify refuses, in our words. */
const FRAMEWORK: Readonly<Record<string, readonly [status: number, error: string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    "the content type must be application/json, or one that the route names, got another.",
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: [413, "the body must be smaller, got more bytes than the server takes."],
  FST_ERR_BAD_URL: [400, "the address must be a valid one, got one that cannot be decoded."],
  FST_ERR_MAX_PARAM_LENGTH: [414, "a name must have 100 characters at most, got more."],
};

/** What is answered to an error. */
export function answerTo(
  error: unknown,
  log: FastifyBaseLogger,
): { status: number; body: { error: string; row?: number } } {
  const {
    statusCode = 500,
    code = "",
    message = "",
    row,
  } = Object(error) as { statusCode?: number; code?: string; message?: string; row?: number };
  const own = FRAMEWORK[code];
  if (own) return { status: own[0], body: { error: own[1] } };
  if (statusCode >= 400 && statusCode < 600 && statusCode !== 500)
    return { status: statusCode, body: { error: message, ...(row !== undefined && { row }) } };
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
