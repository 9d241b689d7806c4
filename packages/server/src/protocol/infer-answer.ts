/** Answers of the Open Inference Protocol. */
import { answerRows } from "../answers/answer-rows.js";
import type { Answering } from "../answers/answering.js";
import type { Tensor } from "../answers/tensor.js";
import { Refusal } from "../ground/refusal.js";
import { andThen } from "../ground/turns.js";
import type { LoadedModel } from "../models/loaded-model.js";
import { writeElements } from "./binary-tensors.js";
import type { InferRequest, WantedOutput } from "./infer-request.js";
import { writeTensor } from "./json-tensors.js";
import { answerEach } from "./row-errors.js";

/** An answer: JSON, or bytes of which the first are JSON. */
export interface InferAnswer {
  readonly body: string | Buffer;
  /** The length of the JSON before bytes. */
  readonly header: number | undefined;
}

/** The tensors that are asked for, in the order asked. */
function chosen(tensors: readonly Tensor[], { outputs, binary }: InferRequest): { tensor: Tensor; binary: boolean }[] {
  if (outputs.length === 0) return tensors.map((tensor) => ({ tensor, binary }));
  return outputs.map((wanted: WantedOutput) => {
    const tensor = tensors.find(({ name }) => name === wanted.name);
    if (tensor) return { tensor, binary: wanted.binary };
    const names = tensors.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new Refusal(400, `outputs must be among ${names}, got ${JSON.stringify(wanted.name.slice(0, 60))}.`);
  });
}

/** The answers to a request's rows; with errors of rows, where asked for, in a last tensor. */
function answersTo(answering: Answering, { inputs, rowErrors }: InferRequest): Tensor[] | Promise<Tensor[]> {
  const rows = answering.readRows(inputs);
  if (!rowErrors) return answerRows(answering, rows);
  return andThen(answerEach(answering, rows), ({ tensors, errors }) => [
    ...tensors,
    { name: "error", datatype: "BYTES", shape: [rows.length], data: errors },
  ]);
}

/**
 * Answers a request: at once, or one of many rows in turns.
 * @throws Refusal if its inputs or outputs are not the model's, or a row does not fit
 */
export function infer(loaded: LoadedModel, request: InferRequest): InferAnswer | Promise<InferAnswer> {
  return andThen(answersTo(loaded.answering, request), (tensors) => write(loaded, request, tensors));
}

function write({ name, version }: LoadedModel, request: InferRequest, tensors: readonly Tensor[]): InferAnswer {
  const parts = chosen(tensors, request);
  const tails: Buffer[] = [];
  const texts = parts.map(({ tensor, binary }) => {
    if (!binary) return writeTensor(tensor);
    const bytes = writeElements(tensor);
    tails.push(bytes);
    const { data: _, ...head } = tensor;
    return JSON.stringify({ ...head, parameters: { binary_data_size: bytes.length } });
  });
  const versionText = version === undefined ? "" : `"model_version":${JSON.stringify(version)},`;
  const idText = request.id === undefined ? "" : `"id":${JSON.stringify(request.id)},`;
  const json = `{"model_name":${JSON.stringify(name)},${versionText}${idText}"outputs":[${texts.join(",")}]}`;
  if (tails.length === 0) return { body: json, header: undefined };
  const head = Buffer.from(json);
  return { body: Buffer.concat([head, ...tails]), header: head.length };
}
