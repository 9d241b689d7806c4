/** The Open Inference Protocol, REST (KServe V2), with binary tensors. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { andThen } from "../ground/turns.js";
import { VERSION } from "../ground/version.js";
import { infer } from "../protocol/infer-answer.js";
import { readRequest, splitBody } from "../protocol/infer-request.js";
import { answerBy, type Context, type ModelParams, modelOf, sendJson } from "./context.js";

export const HEADER = "inference-header-content-length";
const NONE = Buffer.alloc(0);
const tags = ["Open Inference Protocol"];

const TENSOR = {
  type: "object",
  properties: {
    name: { type: "string" },
    shape: { type: "array", items: { type: "integer" } },
    datatype: { type: "string" },
    parameters: { type: "object", additionalProperties: true },
    data: { type: "array", items: {} },
  },
  required: ["name", "shape", "datatype"],
};

const INFER = {
  tags,
  summary: "Predicts rows: a tensor a column, or the tensor `input` of a network",
  consumes: ["application/json", "application/octet-stream"],
  body: {
    type: "object",
    properties: {
      id: { type: "string" },
      parameters: {
        type: "object",
        properties: { binary_data_output: { type: "boolean" }, row_errors: { type: "boolean" } },
      },
      inputs: { type: "array", items: TENSOR },
      outputs: {
        type: "array",
        items: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
      },
    },
    required: ["inputs"],
  },
};

function inferBy(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): string | Buffer | Promise<string | Buffer> {
  const { body, headers } = request;
  return answerBy(context, request, (loaded) => {
    const parts = Buffer.isBuffer(body) ? splitBody(body, headers[HEADER]) : { body, tail: NONE };
    return andThen(infer(loaded, readRequest(parts.body, parts.tail, context.maxRows)), ({ header, body: written }) => {
      if (header === undefined) return sendJson(reply, written as string);
      reply.header("content-type", "application/octet-stream").header(HEADER, header);
      return written;
    });
  });
}

/** What a model is. */
async function metadata(context: Context, request: FastifyRequest) {
  const loaded = await modelOf(context, request);
  const { name, answering, digest, networks } = loaded;
  const versions = await context.repository.versions(name);
  const { platform, inputs, outputs } = answering;
  const properties = { digest, networks: String(networks), ...answering.properties };
  return { name, ...(versions.length > 0 && { versions }), platform, inputs, outputs, properties };
}

/** `/v2` but for health and the repository. */
export function openInferenceRoutes(app: FastifyInstance, context: Context): void {
  const extensions = ["binary_tensor_data", "model_repository"];
  for (const path of ["/v2", "/v2/"]) {
    const schema = { tags, summary: "What the server is", hide: path === "/v2/" };
    app.get(path, { schema }, async () => ({ name: "wasmlp-server", version: VERSION, extensions }));
  }
  for (const path of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    app.get(path, { schema: { tags, summary: "What a model is" } }, (request) => metadata(context, request));
    app.get(`${path}/ready`, { schema: { tags, summary: "Whether a model answers" } }, async (request, reply) => {
      const { name } = request.params as ModelParams;
      // A model that cannot be loaded throws 503, one that is none 404.
      await modelOf(context, request);
      return reply.code(context.isReady() ? 200 : 503).send({ name, ready: context.isReady() });
    });
    const handler = (request: FastifyRequest, reply: FastifyReply) => inferBy(context, request, reply);
    app.post(`${path}/infer`, { schema: INFER }, handler as () => Promise<string>);
  }
}
