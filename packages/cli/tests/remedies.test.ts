/** What to do is said in flags that the command has. */
import { describe, expect, it } from "vitest";
import { inFlags, word } from "../src/say/remedies.js";

describe("what the library says to do", () => {
  it.each([
    [
      'column "ca": "?" in 3 of the rows, counted as missing. If it is a text of its own, pass columns: { "ca": "text" }.',
      'column "ca": "?" in 3 of the rows, counted as missing. If it is a text of its own, pass --column ca=text.',
    ],
    [
      'Pass columns: { "it\'s \\"so\\", 2 of 3": "ignore" } to use one nevertheless.',
      "Pass --column 'it'\\''s \"so\", 2 of 3=ignore' to use one nevertheless.",
    ],
    [
      "If they stand for missing values, name them in missing.",
      "If they stand for missing values, pass them by --missing.",
    ],
    [
      "leave such rows out, or name it in missing when fitting.",
      "leave such rows out, or pass it by --missing when fitting.",
    ],
    ["The loss was still falling. Pass more epochs.", "The loss was still falling. Pass a larger --epochs."],
    ["columns are nice, and missing values are not.", "columns are nice, and missing values are not."],
  ])("%s", (said, wanted) => expect(inFlags(said)).toBe(wanted));

  it("has words that a shell takes as they stand", () => {
    expect(["a=b", "two words", "", "it's", "$HOME"].map(word)).toEqual([
      "a=b",
      "'two words'",
      "''",
      "'it'\\''s'",
      "'$HOME'",
    ]);
  });
});
