/** A model, or what is made of one, to its place. */
import { stdout } from "node:process";
import { digestOf } from "../model-file.js";
import { badUsage } from "../refusal.js";
import { say, styled } from "../say/terminal.js";
import { checkFree, writeAll } from "../write/output.js";

/** Flags of what writes one file. */
export interface DeliveryFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * Where the file goes, looked at before any work is done.
 * @throws Refusal if it would go to a terminal, over a file, or between lines of JSON
 */
export function outputOf({ output = "-", force, json }: DeliveryFlags): string {
  if (output === "-" && stdout.isTTY) throw badUsage("The file needs a name, or a pipe. Pass -o churn.model, say.");
  if (output === "-" && json) {
    throw badUsage("--json and the file cannot both go to standard output. Pass -o churn.model, say.");
  }
  checkFree(output, force);
  return output;
}

/** Writes the file, whole or not at all, and says its digest; with --json all that there is to say, as JSON. */
export async function deliver(
  output: string,
  bytes: Uint8Array,
  { json }: DeliveryFlags,
  facts: object,
): Promise<void> {
  await writeAll(output, bytes);
  const digest = digestOf(bytes);
  const name = output === "-" ? "standard output" : output;
  say(`${styled("bold", name)}: ${bytes.length} bytes, SHA-256 ${digest}`);
  if (json) stdout.write(`${JSON.stringify({ file: output, bytes: bytes.length, digest, ...facts })}\n`);
}
