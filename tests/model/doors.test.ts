/** Every door refuses what it cannot use, in one sentence, and leaves the model as it was and usable. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  adam,
  confusionMatrix,
  cosineDecay,
  Dataset,
  exponentialDecay,
  inverseTimeDecay,
  MLP,
  sgd,
  stepDecay,
  warmup,
} from "../../src/index.js";

const X = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const Y = [0, 1, 1, 0];

/** `<call>: <what must hold>, got <value>.` and perhaps a remedy. */
const SENTENCE = /^[A-Za-z.]+: .+ (must|became) .+\.$/s;

type Kind = typeof TypeError | typeof RangeError | typeof Error;

/** Runs a door, sync or async, and checks kind and words of the refusal. */
async function refuses(door: () => unknown, kind: Kind, words: RegExp): Promise<void> {
  let error: unknown;
  try {
    await door();
  } catch (caught) {
    error = caught;
  }
  expect(error, "nothing was refused").toBeInstanceOf(kind);
  expect((error as Error).constructor).toBe(kind);
  expect((error as Error).message).toMatch(words);
  expect((error as Error).message).toMatch(SENTENCE);
  expect((error as Error).message).not.toContain("\n");
}

// biome-ignore lint/suspicious/noExplicitAny: what is tested here are arguments that the types forbid
const any = (value: unknown): any => value;

