/**
 * The session in docs/command.md is what the command prints, to the digest: it is run again, as a shell runs it. With WASMLP_RECORD=1 it is written
 * anew:
 *
 *   WASMLP_RECORD=1 npx vitest run packages/cli/tests/session.test.ts
 */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { COMMAND, Place } from "./command.js";

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const PAGE = at("docs/command.md");
const [BEGIN, END] = [
  "<!-- recorded by packages/cli/tests/session.test.ts -->\n```text\n",
  "```\n<!-- end of the session -->",
];

const CALLS = [
  "wasmlp train iris.csv --target species --seed 1 -o iris.model",
  "head -4 iris.csv | wasmlp predict iris.model -",
  "wasmlp evaluate iris.model iris.csv --quiet | head -4",
];

const place = new Place();
afterAll(() => place.remove());

function record(): string {
  copyFileSync(at("examples/data/iris.csv"), place.path("iris.csv"));
  place.write("wasmlp", `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`);
  chmodSync(place.path("wasmlp"), 0o755);
  const env = { ...process.env, PATH: `${place.folder}:${process.env.PATH}`, NO_COLOR: "1" };
  return CALLS.map((call) => {
    const said = execFileSync("sh", ["-c", `{ ${call}; } 2>&1`], { cwd: place.folder, env, encoding: "utf8" });
    return `$ ${call}\n${said}`;
  }).join("\n");
}

it.skipIf(process.platform === "win32")("the session in the page is what the command prints", () => {
  const page = readFileSync(PAGE, "utf8");
  const [from, to] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  expect([from >= BEGIN.length, to >= from]).toEqual([true, true]);
  const session = record();
  if (process.env.WASMLP_RECORD) writeFileSync(PAGE, page.slice(0, from) + session + page.slice(to));
  else expect(page.slice(from, to)).toBe(session);
});
