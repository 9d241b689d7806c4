/** The help says all there is: each flag has a description and stands in an example. */
import { describe, expect, it } from "vitest";
import { makeProgram } from "../src/program.js";

/** The help of a subcommand, examples too. */
function helpOf(command: ReturnType<typeof makeProgram>): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe("the help", () => {
  const program = makeProgram();

  it.each(program.commands.map((command) => [command.name(), command] as const))(
    "of %s has an example of each flag",
    (_, command) => {
      const examples = helpOf(command).split("\nExamples:\n")[1];
      for (const { long, short, description } of command.options) {
        expect(description, long).not.toBe("");
        const flag = new RegExp(` (?:${long}${short ? `|${short}` : ""})(?= |$)`, "m");
        expect(examples, `${command.name()} ${long}`).toMatch(flag);
      }
      for (const line of examples.split("\n").filter((text) => text.trim() !== "")) expect(line).toMatch(/wasmlp/);
    },
  );

  it("names the subcommands that stand in SERVICE.md, and no other", () => {
    expect(program.commands.map((command) => command.name())).toEqual([
      "train",
      "cv",
      "tune",
      "predict",
      "evaluate",
      "inspect",
      "export",
      "convert",
      "serve",
      "worker",
    ]);
  });
});