describe("factories", () => {
  const refusals: [string, () => unknown, Kind, RegExp][] = [
    ["layers missing", () => MLP.create(any({})), TypeError, /layers must be an array, got undefined/],
    ["one layer", () => MLP.create({ layers: [3] }), RangeError, /inputs and outputs at least, got \[3\]/],
    ["a layer of 0", () => MLP.create({ layers: [2, 0] }), RangeError, /layers\[1\] must be a whole number from 1/],
    ["a layer of 1.5", () => MLP.create({ layers: [1.5, 2] }), RangeError, /layers\[0\].*got 1.5/],
    ["a layer of text", () => MLP.create({ layers: any(["2", 2]) }), TypeError, /layers\[0\].*got "2"/],
    ["an unknown activation", () => MLP.create({ layers: [2, 2], activation: any("swoosh") }), RangeError, /"swoosh"/],
    ["linear as activation", () => MLP.create({ layers: [2, 2], activation: any("linear") }), RangeError, /"linear"/],
    [
      "an activation of two",
      () => MLP.create({ layers: [2, 2], activation: any({ elu: 1, "leaky-relu": 0 }) }),
      TypeError,
      /activation must be a name, .*got/,
    ],
    [
      "an activation of its own",
      () => MLP.create({ layers: [2, 2], activation: any({ gelu: 1 }) }),
      TypeError,
      /activation must be a name/,
    ],
    [
      "an empty activation",
      () => MLP.create({ layers: [2, 2], activation: any({}) }),
      TypeError,
      /activation must be a name/,
    ],
    [
      "a slope over 1",
      () => MLP.create({ layers: [2, 2], activation: { "leaky-relu": 1.5 } }),
      RangeError,
      /activation\["leaky-relu"\] must be .* got 1.5/,
    ],
    [
      "a slope of text",
      () => MLP.create({ layers: [2, 2], activation: any({ "leaky-relu": "0.1" }) }),
      TypeError,
      /got "0.1"/,
    ],
    [
      "a negative alpha",
      () => MLP.create({ layers: [2, 2], activation: { elu: -1 } }),
      RangeError,
      /activation.elu must be .* got -1/,
    ],
    [
      "a NaN alpha",
      () => MLP.create({ layers: [2, 2], activation: { elu: Number.NaN } }),
      RangeError,
      /activation.elu.*NaN/,
    ],
    [
      "two activations for one layer",
      () => MLP.create({ layers: [2, 3, 2], activation: ["gelu", "elu"] }),
      RangeError,
      /one for each of 1 hidden layers/,
    ],
    [
      "a bad one among activations",
      () => MLP.create({ layers: [2, 3, 3, 2], activation: ["gelu", any("glu")] }),
      RangeError,
      /activation\[1\].*"glu"/,
    ],
    [
      "an output that is none",
      () => MLP.create({ layers: [2, 2], output: any("identity") }),
      RangeError,
      /output.*"identity"/,
    ],
    ["an output with a number", () => MLP.create({ layers: [2, 2], output: any({ elu: 1 }) }), TypeError, /output/],
    ["an unknown loss", () => MLP.create({ layers: [2, 2], loss: any("hinge") }), RangeError, /loss.*"hinge"/],
    ["a loss of null", () => MLP.create({ layers: [2, 2], loss: any(null) }), TypeError, /loss.*null/],
    [
      "a loss of values for classes",
      () => MLP.create({ layers: [2, 2], loss: "squared-error" }),
      RangeError,
      /loss must go with the output "softmax", got "squared-error"/,
    ],
    [
      "a loss of classes for values",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: "cross-entropy" }),
      RangeError,
      /loss must go with the output "linear"/,
    ],
    [
      "poisson of sums",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: "poisson" }),
      RangeError,
      /loss must go with/,
    ],
    [
      "gaussian of relu",
      () => MLP.create({ layers: [2, 2], output: "relu", loss: "gaussian" }),
      RangeError,
      /loss must go with/,
    ],
    [
      "gaussian of three outputs",
      () => MLP.create({ layers: [2, 3], output: "linear", loss: "gaussian" }),
      RangeError,
      /multiple of 2 outputs for this loss, got 3/,
    ],
    [
      "a delta of 0",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: { huber: 0 } }),
      RangeError,
      /loss.huber must be .* got 0/,
    ],
    [
      "a delta without number",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: any({ huber: undefined }) }),
      TypeError,
      /loss.huber/,
    ],
    [
      "no levels",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: { quantiles: [] } }),
      TypeError,
      /loss\.quantiles must hold at least one level, got none/,
    ],
    [
      "a level of 1",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: { quantiles: [0.5, 1] } }),
      RangeError,
      /loss.quantiles\[1\] must be .* got 1/,
    ],
    [
      "levels of text",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: any({ quantiles: "0.5" }) }),
      TypeError,
      /loss must be a name/,
    ],
    [
      "three levels, four outputs",
      () => MLP.create({ layers: [2, 4], output: "linear", loss: { quantiles: [0.1, 0.5, 0.9] } }),
      RangeError,
      /multiple of 3 outputs/,
    ],
    [
      "two losses",
      () => MLP.create({ layers: [2, 2], output: "linear", loss: any({ huber: 1, quantiles: [0.5] }) }),
      TypeError,
      /loss must be a name/,
    ],
    ["a bias of 1", () => MLP.create({ layers: [2, 2], bias: any(1) }), TypeError, /bias must be .* got 1/],
    ["a bias too few", () => MLP.create({ layers: [2, 3, 2], bias: [true] }), RangeError, /one for each of 2 layers/],
    [
      "a bias of text",
      () => MLP.create({ layers: [2, 3, 2], bias: any([true, "no"]) }),
      TypeError,
      /bias\[1\] must be .*"no"/,
    ],
    ["an unknown output", () => MLP.create({ layers: [2, 2], output: any(3) }), TypeError, /output.*got 3/],
    ["an unknown start", () => MLP.create({ layers: [2, 2], init: any("zeros") }), RangeError, /"zeros"/],
    ["a start without width", () => MLP.create({ layers: [2, 2], init: any({}) }), TypeError, /init.gaussian/],
    ["a negative seed", () => MLP.create({ layers: [2, 2], seed: -1 }), RangeError, /seed.*got -1/],
    ["a misspelt option", () => MLP.create(any({ layers: [2, 2], sed: 1 })), TypeError, /among layers.*got "sed"/],
    ["layers beyond 32 bits", () => MLP.create({ layers: [100_000, 100_000] }), RangeError, /got layers that need \d+/],
    ["a negative rate", () => sgd({ learningRate: -0.1 }), RangeError, /learningRate.*>= 0, got -0.1/],
    ["a NaN rate", () => adam({ learningRate: Number.NaN }), RangeError, /learningRate.*got NaN/],
    ["a rate of text", () => sgd({ learningRate: any("0.1") }), TypeError, /learningRate.*got "0.1"/],
    ["momentum 1", () => sgd({ momentum: 1 }), RangeError, /momentum.*got 1/],
    ["nesterov alone", () => sgd({ nesterov: true }), RangeError, /nesterov.*momentum/],
    ["nesterov as text", () => sgd({ nesterov: any("yes") }), TypeError, /nesterov.*got "?yes/],
    ["beta 1", () => adam({ beta1: 1 }), RangeError, /beta1/],
    ["epsilon 0", () => adam({ epsilon: 0 }), RangeError, /epsilon/],
    ["a schedule of nothing", () => stepDecay(any(undefined)), TypeError, /options must be an object/],
    ["every 0", () => stepDecay({ initial: 1, rate: 0.5, every: 0 }), RangeError, /every must be > 0/],
    ["rate 0", () => exponentialDecay({ initial: 1, rate: 0, every: 1 }), RangeError, /rate must be > 0/],
    ["a negative strength", () => inverseTimeDecay({ initial: 1, rate: -1, every: 1 }), RangeError, /rate/],
    ["over 0", () => cosineDecay({ initial: 1, over: 0 }), RangeError, /over must be > 0/],
    ["an unknown unit", () => warmup({ over: 1, then: 0.1, unit: any("day") }), RangeError, /"day"/],
    ["ids out of range", () => confusionMatrix([0, 3], [0, 1], 2), RangeError, /truth\[1\] must be .* 0 to 1, got 3/],
    [
      "lists of two lengths",
      () => confusionMatrix([0], [0, 1], 2),
      RangeError,
      /one number for each row of truth, got 2 for 1 rows/,
    ],
  ];
  for (const [title, door, kind, words] of refusals) it(title, () => refuses(door, kind, words));
});

