/** What train, cv and tune make: the library's own models, to the byte. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier, Regressor } from "wasmlp";
import { csv, customers, ended, Place, QUICK } from "./command.js";

const place = new Place();
const rows = customers(400);
const options = { hidden: [8], ensemble: 1, epochs: 3 };
const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

beforeAll(() => {
  place.write("churn.csv", csv(rows));
  place.write(
    "half.jsonl.gz",
    gzipSync(
      rows
        .slice(0, 200)
        .map((row) => JSON.stringify(row))
        .join("\n"),
    ),
  );
  place.write("other.json", JSON.stringify(rows.slice(200)));
});

afterAll(() => place.remove());

describe("train", () => {
  it("makes the model that the library makes of the same rows, and says its digest", async () => {
    const { code, out, err } = await place.run(`train churn.csv -t churn -o a.model --test 0 --json ${QUICK}`);
    expect([code, err]).toEqual([0, expect.stringContaining("churn is learned as 2 labels")]);
    const bytes = readFileSync(place.path("a.model"));
    const wanted = await Classifier.fit(rows, { target: "churn", ...options });
    expect(bytes.equals(wanted.save())).toBe(true);
    expect(JSON.parse(out)).toMatchObject({
      file: "a.model",
      digest: sha(bytes),
      kind: "classifier",
      trainedOn: 400,
      networks: 1,
    });
  });

  it("makes the same of several files, in other formats, by way of standard output", async () => {
    const child = place.start(`train half.jsonl.gz other.json -t churn --test 0 ${QUICK}`);
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (data) => chunks.push(data));
    await once(child, "close");
    expect(sha(Buffer.concat(chunks))).toBe(sha(readFileSync(place.path("a.model"))));
  });

  it("makes regressors of numbers, with the library's options", async () => {
    const args = `train - -t spent -o spent.model --test 0 --loss absolute --column age=text --missing c3 --seed 7 ${QUICK}`;
    const known = rows.filter(({ spent }) => spent !== "");
    expect((await place.run(args, csv(known, ";"))).code).toBe(0);
    const wanted = await Regressor.fit(known, {
      target: "spent",
      ...options,
      loss: "absolute",
      columns: { age: "text" },
      missing: ["c3"],
      seed: 7,
    });
    expect(readFileSync(place.path("spent.model")).equals(wanted.save())).toBe(true);
  });

  it("scores on rows that it did not train on, beside a baseline, and says how columns were read", async () => {
    const { code, out, err } = await place.run("train churn.csv -t churn -o b.model --ensemble 2 --test 0.25 --json");
    const { trainedOn, heldOut } = JSON.parse(out);
    expect([code, trainedOn, heldOut.rows]).toEqual([0, 300, 100]);
    expect(heldOut.scores.accuracy).toBeGreaterThan(heldOut.baseline.accuracy);
    expect(err).toMatch(/id +left out/);
    expect(err).toMatch(/age +number/);
    expect(err).toMatch(/accuracy +0\.\d+ +0\.\d+/);
  });

  it("keeps the file that is there without --force, and does nothing in a dry run", async () => {
    const before = sha(readFileSync(place.path("a.model")));
    const { code, err } = await place.run(`train churn.csv -t churn -o a.model ${QUICK}`);
    expect([code, err]).toEqual([
      2,
      "wasmlp: a.model is there already. Pass --force to replace it, or another name with -o.\n",
    ]);
    expect(sha(readFileSync(place.path("a.model")))).toBe(before);
    const files = place.files();
    const dry = await place.run("train churn.csv -t churn -o new.model --dry-run --json -q");
    expect([dry.code, dry.err, JSON.parse(dry.out)]).toMatchObject([
      0,
      "",
      { kind: "classifier", trainOn: 360, heldOut: 40 },
    ]);
    expect(place.files()).toEqual(files);
  });
});

describe("Ctrl-C during train", () => {
  const args = "train churn.csv -t churn --hidden 32 --ensemble 2 --epochs 600";

  it.each([1, 2])("leaves a file from which --resume goes on to the same bytes, on %i threads", async (workers) => {
    expect((await place.run(`${args} -o whole.model --force`)).code).toBe(0);
    const child = place.start(`${args} --workers ${workers} -o stopped.model`);
    const end = ended(child);
    child.stderr?.on("data", (data) => String(data).includes("network 1") && child.kill("SIGINT"));
    const { code, err } = await end;
    expect(code).toBe(130);
    expect(err).toContain("interrupted: saving when this epoch is over.");
    const [, call] = /To go on, to the same bytes: wasmlp (.*)\n/.exec(err) as RegExpExecArray;
    expect(place.files()).toContain("stopped.model.checkpoint");
    expect(place.files()).not.toContain("stopped.model");
    const resumed = await place.run(call);
    expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining("stopped.model")]);
    const stopped = readFileSync(place.path("stopped.model"));
    rmSync(place.path("stopped.model"));
    expect(sha(stopped)).toBe(sha(readFileSync(place.path("whole.model"))));
  });
});

describe("cv and tune", () => {
  it("cv scores each fold, and their mean, as the library does", async () => {
    const { code, out } = await place.run(`cv churn.csv -t churn --folds 3 --json -q ${QUICK}`);
    const wanted = await Classifier.crossValidate(rows, { target: "churn", folds: 3, ...options });
    expect(code).toBe(0);
    expect(JSON.parse(out).mean).toEqual(wanted.mean);
  });

  // How many settings there is time for the machine says: on a busy one none.
  it("tune tries settings for some seconds, and leaves a model", async () => {
    const { code, out } = await place.run(
      "tune churn.csv -t churn --seconds 2 --folds 2 -o tuned.model --json -q --epochs 2 --workers 1",
    );
    const { trials, digest } = JSON.parse(out);
    expect([code, digest]).toEqual([0, sha(readFileSync(place.path("tuned.model")))]);
    expect(Number.isInteger(trials)).toBe(true);
  });
});
