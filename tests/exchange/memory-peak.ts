/** How much memory the process needs for some work; Linux says. */
import { readFileSync, writeFileSync } from "node:fs";

export const MIB = 2 ** 20;

/** The least of three peaks: what the process does beside the work, compiling and collecting, only adds. */
export async function peak(work: () => unknown): Promise<number> {
  return Math.min(await onePeak(work), await onePeak(work), await onePeak(work));
}

/** The most memory that the process needs meanwhile beyond what it has before, in bytes; Linux says. */
export async function onePeak(work: () => unknown): Promise<number> {
  const status = (name: string) =>
    1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  global.gc?.();
  writeFileSync("/proc/self/clear_refs", "5");
  const before = status("VmRSS");
  await work();
  return status("VmHWM") - before;
}