describe("datasets", () => {
  const refusals: [string, () => unknown, Kind, RegExp][] = [
    ["nothing", () => Dataset.from(any(undefined)), TypeError, /options must be an object/],
    ["text", () => Dataset.from(any({ x: "1,2", y: [0] })), TypeError, /x must be a typed array.*got "1,2"/],
    ["no rows", () => Dataset.from({ x: [], y: [] }), RangeError, /x must hold at least one row/],
    ["empty rows", () => Dataset.from({ x: [[], []], y: [0, 1] }), RangeError, /at least one row/],
    [
      "ragged rows",
      () => Dataset.from({ x: [[1, 2], [3]], y: [0, 1] }),
      RangeError,
      /x\[1\] must be a row of 2 numbers, got 1/,
    ],
    ["a missing row", () => Dataset.from({ x: any([[1, 2], null]), y: [0, 1] }), TypeError, /x\[1\].*got null/],
    [
      "NaN",
      () =>
        Dataset.from({
          x: [
            [1, 2],
            [3, Number.NaN],
          ],
          y: [0, 1],
        }),
      RangeError,
      /got NaN at row 1, column 1/,
    ],
    [
      "Infinity",
      () => Dataset.from({ x: new Float32Array([1, Infinity]), y: [0, 1] }),
      RangeError,
      /got Infinity at row 1/,
    ],
    ["beyond float32", () => Dataset.from({ x: [[1e39]], y: [0] }), RangeError, /got 1e\+39/],
    ["text among numbers", () => Dataset.from({ x: any([[1, "2"]]), y: [0] }), TypeError, /got "2" at row 0, column 1/],
    ["NaN targets", () => Dataset.from({ x: [[1], [2]], y: [0, Number.NaN] }), RangeError, /y must.*row 1/],
    [
      "more targets than rows",
      () => Dataset.from({ x: [[1], [2]], y: [0, 1, 2] }),
      RangeError,
      /y must.*2 rows, got 3/,
    ],
    [
      "targets in fewer rows",
      () =>
        Dataset.from({
          x: X,
          y: [
            [0, 1],
            [1, 0],
          ],
        }),
      RangeError,
      /y must hold 4 rows, got 2/,
    ],
    ["flat x without a count", () => Dataset.from({ x: [1, 2, 3] }), TypeError, /rows must be given/],
    [
      "a count that does not divide",
      () => Dataset.from({ x: [1, 2, 3], rows: 2 }),
      RangeError,
      /x must.*2 rows, got 3/,
    ],
    ["a scale for floats", () => Dataset.from({ x: [[1]], y: [0], scale: 2 }), TypeError, /Uint8Array/],
    ["a BigInt array", () => Dataset.from({ x: any(new BigInt64Array(2)), y: [0, 1] }), TypeError, /x must be/],
    ["a misspelt option", () => Dataset.from(any({ x: X, labels: Y })), TypeError, /got "labels"/],
    ["a share of 2", () => Dataset.from({ x: X, y: Y }).split({ test: 2 }), RangeError, /test.*between 0 and 1, got 2/],
    ["a share of 1", () => Dataset.from({ x: X, y: Y }).split({ test: 1 }), RangeError, /test.*between 0 and 1, got 1/],
    ["a share of 0", () => Dataset.from({ x: X, y: Y }).split({ test: 0 }), RangeError, /test.*between 0 and 1, got 0/],
    ["one row to split", () => Dataset.from({ x: [[1]], y: [0] }).split({ test: 0.5 }), RangeError, /at least 2 rows/],
    ["an index outside", () => Dataset.from({ x: X, y: Y }).take([4]), RangeError, /indices\[0\].*got 4/],
    ["no index", () => Dataset.from({ x: X, y: Y }).take([]), RangeError, /at least one row/],
    ["batches of 0", () => [...Dataset.from({ x: X, y: Y }).batches({ size: 0 })], RangeError, /size/],
    [
      "another count of columns",
      () => Dataset.from({ x: X, y: Y }).standardise({ mean: [0], deviation: [1] }),
      RangeError,
      /2 columns, got 1/,
    ],
  ];
  for (const [title, door, kind, words] of refusals) it(title, () => refuses(door, kind, words));
});

