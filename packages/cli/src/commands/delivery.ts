/** A model, or what is made of one, to its place. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { stdout } from "node:process";
import { digestOf } from "../model-file.js";
import { badUsage, Refusal } from "../refusal.js";
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

/** What took long to learn is not lost to a disk that is full, or was taken away: it goes where temporary files go. */
async function rescue(output: string, bytes: Uint8Array, error: unknown): Promise<never> {
  const path = join(tmpdir(), `${randomUUID().slice(0, 8)}-${basename(output)}`);
  const isFile = output !== "-" && !output.startsWith("/dev/");
  if (!isFile || !(error instanceof Refusal)) throw error;
  try {
    await writeAll(path, bytes);
  } catch {
    throw error;
  }
  throw new Refusal(`${error.message} It is in ${path} for now: move it from there.`, error.kind, { cause: error });
}

/** Writes the file, whole or not at all, and says its digest; with --json all that there is to say, as JSON. */
export async function deliver(
  output: string,
  bytes: Uint8Array,
  { json }: DeliveryFlags,
  facts: object,
): Promise<void> {
  await writeAll(output, bytes).catch((error) => rescue(output, bytes, error));
  const digest = digestOf(bytes);
  const name = output === "-" ? "standard output" : output;
  say(`${styled("bold", name)}: ${bytes.length} bytes, SHA-256 ${digest}`);
  if (json) stdout.write(`${JSON.stringify({ file: output, bytes: bytes.length, digest, ...facts })}\n`);
}
