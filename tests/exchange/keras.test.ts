/** Files of Keras: what its layers compute is what we predict; weights alone, other layers and damage are refused. */
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { refuser } from "../../src/exchange/refuser.js";
import { ZipFile } from "../../src/exchange/zip-file.js";
import { crc32 } from "../../src/file/crc.js";
import { fromKeras } from "../../src/migrate.js";
import { readmeFigures } from "../claims.js";
import { answersElsewhere, differenceFrom, elsewhere, filesElsewhere } from "./elsewhere.js";

const [BOUND] = readmeFigures(/\| models of PyTorch, .* \| within (\S+) of their own answers \|/);

const sentence = (bytes: Uint8Array) =>
  fromKeras(bytes).then(
    () => "accepted",
    (error: Error) => error.message,
  );

describe("a file", () => {
  const names = filesElsewhere(/\.(keras|h5)$/).filter((name) => name in answersElsewhere);

  it.each(names)("%s answers as its layers do", async (name) => {
    const { net, scaling } = await fromKeras(elsewhere(name));
    const wanted = answersElsewhere[name];
    expect(scaling !== undefined).toBe(wanted.scaling === true);
    expect(differenceFrom(wanted, net as never, scaling)).toBeLessThanOrEqual(wanted.bound ?? BOUND);
  });

  it("has its layers folded: scalings are in the weights, nested layers in the chain", async () => {
    const { net } = await fromKeras(elsewhere("functional.keras"));
    expect([net.layers, net.activation, net.output]).toEqual([
      [6, 5, 4, 2],
      [{ "leaky-relu": 0.2 }, "tanh"],
      "sigmoid",
    ]);
  });

  it("control: one weight of another file is noticed", async () => {
    const bytes = elsewhere("float64.keras").slice();
    const { net } = await fromKeras(elsewhere("float64.keras"));
    const [first] = net.parameters();
    const changed = first.weights.slice();
    changed[0] += 0.01;
    net.setParameters([{ ...first, weights: changed }, ...net.parameters().slice(1)]);
    expect(differenceFrom(answersElsewhere["float64.keras"], net as never)).toBeGreaterThan(1e-4);
    expect(bytes).toEqual(elsewhere("float64.keras"));
  });
});
