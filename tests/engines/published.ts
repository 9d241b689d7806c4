/** What is published, run through the conformance suite, and the way an engine says what it found. */
import * as wasmlp from "wasmlp";
import { createPool } from "wasmlp/pool";
import { fitInWorker } from "wasmlp/worker";
import golden from "../golden/bytes.json" with { type: "json" };
import type { Library } from "./configurations.js";
import { conform, type Outcome } from "./conformance.js";

export function conformPublished(): Promise<Outcome> {
  // The same types, but classes with private members are never those of another declaration.
  const [library, elsewhere] = [wasmlp, { fitInWorker, createPool }] as unknown as [
    Library,
    Parameters<typeof conform>[1],
  ];
  return conform(library, elsewhere, golden);
}

/** Pages answer the server they come from, all others on their standard output. */
export async function answer(work: Promise<Outcome>): Promise<void> {
  const outcome = await work.catch((error): Outcome => ({ passed: 0, failed: [`did not run: ${error}`] }));
  const body = JSON.stringify(outcome);
  if (typeof document === "undefined") console.log(body);
  else await fetch("/answer", { method: "POST", body });
}
