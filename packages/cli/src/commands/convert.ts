/** `wasmlp convert`: models of other libraries. */
import { chunksOf, gather, nameOf } from "../read/sources.js";
import { badData, Refusal } from "../refusal.js";
import { say } from "../say/terminal.js";
import { deliver, outputOf } from "./delivery.js";
import { type ForeignFlags, type ForeignModel, readForeign } from "./foreign-model.js";
import { checkTables } from "./tables.js";

export interface ConvertFlags extends ForeignFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function convert(paths: readonly string[], flags: ConvertFlags): Promise<void> {
  checkTables(paths);
  const output = outputOf(flags);
  const [path, ...further] = paths;
  const bytes = await gather(chunksOf(path));
  const { net, from, model, ...said } = await read(path, bytes, further, flags);
  say(`${nameOf(path)} (${from}): layers ${net.layers.join("-")}, ${net.output}.`);
  const told = facts(said);
  if (model) say(`Its columns make it a ${model.constructor.name}, which takes rows by name.`);
  else {
    if (told.mean) say("The network reads rows that are scaled first, (x - mean) / deviation:");
    // The file of a network has no names.
    for (const [what, names] of Object.entries(told)) say(`${what}: ${names.map(shown).join(", ")}`);
  }
  await deliver(output, (model ?? net).save(), flags, { from, layers: net.layers, output: net.output, ...told });
}

async function read(
  path: string,
  bytes: Buffer,
  further: readonly string[],
  flags: ConvertFlags,
): Promise<ForeignModel> {
  try {
    return await readForeign({ path, bytes, further, flags });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const why = (error as Error).message.replace(/^(?:MLP\.)?\w+: /, "");
    throw badData(`${nameOf(path)} cannot be converted: ${why}`, error);
  }
}

/** What is told of a model beside its layers, as lists. */
function facts({ scaling, labels, inputs, outputs }: Partial<ForeignModel>): Record<string, readonly unknown[]> {
  return { ...(labels && { labels }), ...(inputs && { inputs }), ...(outputs && { outputs }), ...scaling };
}

/** A number of a row by its name, of a text that is one-hot with the text. */
function shown(item: unknown): string {
  const { name, category, min, max } = Object(item) as Record<string, unknown>;
  if (name === undefined) return String(item);
  const range = min === undefined ? "" : ` (${min} to ${max})`;
  return category === undefined ? `${name}${range}` : `${name}=${category}`;
}