describe("a model", () => {
  let net: MLP<"softmax">;
  let sigmoid: MLP<"sigmoid">;
  const data = Dataset.from({ x: X, y: Y });

  beforeEach(async () => {
    net = await MLP.create({ layers: [2, 5, 2], seed: 1 });
    sigmoid = await MLP.create({ layers: [2, 5, 2], output: "sigmoid", seed: 1 });
  });

  const trainer = () => net.trainer({ optimizer: sgd({ learningRate: 0.1 }) });
  const refusals: [string, () => unknown, Kind, RegExp][] = [
    ["fit: no dataset", () => net.fit(any(X)), TypeError, /data must be a Dataset/],
    ["fit: three inputs", () => net.fit(Dataset.from({ x: [[1, 2, 3]], y: [0] })), RangeError, /2 inputs a row, got 3/],
    ["fit: no targets", () => net.fit(Dataset.from({ x: X })), RangeError, /one class id for each of 4 rows, got 0/],
    ["fit: class 2", () => net.fit(Dataset.from({ x: X, y: [0, 1, 2, 0] })), RangeError, /from 0 to 1, got 2 at row 2/],
    ["fit: class 0.5", () => net.fit(Dataset.from({ x: X, y: [0, 0.5, 1, 0] })), RangeError, /got 0.5 at row 1/],
    ["fit: class -1", () => net.fit(Dataset.from({ x: X, y: [0, 1, 1, -1] })), RangeError, /got -1 at row 3/],
    ["fit: no epochs", () => net.fit(data, { epochs: 0 }), RangeError, /epochs.*>= 1, got 0/],
    ["fit: half a batch", () => net.fit(data, { batchSize: 0.5 }), RangeError, /batchSize.*got 0.5/],
    ["fit: negative l1", () => net.fit(data, { l1: -1 }), RangeError, /l1.*>= 0, got -1/],
    ["fit: infinite l2", () => net.fit(data, { l2: Infinity }), RangeError, /l2.*got Infinity/],
    [
      "fit: a string optimizer",
      () => net.fit(data, { optimizer: any("adam") }),
      TypeError,
      /sgd\(\), adam\(\) or another/,
    ],
    ["fit: null optimizer", () => net.fit(data, { optimizer: any(null) }), TypeError, /sgd\(\), adam\(\) or another/],
    ["fit: shuffle 1", () => net.fit(data, { shuffle: any(1) }), TypeError, /shuffle/],
    ["fit: a signal of text", () => net.fit(data, { signal: any("stop") }), TypeError, /AbortSignal/],
    ["fit: onEpoch a number", () => net.fit(data, { onEpoch: any(3) }), TypeError, /onEpoch/],
    ["fit: validation 1.5", () => net.fit(data, { validation: 1.5 }), RangeError, /validation/],
    ["fit: validation rows", () => net.fit(data, { validation: any(X) }), TypeError, /validation must be a Dataset/],
    ["fit: a misspelt option", () => net.fit(data, any({ epoch: 3 })), TypeError, /got "epoch"/],
    [
      "fit: a rate that turns NaN",
      () => net.fit(data, { optimizer: sgd({ learningRate: () => Number.NaN }) }),
      RangeError,
      /rate.*NaN/,
    ],
    [
      "fit: a rate that turns negative",
      () => net.fit(data, { optimizer: sgd({ learningRate: () => -1 }) }),
      RangeError,
      /rate.*-1/,
    ],
    ["trainer: no options", () => net.trainer(any(undefined)), TypeError, /options must be an object/],
    ["trainer: no optimizer", () => net.trainer(any({})), TypeError, /optimizer/],
    [
      "step: rows of three",
      () => trainer().step([[1, 2, 3]], [0]),
      RangeError,
      /x\[0\] must be a row of 2 numbers, got 3/,
    ],
    ["step: three numbers", () => trainer().step([1, 2, 3], [0]), RangeError, /rows of 2 numbers, got 3/],
    ["step: NaN", () => trainer().step([[1, Number.NaN]], [0]), RangeError, /got NaN at row 0, column 1/],
    [
      "step: three labels for one row",
      () => trainer().step([[1, 2]], [0, 1, 1]),
      RangeError,
      /one class id for each of 1 rows/,
    ],
    ["step: text", () => trainer().step(any([["1", 0]]), [0]), TypeError, /got "1" at row 0, column 0/],
    ["predict: text", () => net.predict(any(["1", 0])), TypeError, /got "1" at row 0, column 0/],
    [
      "step: targets in rows of another width",
      () =>
        sigmoid.trainer({ optimizer: sgd() }).step(
          [1, 2, 3, 4, 5, 6],
          [
            [1, 0, 1],
            [0, 1, 0],
          ],
        ),
      RangeError,
      /y\[0\] must be a row of 2 numbers, got 3/,
    ],
    ["step: label 7", () => trainer().step(X, [0, 1, 7, 0]), RangeError, /got 7 at row 2/],
    [
      "step: sigmoid target 1½",
      () => sigmoid.trainer({ optimizer: sgd() }).step([[1, 2]], [0, 1.5]),
      RangeError,
      /zeros and ones, or probabilities between them, got 1.5 at row 0/,
    ],
    [
      "step: sigmoid target -½",
      () => sigmoid.trainer({ optimizer: sgd() }).step([[1, 2]], [-0.5, 1]),
      RangeError,
      /got -0.5 at row 0/,
    ],
    [
      "step: sigmoid target NaN",
      () => sigmoid.trainer({ optimizer: sgd() }).step([[1, 2]], [1, Number.NaN]),
      RangeError,
      /got NaN at row 0/,
    ],
    [
      "step: sigmoid target of text",
      () => sigmoid.trainer({ optimizer: sgd() }).step([[1, 2]], any(["1", 0])),
      TypeError,
      /y.*got "1"/,
    ],
    [
      "step: probabilities beyond 1",
      () =>
        trainer().step(X.slice(0, 2), [
          [0.5, 0.5],
          [1.2, -0.2],
        ]),
      RangeError,
      /probabilities that sum to 1, got 1.2 at row 1/,
    ],
    [
      "step: probabilities that sum to 0.9",
      () =>
        trainer().step(X.slice(0, 2), [
          [0.5, 0.5],
          [0.5, 0.4],
        ]),
      RangeError,
      /probabilities that sum to 1, got 0.9 at row 1/,
    ],
    [
      "step: probabilities with NaN",
      () => trainer().step([[1, 2]], [[0.5, Number.NaN]]),
      RangeError,
      /got NaN at row 0/,
    ],
    [
      "fit: probabilities that sum to 2",
      () =>
        net.fit(
          data.withTargets([
            [1, 0],
            [0, 1],
            [1, 1],
            [1, 0],
          ]),
        ),
      RangeError,
      /sum to 1, got 2 at row 2/,
    ],
    [
      "step: weights of another length",
      () => trainer().step(X, Y, [1, 1]),
      RangeError,
      /weights must hold one number for each of 4 rows, got 2/,
    ],
    [
      "step: a negative weight",
      () => trainer().step(X, Y, [1, 1, -1, 1]),
      RangeError,
      /weights\[2\] must be .* got -1/,
    ],
    ["step: a weight of text", () => trainer().step(X, Y, any([1, "1", 1, 1])), TypeError, /weights\[1\].*got "1"/],
    ["fit: smoothing of 1", () => net.fit(data, { labelSmoothing: 1 }), RangeError, /labelSmoothing must be .* got 1/],
    ["fit: negative smoothing", () => net.fit(data, { labelSmoothing: -0.1 }), RangeError, /labelSmoothing.*got -0.1/],
    [
      "fit: smoothing of text",
      () => net.fit(data, { labelSmoothing: any("0.1") }),
      TypeError,
      /labelSmoothing.*got "0.1"/,
    ],
    [
      "trainer: smoothed values",
      async () =>
        (await MLP.create({ layers: [2, 1], output: "linear" })).trainer({ optimizer: sgd(), labelSmoothing: 0.1 }),
      TypeError,
      /labelSmoothing must come with a softmax or sigmoid output, got linear/,
    ],
    [
      "trainer: weighted classes of values",
      async () =>
        (await MLP.create({ layers: [2, 2], output: "gelu" })).trainer({ optimizer: sgd(), classWeights: [1, 2] }),
      TypeError,
      /classWeights must come with a softmax or sigmoid output, got gelu/,
    ],
    [
      "trainer: pairs for softmax",
      () =>
        net.trainer({
          optimizer: sgd(),
          classWeights: [
            [1, 2],
            [1, 2],
          ],
        }),
      TypeError,
      /classWeights\[0\] must be/,
    ],
    [
      "trainer: three numbers for a sigmoid",
      () => sigmoid.trainer({ optimizer: sgd(), classWeights: [1, 2, 3] }),
      TypeError,
      /classWeights must be \[w0, w1\], or such a pair for each output/,
    ],
    [
      "trainer: a pair too few",
      () => sigmoid.trainer({ optimizer: sgd(), classWeights: [[1, 2]] }),
      TypeError,
      /such a pair for each output/,
    ],
    [
      "trainer: a pair of three",
      () =>
        sigmoid.trainer({
          optimizer: sgd(),
          classWeights: [
            [1, 2],
            [1, 2, 3],
          ],
        }),
      TypeError,
      /such a pair for each output/,
    ],
    [
      "trainer: a pair and a number",
      () => sigmoid.trainer({ optimizer: sgd(), classWeights: any([[1, 2], 3]) }),
      TypeError,
      /such a pair for each output/,
    ],
    [
      "trainer: a weight of 0",
      () => sigmoid.trainer({ optimizer: sgd(), classWeights: [1, 0] }),
      RangeError,
      /classWeights\[1\] must be .* got 0/,
    ],
    [
      "trainer: a weight of text",
      () => sigmoid.trainer({ optimizer: sgd(), classWeights: any(["1", 1]) }),
      TypeError,
      /classWeights\[0\].*got "1"/,
    ],
    ["predict: nothing", () => net.predict(any(undefined)), TypeError, /got undefined/],
    ["predict: no rows", () => net.predict([]), RangeError, /at least one row/],
    ["predict: an empty array", () => net.predict(new Float32Array(0)), RangeError, /at least one row/],
    ["predict: three numbers", () => net.predict([1, 2, 3]), RangeError, /rows of 2 numbers, got 3/],
    ["predict: bytes", () => net.predict(new Uint8Array(2)), TypeError, /Dataset\.from/],
    ["predict: NaN", () => net.predict(new Float32Array([0, Number.NaN])), RangeError, /got NaN at row 0, column 1/],
    ["predict: another dataset", () => net.predict(Dataset.from({ x: [[1]] })), RangeError, /2 inputs a row, got 1/],
    ["predictProba: Infinity", () => net.predictProba([[Infinity, 0]]), RangeError, /got Infinity/],
    [
      "predictProba: out too short",
      () => net.predictProba(X, new Float32Array(7)),
      RangeError,
      /4 rows of 2 numbers, got 7/,
    ],
    ["predictProba: out an array", () => net.predictProba(X, any([])), TypeError, /out must be a Float32Array/],
    ["evaluate: rows", () => net.evaluate(any(X)), TypeError, /data must be a Dataset/],
    ["setParameters: nothing", () => net.setParameters(any(null)), TypeError, /layers must be an array/],
    ["setParameters: one layer", () => net.setParameters(net.parameters().slice(1)), RangeError, /2 layers, got 1/],
    [
      "setParameters: short weights",
      () => net.setParameters([{ weights: [1], biases: [0, 0, 0, 0, 0] }, net.parameters()[1]]),
      RangeError,
      /layers\[0\].weights must hold 10 numbers, got 1/,
    ],
    [
      "setParameters: NaN in the last layer",
      () => net.setParameters([net.parameters()[0], { weights: new Array(10).fill(1), biases: [0, Number.NaN] }]),
      RangeError,
      /layers\[1\].biases.*NaN/,
    ],
    ["load: text", () => MLP.load(any("model")), TypeError, /Uint8Array/],
    ["load: no model", () => MLP.load(new Uint8Array(100)), Error, /saved wasmlp model/],
    ["load: half a file", () => MLP.load(net.save().slice(0, 400)), Error, /checksum/],
  ];
  for (const [title, door, kind, words] of refusals) {
    it(`${title}: refused, unchanged, usable`, async () => {
      const before = [net.parameters(), sigmoid.parameters()];
      await refuses(door, kind, words);
      expect([net.parameters(), sigmoid.parameters()]).toEqual(before);
      expect(net.predict(X)).toHaveLength(4);
      expect((await net.fit(data, { epochs: 1 })).stopped).toBe("done");
    });
  }

  it("an empty list of activations is none, without hidden layers", async () => {
    const one = await MLP.create({ layers: [2, 2], activation: [] });
    const other = await MLP.create({ layers: [2, 2], activation: "identity" });
    expect(one.parameters()).toEqual(other.parameters());
    expect((await MLP.load(one.save())).parameters()).toEqual(other.parameters());
  });

  it("a replaced trainer is refused, the new one works", async () => {
    const old = trainer();
    const latest = trainer();
    await refuses(() => old.step(X, Y), Error, /latest/);
    expect(latest.step(X, Y)).toBeGreaterThan(0);
    await net.fit(data, { epochs: 1 });
    await refuses(() => latest.step(X, Y), Error, /latest/);
  });

  it("a second fit, a trainer and new parameters are refused while fit runs; predicting is not", async () => {
    const running = net.fit(data, { epochs: 50 });
    await refuses(() => net.fit(data), Error, /inside fit/);
    await refuses(() => net.trainer({ optimizer: sgd() }), Error, /inside fit/);
    await refuses(() => net.setParameters(net.parameters()), Error, /inside fit/);
    expect(net.predict(X)).toHaveLength(4);
    expect((await running).epochs).toHaveLength(50);
  });

  it("control: a door that lets everything in is noticed", async () => {
    await expect(refuses(() => net.predict(X), RangeError, /./)).rejects.toThrow(/nothing was refused/);
  });
});
