/** What a module of toModule exports, by the kind of its model: the head comment and the functions, as text. */

import { runtimeNumbersSource } from "../../built/runtime-numbers-source.js";
import { runtimeTableSource } from "../../built/runtime-table-source.js";
import { exp } from "../../ground/math.js";
import { hasClasses, nameOf, perLayer } from "../../net/activations.js";
import { pointPlaces } from "../../net/design.js";
import type { Column } from "../../table/columns.js";
import type { Label } from "../../table/label.js";
import { levelsOf } from "../../table/target-loss.js";
import type { ExportableNetwork, Unit } from "../exported-model.js";
import { literal, objectLiteral } from "./module-literal.js";

/** The beginning of a module, and all of it but the network. */
export interface Answers {
  /** Lines of the head comment. */
  readonly head: readonly string[];
  /** Declarations, in the order in which they are read. */
  readonly code: readonly string[];
}

/** What a Classifier or a Regressor knows beside its network. */
export interface TableData {
  readonly target: string;
  readonly columns: readonly Column[];
  /** Further texts of missing values. */
  readonly missing: readonly string[];
  /** Of a strict model: the names that a row may have. */
  readonly names?: readonly string[] | undefined;
}

/** How a module is imported, in its head. */
const importOf = (names: string) => `  import { ${names} } from ${literal("./model.mjs")};`;
const THROWS = "@throws {TypeError | RangeError} naming what does not fit";
const TABLE_ROW = "@param {object} row its columns by name; others are not looked at";

/** How a network decides, by its output: what that is, as a type, and from the `sums` of the last layer. */
const DECISIONS: Record<"softmax" | "sigmoid", readonly [what: string, type: string, decide: string]> = {
  softmax: ["the most probable class, counted from 0", "number", "largest(sums)"],
  sigmoid: [
    "1 where the probability is above a half, else 0",
    "Uint8Array",
    "Uint8Array.from(sums, (sum) => (sum > 0 ? 1 : 0))",
  ],
};

/** What needs no decision. */
const VALUES = ["the values", "Float32Array", "sums.slice()"] as const;

/** Of an MLP: `predict` and `predictProba` of a row of numbers. */
export function answerNumbers({ layers, activation, output }: ExportableNetwork): Answers {
  const [inputs, outputs] = [layers[0], layers[layers.length - 1]];
  const [what, type, decide] = hasClasses(output) ? DECISIONS[output] : VALUES;
  const proba = hasClasses(output) ? "the probabilities" : "the values";
  const param = `@param {ArrayLike<number>} row ${inputs} finite numbers, scaled as those the model was trained on`;
  const hidden =
    layers.length > 2
      ? `, ${[...new Set(perLayer(activation, layers.length - 2).map(nameOf))].join(" and ")} between them`
      : "";
  return {
    head: [
      `A neural network of layers ${layers.join("-")}${hidden}, its output ${output}.`,
      "",
      importOf("predict, predictProba"),
      "",
      `  predict(row)       // ${what}`,
      `  predictProba(row)  // ${proba}, a Float32Array of ${outputs}`,
      "",
      `A row is an array of ${inputs} numbers.`,
    ],
    code: [
      door(
        "predict",
        [what, param, `@returns {${type}}`],
        `const sums = run("predict", row, "${hasClasses(output) ? "forward" : "predict"}");`,
        `return ${decide};`,
      ),
      door(
        "predictProba",
        [proba, param, "@returns {Float32Array}"],
        'return run("predictProba", row, "predict").slice();',
      ),
      runThrough("startNumbers(wasm)"),
      runtimeNumbersSource,
    ],
  };
}

/** Of a Classifier: `predict` and `predictProba` of an object. */
export function answerLabels(table: TableData, labels: readonly Label[], hasSeveral: boolean): Answers {
  const listed = labels.slice(0, 8).map(literal);
  const each = listed.join(" or ");
  const head = [
    importOf("predict, predictProba"),
    "",
    `  const row = ${exampleRow(table.columns)};`,
    `  predict(row)       // ${hasSeveral ? "those likely of " : ""}${each}${labels.length > 8 ? " or ..." : ""}`,
    `  predictProba(row)  // { ${literal(String(labels[0]))}: 0.9, ... }`,
  ];
  return answerObjects(`A classifier of ${literal(table.target)}.`, head, table, [
    hasSeveral
      ? door(
          "predict",
          ["the labels whose probability is 0.5 or more", TABLE_ROW, `@returns {${typeof labels[0]}[]}`],
          'const probabilities = run("predict", row, "predict");',
          "return labels.filter((_, id) => probabilities[id] >= 0.5);",
        )
      : door(
          "predict",
          ["the most probable label", TABLE_ROW, `@returns {${typeof labels[0]}}`],
          'return labels[largest(run("predict", row, "predict"))];',
        ),
    door(
      "predictProba",
      ["the probability of each label", TABLE_ROW, "@returns {Record<string, number>}"],
      'const probabilities = run("predictProba", row, "predict");',
      "return Object.fromEntries(labels.map((label, id) => [label, probabilities[id]]));",
    ),
    `const labels = ${literal(labels)};\n`,
  ]);
}

