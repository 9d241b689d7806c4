/** Where a table comes in: dropped, picked, pasted, or an example. */
import { useRef, useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import { EXAMPLES } from "../app/examples.js";
import type { State } from "../app/store.js";
import { Refused } from "./refusal.js";

type Props = { state: State; actions: Actions };

export function OpenView({ state, actions }: Props) {
  return (
    <section class="open" aria-labelledby="open-title">
      <h1 id="open-title" tabIndex={-1}>
        Train on your own table, here.
      </h1>
      <p class="lead">
        A small neural network learns in this page to predict one column from the others. The page has no permission to
        connect to anything: your data stays in it.
      </p>
      <Refused state={state} at="table" />
      {state.busy === "reading" ? <Reading /> : <DropZone actions={actions} />}
      <Pasting actions={actions} />
      <Examples actions={actions} />
    </section>
  );
}

const Reading = () => (
  <div class="drop quiet" role="status">
    <span class="spinner" /> Reading the table …
  </div>
);

function DropZone({ actions }: { actions: Actions }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer?.files[0];
    const text = event.dataTransfer?.getData("text/plain");
    if (file) actions.openFile(file);
    else if (text) actions.open({ name: "dropped text", text });
  };
  return (
    <>
      <button
        type="button"
        class={isOver ? "drop over" : "drop"}
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <span class="drop-title">Drop a file here, or choose one</span>
        <span class="drop-note">CSV, TSV, JSON, JSON lines, Parquet, gzip · or a model, .wasmlp</span>
      </button>
      <input
        ref={input}
        type="file"
        id="file"
        hidden
        aria-label="File of a table or a model"
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files?.[0]) actions.openFile(files[0]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function Pasting({ actions }: { actions: Actions }) {
  const [text, setText] = useState("");
  return (
    <details class="paste">
      <summary>Paste from a spreadsheet</summary>
      <label for="pasted">Cells with a line of names above them</label>
      <textarea
        id="pasted"
        rows={5}
        value={text}
        spellcheck={false}
        placeholder={"height\tweight\tspecies\n12.1\t3.4\tcat"}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button
        type="button"
        class="secondary"
        disabled={text.trim() === ""}
        onClick={() => actions.open({ name: "pasted cells", text })}
      >
        Read these cells
      </button>
    </details>
  );
}

function Examples({ actions }: { actions: Actions }) {
  return (
    <div class="examples">
      <h2>Or begin with an example</h2>
      <ul>
        {EXAMPLES.map(({ name, title, text, make }) => (
          <li key={name}>
            <button type="button" onClick={() => actions.open({ name, text: make() })}>
              <b>{title}</b>
              <span>{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
