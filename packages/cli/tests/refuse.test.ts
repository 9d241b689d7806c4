/** Whatever goes wrong: one sentence, the right exit code, no half a file. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier, type MultiLabelClassifier } from "wasmlp";
import { csv, customers, ended, Place, QUICK } from "./command.js";

const place = new Place();
const rows = customers(200);

beforeAll(async () => {
  const model = await Classifier.fit(rows, { target: "churn", hidden: [4], ensemble: 1, epochs: 1 });
  place.write("churn.model", model.save());
  place.write("good.csv", csv(rows));
  place.write("ageless.csv", csv(rows.map(({ age, ...row }) => row)));
  place.write("broken.csv", `${csv(rows)}c1,20\n`);
  place.write("latin.csv", Buffer.from(csv(rows).replace("basic", "b\xe4sic"), "latin1"));
  place.write("utf16.csv", Buffer.from(`\ufeff${csv(rows)}`, "utf16le"));
  place.write("wide.csv", Buffer.from(csv(rows), "utf16le"));
  place.write("zeros.csv", csv(rows).replace("basic", "ba\0\0sic"));
  mkdirSync(place.path("folder"));
  place.write("empty.csv", "");
  place.write("header.csv", "id,age,plan,spent,since,churn\n");
  place.write("odd.csv", csv([...rows, { ...rows[0], age: "elderly" }]));
  place.write("cut.csv.gz", Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]));
  place.write("cut.model", model.save().slice(0, 999));
  const quick = { hidden: [2], ensemble: 1, epochs: 1 };
  const sets = rows.map(({ age, plan }) => ({ age, plans: [plan] }));
  place.write("sets.model", (await Classifier.fit<MultiLabelClassifier>(sets, { target: "plans", ...quick })).save());
});

afterAll(() => place.remove());

/** What is refused, by which code, in which words. */
const CASES: [what: string, args: string, code: number, says: RegExp][] = [
  [
    "a missing column",
    "predict churn.model ageless.csv -o out.csv",
    65,
    /ageless\.csv must have the columns that the model reads, and lacks "age"\. Add them/,
  ],
  [
    "a broken line",
    "predict churn.model broken.csv -o out.csv",
    65,
    /broken\.csv, line 202: the record must have 6 cells, as the header has, got 2\./,
  ],
  ["a broken line in training", "train broken.csv -t churn -o out.model", 65, /broken\.csv, line 202/],
  [
    "another encoding",
    "predict churn.model latin.csv -o out.csv",
    65,
    /latin\.csv, line \d+: must be UTF-8, got other bytes\. Save it/,
  ],
  ["UTF-16", "train utf16.csv -t churn -o out.model", 65, /must be UTF-8, got UTF-16\. Save it/],
  [
    "UTF-16 without a mark",
    "train wide.csv -t churn -o out.model",
    65,
    /wide\.csv must be UTF-8, got UTF-16\. .*UTF-16LE/,
  ],
  ["zeros", "train zeros.csv -t churn -o out.model", 65, /zeros\.csv must be UTF-8, got zeros in it\./],
  ["a folder as a table", "train folder -t churn -o out.model", 1, /folder cannot be read: it is a folder/],
  ["a folder as the output", "predict churn.model good.csv -o folder", 1, /folder cannot be written: it is a folder/],
  [
    "a folder in spite of --force",
    "predict churn.model good.csv -f -o folder",
    1,
    /folder cannot be written: it is a folder/,
  ],
  ["an output without a name", "predict churn.model good.csv -o ", 2, /-o must be a file's name/],
  [
    "a checkpoint that is none",
    `train good.csv -t churn -o out.model --resume good.csv ${QUICK}`,
    65,
    /good\.csv is nothing to go on from: the file must be a saved wasmlp model.*Pass what an interrupted/,
  ],
  ["to serve what is not there", "serve none", 1, /none cannot be read: there is no such file or folder/],
  [
    "an empty file",
    "predict churn.model empty.csv -o out.csv",
    65,
    /empty\.csv is empty: a table has a header and rows\./,
  ],
  ["a header alone", "train header.csv -t churn -o out.model", 65, /header\.csv: there must be a row at least/],
  [
    "a value of a wrong kind",
    "predict churn.model odd.csv -o out.csv",
    65,
    /odd\.csv, line 202: column "age" must hold numbers, got "elderly"\./,
  ],
  ["half a gzip file", "predict churn.model cut.csv.gz -o out.csv", 65, /cut\.csv\.gz is no whole gzip file/],
  [
    "a file that is no model",
    "predict good.csv good.csv -o out.csv",
    65,
    /good\.csv is no model that can be read: .*Pass what wasmlp train wrote\./,
  ],
  ["half a model", "inspect cut.model", 65, /cut\.model is no model that can be read/],
  ["a model of several labels", "predict sets.model good.csv -o out.csv", 65, /sets\.model has several labels a row/],
  [
    "a file that is not there",
    "predict churn.model none.csv -o out.csv",
    1,
    /none\.csv cannot be read: there is no such file/,
  ],
  [
    "a folder that is not there",
    "train good.csv -t churn -o none/out.model",
    1,
    /none\/out\.model cannot be written: there is no such file or folder/,
  ],
  [
    "a full disk",
    "predict churn.model good.csv -o /dev/full",
    1,
    /\/dev\/full cannot be written: the disk is full\. Make room/,
  ],
  ["a full disk for a model", `train good.csv -t churn -o /dev/full ${QUICK}`, 1, /the disk is full\. Make room/],
  [
    "a target that is no column",
    "train good.csv -t chrun -o out.model",
    65,
    /must have the target "chrun", got "id", "age"/,
  ],
  [
    "labels as numbers",
    `train good.csv -t churn -o out.model --kind regressor ${QUICK}`,
    65,
    /row 1 below the header: targets must be finite numbers, got "no"/,
  ],
  [
    "a name that is taken",
    "predict churn.model good.csv --as age",
    2,
    /has a column "age" already\. Choose another name/,
  ],
  ["a subcommand that is none", "trian good.csv", 2, /Did you mean train\?/],
  ["a flag that is none", "train good.csv -t churn --tets 0.1", 2, /Did you mean --test\?/],
  ["no target", "train good.csv", 2, /required option '-t, --target <column>' not specified/],
  ["a seed that is none", "train good.csv -t churn --seed x", 2, /It must be a whole number >= 0\./],
  ["standard input twice", "predict - -", 2, /"-" must stand once/],
  [
    "a kind of column that is none",
    "train good.csv -t churn --column age=words",
    2,
    /It must be a column and its kind/,
  ],
];

describe("the command refuses", () => {
  it.each(CASES)("%s", async (_, args, code, says) => {
    const files = place.files();
    const found = await place.run(args);
    expect(found.err).toMatch(says);
    expect(found.err).not.toMatch(/\n {4}at /);
    expect([found.code, found.out]).toEqual([code, ""]);
    expect(place.files()).toEqual(files);
  });

  it("nothing of a pipe that is closed: it ends without a word", async () => {
    place.write("long.csv", csv(customers(60_000)));
    const child = place.start("predict churn.model long.csv -q");
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { code, err } = await ended(child);
    expect([code, err]).toEqual([0, ""]);
  });

  it("to lose a model whose place is gone when it is done: it goes where temporary files go", async () => {
    mkdirSync(place.path("away"));
    mkdirSync(place.path("temporary"));
    const child = place.start(`train - -t churn -o away/my.model ${QUICK} --test 0`, {
      TMPDIR: place.path("temporary"),
    });
    child.stdin?.write(csv(rows).slice(0, 3000));
    await new Promise((resolve) => setTimeout(resolve, 600));
    renameSync(place.path("away"), place.path("elsewhere"));
    child.stdin?.end(csv(rows).slice(3000));
    const { code, err } = await ended(child);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/away\/my\.model cannot be written: .* It is in .*my\.model for now: move it/),
    ]);
    const [kept] = readdirSync(place.path("temporary"));
    const { code: asked } = await place.run(`inspect temporary/${kept}`);
    expect([kept, asked]).toEqual([expect.stringMatching(/-my\.model$/), 0]);
    for (const name of ["elsewhere", "temporary"]) rmSync(place.path(name), { recursive: true });
  });

  it("to let names and texts of a table command the terminal, or fill it", async () => {
    const odd = rows.map(({ plan, ...row }, i) => ({
      ...row,
      "plan\u001b[2J": i % 2 ? `\u001b]0;title\u0007${"x".repeat(9999)}` : plan,
    }));
    place.write("odd-names.csv", csv(odd));
    const { code, err } = await place.run(`train odd-names.csv -t churn -o odd.model ${QUICK}`);
    expect(code).toBe(0);
    expect(err).toContain("plan\ufffd[2J");
    expect([err.includes("\u001b"), err.includes("\u0007"), err.length < 4000]).toEqual([false, false, true]);
    rmSync(place.path("odd.model"));
  });

  it("control: the rest of that table would have been answered", async () => {
    const { code, out } = await place.run("predict churn.model long.csv -q");
    expect([code, out.split("\n").length]).toEqual([0, 60_002]);
  });

  it("to leave half a file when it is ended from outside", async () => {
    const child = place.start("predict churn.model - -o half.csv");
    child.stdin?.on("error", () => {});
    child.stdin?.write(csv(customers(20_000)));
    const wait = async () => {
      while (!place.files().some((name) => name.endsWith(".tmp")))
        await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await wait();
    child.kill("SIGINT");
    const { code, err } = await ended(child);
    expect([code, err]).toEqual([130, "wasmlp: interrupted: nothing was written.\n"]);
    expect(place.files().filter((name) => name.startsWith("half"))).toEqual([]);
  });

  it.runIf(existsSync("/dev/full"))("to say that all is well when standard output is full", async () => {
    const { spawnSync } = await import("node:child_process");
    const { COMMAND } = await import("./command.js");
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${COMMAND}" predict churn.model good.csv > /dev/full`],
      { cwd: place.folder, encoding: "utf8" },
    );
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("standard output cannot be written: the disk is full"),
    ]);
  });
});
