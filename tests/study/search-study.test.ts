/** What a search of a table asks is what a study asks. */
import { describe, expect, it } from "vitest";
import { Study } from "../../src/study.js";
import { SearchStudy } from "../../src/table/search-study.js";

const learningRate = { low: 1e-4, high: 1, log: true };
const hidden = [[1], [2], [3]];

async function settingsOf(
  ask: () => Promise<{ learningRate: number; hidden: number }>,
  tell: (score: number, t: number) => unknown,
) {
  const all: unknown[] = [];
  for (let t = 0; t < 30; t++) {
    const settings = await ask();
    all.push(settings);
    await tell(Math.abs(Math.log10(settings.learningRate) + 2) + settings.hidden, t);
  }
  return all;
}

describe("a search", () => {
  it.each([false, true])("has the settings of a study with the same scores (maximize: %s)", async (maximize) => {
    const search = new SearchStudy({ learningRate, hidden }, 3, maximize);
    const ask = async () => {
      const settings = (await search.ask()) as { learningRate: number; hidden: number[] };
      return { learningRate: settings.learningRate, hidden: hidden.indexOf(settings.hidden) };
    };
    const study = new Study({ space: { learningRate, hidden: [0, 1, 2] }, seed: 3, maximize });
    const own = await settingsOf(
      async () => (await study.ask()).settings,
      (score, t) => study.tell(t, score),
    );
    expect(await settingsOf(ask, (score) => search.tell(score))).toEqual(own);
  });

  it("waits for the trials that settle one, and for none once it is over", async () => {
    const search = new SearchStudy({ learningRate }, 1, false);
    // The first ten are settled by nothing.
    await Promise.all(Array.from({ length: 10 }, () => search.ask()));
    let isAsked = false;
    const next = search.ask().then((settings) => {
      isAsked = true;
      return settings;
    });
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    for (let t = 0; t < 6; t++) search.tell(t);
    await turn();
    expect(isAsked).toBe(false);
    search.tell(undefined);
    expect(Object.keys((await next) as object)).toEqual(["learningRate"]);
    const never = search.ask();
    search.end();
    expect(await never).toBeUndefined();
  });
});
