/** Models in files: read whole, known by their header, named by their digest. */
import { createHash } from "node:crypto";
import { Classifier, MLP, type MultiTargetClassifier, type MultiTargetRegressor, Regressor } from "wasmlp";
import { chunksOf, gather, nameOf } from "./read/sources.js";
import { badData } from "./refusal.js";

/** Anything that the command can ask. */
export type Model = TableModel | MLP;

/** A model of a table, of one target or of several. */
export type TableModel =
  | Classifier
  | Regressor
  | MultiTargetClassifier<string, Classifier>
  | MultiTargetRegressor<string, Regressor>;

/** The models of a table's targets. */
export function modelsOf(model: TableModel): readonly (Classifier | Regressor)[] {
  return "targets" in model ? model.targets.map((target) => model.models[target]) : [model];
}

/** A model, and what its file says. */
export interface LoadedModel {
  readonly name: string;
  readonly model: Model;
  /** SHA-256 of the file: equal on every machine for the same rows, options and seed. */
  readonly digest: string;
  readonly bytes: number;
}

export const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Loads a model from a file, or from standard input for "-".
 * @throws Refusal on a file that is not there, or is no model
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const name = nameOf(path);
  const bytes = await gather(chunksOf(path));
  const kind = classOf(name, bytes);
  try {
    return { name, model: await kind.load(bytes), digest: digestOf(bytes), bytes: bytes.length };
  } catch (cause) {
    const why = (cause as Error).message.replace(/^[\w.]+: /, "");
    throw badData(`${name} is no model that can be read: ${why} Pass what wasmlp train wrote.`, cause);
  }
}

/** Which class a file is of, by its header; of a file that has none MLP, which says what is wrong. */
function classOf(name: string, bytes: Buffer): { load(bytes: Uint8Array): Promise<Model> } {
  const kinds = kindsOf(headerOf(bytes));
  if (kinds.includes("multi-label classifier")) {
    throw badData(`${name} has several labels a row, and the command asks for one. Ask it by the library.`);
  }
  const [kind] = kinds;
  return kind === "classifier" ? Classifier : kind === "regressor" ? Regressor : MLP;
}

/** Of what kind each target's model is; none of a network. What is no JSON its class refuses. */
function kindsOf({ table, targets }: ReturnType<typeof headerOf>): (string | undefined)[] {
  try {
    const tables =
      targets === undefined
        ? [JSON.parse(table ?? "{}")]
        : JSON.parse(targets)
            .map(Object)
            .map(({ table }: { table: unknown }) => table);
    return tables.map((one: unknown) => (Object(one) as { kind?: string }).kind);
  } catch {
    return [];
  }
}

/** What the header of a safetensors file says (docs/format.md); nothing where there is none. */
function headerOf(bytes: Buffer): { readonly table?: string; readonly targets?: string } {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__: about } = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    // Not of others' files: what they call a table is none.
    return typeof about?.wasmlp === "string" && isJson(about.table) ? about : {};
  } catch {
    return {};
  }
}

function isJson(text: string | undefined): boolean {
  return text === undefined || typeof JSON.parse(text) === "object";
}
