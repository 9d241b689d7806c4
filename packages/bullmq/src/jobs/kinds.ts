/** Classes of models of tables by their names, and options that go to other machines. */
import { Classifier, Regressor } from "wasmlp";
import { checkJson } from "./job-form.js";

/** The name of a class, as jobs have it. */
export type KindName = "Classifier" | "Regressor";

/** Tasks that every worker knows; what they come to follows from the job alone. */
export const OWN_TASKS = { fit: true, crossValidate: true } as const;

export const KINDS = { Classifier, Regressor } as const;

export function nameOfKind(call: string, kind: unknown): KindName {
  if (kind === Classifier) return "Classifier";
  if (kind === Regressor) return "Regressor";
  throw new TypeError(
    `${call}: kind must be Classifier or Regressor of wasmlp, got ${typeof kind === "function" ? kind.name : typeof kind}.`,
  );
}

/** Options of this process alone, which change nothing in what comes out. */
const HERE = ["signal", "pool", "onEpoch", "onWarning", "onFold"];

/** What decides by a clock would not come to the same twice. */
const CLOCKS = ["time"];

/** @throws TypeError for what cannot travel, or is settled by a clock */
export function optionsThatTravel(call: string, options: object): Record<string, unknown> {
  const own = Object.entries(options).filter(([name, value]) => !HERE.includes(name) && value !== undefined);
  const clock = own.find(([name]) => CLOCKS.includes(name));
  if (clock) throw new TypeError(`${call}: ${clock[0]} must be left out, got one: jobs come to the same wherever they are done. Pass ensemble and epochs.`); // biome-ignore format: one line
  return checkJson(call, "options", Object.fromEntries(own)) as Record<string, unknown>;
}
