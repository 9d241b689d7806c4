/** Files of the model, and answers to a second file. */
import { useRef } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import { download } from "../app/download.js";
import type { State } from "../app/store.js";
import { Scroll } from "../charts/scroll.js";
import { count } from "../charts/spell.js";
import type { FileKind, ModelView } from "../talk.js";
import { Refused } from "./refusal.js";
import { Waiting } from "./results.js";

interface Props {
  readonly state: State;
  readonly actions: Actions;
  readonly model: ModelView;
}

const FILES: readonly (readonly [kind: FileKind | "page", name: string, text: string])[] = [
  [
    "page",
    "This page, with the model inside",
    "One HTML file for colleagues: it opens with the form above, and works offline. No row of your table is in it.",
  ],
  ["model", "The model", "For wasmlp in Node, browsers and the command line (.wasmlp)."],
  ["module", "A JavaScript module", "Imports nothing, predicts one row a call (.mjs)."],
  ["onnx", "ONNX", "For onnxruntime and others, columns and labels included (.onnx)."],
  ["wasm", "WebAssembly", "The networks alone, without any host (.wasm)."],
];

export function TakeAwayView({ state, actions, model }: Props) {
  return (
    <section aria-labelledby="take-title">
      <h2 id="take-title">Take it with you</h2>
      <ul class="files">
        {FILES.map(([kind, name, text]) => (
          <li key={kind}>
            <button type="button" id={`take-${kind}`} onClick={() => actions.take(kind)}>
              <b>{name}</b>
              <span>{text}</span>
            </button>
          </li>
        ))}
      </ul>
      <Refused state={state} at="files" />
      <details>
        <summary>Five lines of Node</summary>
        <pre>
          <code>{snippet(model)}</code>
        </pre>
      </details>
    </section>
  );
}

function snippet(model: ModelView): string {
  const kind = model.kind === "labels" ? "Classifier" : "Regressor";
  const file = model.target.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "") || "model";
  const row = model.fields
    .slice(0, 4)
    .map(
      (field) =>
        `${JSON.stringify(field.name)}: ${field.kind === "number" ? field.value : JSON.stringify(field.value)}`,
    );
  return [
    'import { readFile } from "node:fs/promises"; // npm install wasmlp',
    `import { ${kind} } from "wasmlp";`,
    "",
    `const model = await ${kind}.load(new Uint8Array(await readFile(${JSON.stringify(`${file}.wasmlp`)})));`,
    `model.predict({ ${row.join(", ")} });`,
  ].join("\n");
}

export function SecondView({ state, actions, model }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const { answers, busy } = state;
  return (
    <section
      aria-labelledby="second-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) actions.answerFile(file);
      }}
    >
      <h2 id="second-title">Answer another file</h2>
      <p class="quiet">
        Rows with the same columns, with or without {model.target}: each gets an answer
        {model.kind === "labels" && ", and the probability of each label"}.
      </p>
      <div class="actions">
        <button type="button" class="secondary" onClick={() => input.current?.click()}>
          Choose a file, or drop it here
        </button>
        {answers && (
          <button
            type="button"
            class="primary"
            id="download-answers"
            onClick={() => download(answersName(answers.name), answers.csv, "text/csv")}
          >
            Download the answers as CSV
          </button>
        )}
        <input
          ref={input}
          type="file"
          id="second"
          hidden
          aria-label="File of rows to be answered"
          onChange={(event) => {
            const { files } = event.currentTarget;
            if (files?.[0]) actions.answerFile(files[0]);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <Refused state={state} at="second" />
      {busy === "answering" && <Waiting text="Answering …" />}
      {answers && <Preview answers={answers} />}
    </section>
  );
}

const answersName = (name: string) => `${name.replace(/\.gz$/i, "").replace(/\.\w+$/, "")}-answers.csv`;

function Preview({ answers }: { answers: NonNullable<State["answers"]> }) {
  return (
    <>
      {answers.note && <p class="note">{answers.note}</p>}
      <p class="quiet" role="status">
        {count(answers.rows, "row")} of {answers.name} answered. {answers.score}
      </p>
      <Scroll label="The first answers">
        <table class="preview">
          <thead>
            <tr>
              {answers.names.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answers.preview.slice(0, 8).map((row) => (
              <tr key={row.join("\u0000")}>
                {row.map((cell, c) => (
                  <td key={answers.names[c]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
