/**
 * Records networks of brain.js and what they answer into tests/records/brain.json, which tests/exchange/brain.test.ts compares with.
 * The current version lies in bench/peers; 1.6.1, whose files are of the older form, is unpacked by hand:
 *
 *   npm ci --ignore-scripts --prefix bench/peers
 *   npm pack brain.js@1.6.1 && tar xzf brain.js-1.6.1.tgz
 *   NODE_PATH=bench/peers/node_modules node scripts/record-brain.mjs package
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

// brain.js draws its first weights from Math.random: with a generator of its own the record is the same every time.
let state = 1;
Math.random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

const [folder = "package"] = process.argv.slice(2);
const require = createRequire(new URL("../bench/peers/package.json", import.meta.url));
// The older version's index asks for a GPU library that does not install any more; its networks do without.
const versions = [
  [require("brain.js/package.json").version, require("brain.js").NeuralNetwork],
  [
    JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).version,
    require(resolve(folder, "dist/neural-network.js")).default,
  ],
];

const XOR = [
  { input: [0, 0], output: [0] },
  { input: [0, 1], output: [1] },
  { input: [1, 0], output: [1] },
  { input: [1, 1], output: [0] },
];
// Names in an order that is not the alphabet's, some missing in some rows.
const COLOURS = [
  { input: { red: 0.03, green: 0.7, blue: 0.5 }, output: { black: 1 } },
  { input: { red: 0.16, green: 0.09, blue: 0.2 }, output: { white: 1 } },
  { input: { blue: 1, alpha: 0.5 }, output: { white: 1, grey: 0.5 } },
];
const CASES = [
  {
    title: "arrays",
    options: { hiddenLayers: [3] },
    data: XOR,
    rows: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [0.25, -3],
    ],
  },
  {
    title: "named",
    options: { hiddenLayers: [4, 3] },
    data: COLOURS,
    rows: [{ red: 1, green: 0.5, blue: 0.25, alpha: 1 }, { green: 4 }, {}],
  },
  {
    title: "no hidden layer",
    options: { hiddenLayers: [] },
    data: XOR,
    rows: [
      [1, 1],
      [-2, 0.5],
    ],
  },
  {
    title: "relu",
    options: { hiddenLayers: [3], activation: "relu" },
    data: XOR,
    rows: [
      [1, 1],
      [-2, 4],
      [8, -8],
    ],
  },
  {
    title: "tanh",
    options: { hiddenLayers: [3], activation: "tanh" },
    data: XOR,
    rows: [
      [1, 1],
      [-2, 4],
      [8, -8],
    ],
  },
];

// Recorded after the others, whose first weights are those of the generator.
const LATER = [
  {
    title: "leaky-relu",
    options: { hiddenLayers: [3], activation: "leaky-relu" },
    data: XOR,
    rows: [
      [1, 1],
      [-2, 4],
      [8, -8],
    ],
  },
  {
    title: "another slope",
    options: { hiddenLayers: [3], activation: "leaky-relu", leakyReluAlpha: 0.2 },
    data: XOR,
    rows: [
      [1, 1],
      [-2, 4],
      [8, -8],
    ],
  },
];

const record = (cases) =>
  versions.flatMap(([version, NeuralNetwork]) =>
    cases.map(({ title, options, data, rows }) => {
      const net = new NeuralNetwork(options);
      net.train(data, { iterations: 4000 });
      const answers = rows.map((row) => {
        const answer = net.run(row);
        return ArrayBuffer.isView(answer) ? [...answer] : answer;
      });
      return { version, title, network: net.toJSON(), rows, answers };
    }),
  );

// Files of 1.6.1 do not keep the slope.
const keepsSlope = ({ title, network }) => title !== "another slope" || network.trainOpts.leakyReluAlpha === 0.2;
const records = [...record(CASES), ...record(LATER).filter(keepsSlope)];
const command = "NODE_PATH=bench/peers/node_modules node scripts/record-brain.mjs package";
const about = "What brain.js answered; scripts/record-brain.mjs says how to record it again";
const lines = records.map((record) => JSON.stringify(record));
const path = new URL("../tests/records/brain.json", import.meta.url);
writeFileSync(path, `{"about": "${about}", "command": "${command}", "records": [\n${lines.join(",\n")}\n]}\n`);
