/** State dicts that torch.save wrote: what PyTorch answers is what we answer; nothing of a file runs. */
import { describe, expect, it } from "vitest";
import { fromTorch } from "../../src/migrate.js";
import { answersElsewhere, differenceFrom, elsewhere, filesElsewhere } from "./elsewhere.js";

describe("a file", () => {
  const names = filesElsewhere(/\.pt$/).filter((name) => name in answersElsewhere);

  it.each(names)("%s answers as PyTorch does", async (name) => {
    const { net } = await fromTorch(elsewhere(name), { activation: "relu", output: "linear" });
    expect(net.layers).toEqual([4, 6, 3]);
    expect(differenceFrom(answersElsewhere[name], net as never)).toBeLessThanOrEqual(1e-6);
  });
  it("x", async () => {
    for (const name of filesElsewhere(/\.(pt|h5|keras)$/))
      if (!(name in answersElsewhere))
        console.log(
          name,
          await fromTorch(elsewhere(name), { activation: "relu", output: "linear" }).catch((e) => e.message),
        );
  });
});
