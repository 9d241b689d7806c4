/** A model in memory. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { Classifier, MLP, Regressor } from "wasmlp";
import { loadFile } from "wasmlp/node";
import type { Answering } from "../answers/answering.js";
import { networkAnswers } from "../answers/network-answers.js";
import { modelsOf, type TableModel, tableAnswers } from "../answers/table-answers.js";
import type { ModelFile } from "./model-files.js";

/** Anything that a file holds. */
export type Model = MLP | TableModel;

/** A model that was loaded, and how it is asked. */
export interface LoadedModel {
  readonly name: string;
  readonly version: string | undefined;
  readonly model: Model;
  readonly answering: Answering;
  /** Networks that it has: an engine has room for some thousands. */
  readonly networks: number;
  /** About what it takes, in bytes: measured on Node 20, 70 KB with one network, 700 KB with eight of 256 hidden units. */
  readonly bytes: number;
  /** SHA-256 of the model's bytes, "sha256:...": that of its file, where this was saved without options. */
  readonly digest: string;
}

const isNetwork = (model: Model): model is MLP => model instanceof MLP;

/** Whether it goes on learning by `partialFit`. */
export function learns(model: Model): model is Classifier | Regressor {
  return model instanceof Classifier || model instanceof Regressor;
}

/** What a network takes besides what its file holds. */
const NETWORK_BYTES = 48 * 1024;

/**
 * Loads the model of a file.
 * @throws Error of the file system, or the library's, saying what is wrong with the file
 */
export async function loadModel(name: string, { path, version }: ModelFile): Promise<LoadedModel> {
  const model: Model = await loadFile(path);
  const { size } = await stat(path);
  const networks = isNetwork(model) ? 1 : modelsOf(model).reduce((sum, { members }) => sum + members.length, 0);
  let digest: string | undefined;
  return {
    name,
    version,
    model,
    answering: isNetwork(model) ? networkAnswers(model) : tableAnswers(model),
    networks,
    bytes: networks * NETWORK_BYTES + Math.ceil(1.25 * size),
    get digest() {
      digest ??= `sha256:${createHash("sha256")
        .update((model as MLP).save())
        .digest("hex")}`;
      return digest;
    },
  };
}