/** Of a Regressor: `predict` of an object, and `predictQuantiles` where it has some. */
export function answerValues(table: TableData, { mean, deviation, log, loss }: Unit): Answers {
  const levels = levelsOf(loss);
  const learned = "target.mean + answer * target.deviation";
  const value = log ? `exp(${learned}) * target.factor - target.offset` : learned;
  const answers = (call: string) => `run("${call}", row, "predict")${levels ? ".slice().sort()" : ""}`;
  const place = levels ? pointPlaces({ quantiles: levels })[0] : 0;
  const unit = log ? { mean, deviation, factor: log.factor, offset: log.offset } : { mean, deviation };
  const example = log ? exp(mean) - log.offset : loss === "poisson" ? deviation : mean;
  const listed = levels && `[${levels.slice(0, 8).join(", ")}${levels.length > 8 ? ", ..." : ""}]`;
  const head = [
    importOf(levels ? "predict, predictQuantiles" : "predict"),
    "",
    `  const row = ${exampleRow(table.columns)};`,
    `  predict(row)  // a number such as ${Number(example.toPrecision(3))}`,
    ...(listed ? [`  predictQuantiles(row)  // the quantiles of levels ${listed}`] : []),
  ];
  return answerObjects(`A regressor of ${literal(table.target)}.`, head, table, [
    door("predict", ["the value", TABLE_ROW, "@returns {number}"], `return valueOf(${answers("predict")}[${place}]);`),
    ...(levels
      ? [
          door(
            "predictQuantiles",
            ["all quantiles, ascending", TABLE_ROW, "@returns {number[]}"],
            `return Array.from(${answers("predictQuantiles")}, valueOf);`,
          ),
        ]
      : []),
    `/** What the network answers, in the target's unit. */\nfunction valueOf(answer) {\n  return ${value};\n}\n`,
    `/** Its unit: the network's values are standardised${log ? ", logarithms" : ""}. */\nconst target = ${objectLiteral(unit)};\n`,
  ]);
}

function answerObjects(title: string, head: readonly string[], table: TableData, code: readonly string[]): Answers {
  const read = table.columns.filter(({ kind }) => kind !== "ignore");
  const listed = read.slice(0, 20).map(({ name, kind }) => `  ${literal(name)}: ${kind}`);
  const columns = `/** What is known of each column, and which features are its own. */
const columns = [
${read.map((column) => `  ${objectLiteral(column)},\n`).join("")}];
`;
  return {
    head: [
      title,
      "",
      ...head,
      "",
      "Columns, any of which may be missing:",
      ...listed,
      ...(read.length > 20 ? ["  ..."] : []),
    ],
    code: [
      ...code,
      columns,
      `/** Texts that stand for missing values. */\nconst missing = ${literal(table.missing)};\n`,
      runThrough(`startTable(wasm, columns, missing${table.names ? `, ${literal(table.names)}` : ""})`),
      runtimeTableSource,
    ],
  };
}

/** `run`: the network behind its door. */
function runThrough(start: string): string {
  return `let network;

/** What the network, started by the first row, makes of a row: its output, which the next row overwrites. */
function run(call, row, pass) {
  network ??= ${start};
  return network(call, row, pass);
}
`;
}

/** An exported function of a row: what it gives, its parameter, its result. */
function door(name: string, [what, ...tags]: readonly string[], ...statements: readonly string[]): string {
  const title = `${what[0].toUpperCase()}${what.slice(1)}.`;
  const body = statements.map((statement) => `  ${statement}\n`).join("");
  return `${comment([title, ...tags, THROWS])}export function ${name}(row) {\n${body}}\n`;
}

/** @param lines text in which nothing ends a comment */
export function comment(lines: readonly string[]): string {
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

/** A row to begin with, of six columns at most. */
function exampleRow(columns: readonly Column[]): string {
  const read = columns.filter(({ kind }) => kind !== "ignore");
  const fields = read.slice(0, 6).map((column) => `${literal(column.name)}: ${literal(exampleValue(column))}`);
  return `{ ${fields.join(", ")}${read.length > 6 ? ", ..." : ""} }`;
}

function exampleValue(column: Column): string | number | boolean | null {
  switch (column.kind) {
    case "number":
      return Number(column.mean.toPrecision(3));
    case "date":
      return "2024-12-31";
    case "present":
      return column.of === "boolean" ? column.value === 1 : column.value;
    case "text":
      return column.categories[0] ?? null;
    default:
      return true;
  }
}
