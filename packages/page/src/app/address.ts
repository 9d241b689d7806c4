/** What a link to the page keeps, so that it makes the same model of the same table. */
import type { TaskView } from "../talk.js";
import { FIRST, type State } from "./store.js";

/** A link to the page keeps target, seed and settings. */
export function keepInAddress(task: TaskView, settings: State["settings"]): void {
  const { seed, ensemble, epochs, hidden } = settings;
  const kept = {
    target: task.target,
    as: task.canBeOther ? task.kind : "",
    seed,
    ensemble,
    epochs,
    hidden: hidden.join("-"),
  };
  const said = Object.entries(kept).filter(([name, value]) => name === "seed" || (value !== 0 && value !== ""));
  location.replace(`#${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`);
}

export function settingsOfAddress(): State["settings"] {
  const asked = new URLSearchParams(location.hash.slice(1));
  const whole = (name: string, other: number) => {
    const value = Number(asked.get(name) ?? other);
    return Number.isSafeInteger(value) && value >= 0 ? value : other;
  };
  const hidden = (asked.get("hidden") ?? "").split("-").filter(Boolean).map(Number);
  const { settings } = FIRST;
  return {
    ...settings,
    seed: whole("seed", settings.seed),
    ensemble: whole("ensemble", 0),
    epochs: whole("epochs", 0),
    hidden,
  };
}

export const wantedKind = () => {
  const kind = new URLSearchParams(location.hash.slice(1)).get("as");
  return kind === "labels" || kind === "values" ? kind : undefined;
};

export const wantedTarget = () => new URLSearchParams(location.hash.slice(1)).get("target") ?? undefined;
