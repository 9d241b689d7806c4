/** Packages that a subcommand needs and that are installed on their own. */
import { Refusal } from "../refusal.js";

/** @throws Refusal that says how it is installed, if it is not there */
export async function optionalPackage<T>(name: string): Promise<T> {
  try {
    // By a name that compilers do not look for: it may be absent.
    return (await import(name)) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new Refusal(`${name} is not installed. Install it beside: npm install ${name}.`, "failure", { cause });
  }
}
