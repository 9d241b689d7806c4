/** The page as a whole. */

import { useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import type { State } from "../app/store.js";
import { count } from "../charts/spell.js";
import { AskView } from "./ask.js";
import { ColumnsView } from "./columns.js";
import { useKeptFocus } from "./focus.js";
import { Later } from "./later.js";
import { OpenView } from "./open.js";
import { PlayView } from "./play.js";
import { ResultsView } from "./results.js";
import { SecondView, TakeAwayView } from "./take-away.js";
import { TargetView } from "./target.js";
import { TrainingView } from "./training.js";

type Props = { state: State; actions: Actions };

export function App({ state, actions }: Props) {
  const { place } = state;
  useKeptFocus(state);
  const tab = (name: State["place"], text: string) => (
    <button type="button" aria-current={place === name ? "page" : undefined} onClick={() => actions.go(name)}>
      {text}
    </button>
  );
  return (
    <>
      <header class="top">
        <span class="word">wasmlp</span>
        <nav aria-label="Parts of the page">
          {tab("table", "Your table")}
          {tab("play", "Play")}
        </nav>
        <span class="badge" title="The page's own policy forbids every connection.">
          Nothing leaves this page
        </span>
      </header>
      <main aria-busy={state.busy !== undefined}>
        {place === "play" ? <PlayView actions={actions} /> : <TablePlace state={state} actions={actions} />}
      </main>
      <Foot actions={actions} />
    </>
  );
}

function Foot({ actions }: { actions: Actions }) {
  const [text, setText] = useState("");
  const show = async () => setText(text || (await actions.engine.ask("licences")));
  return (
    <footer>
      <p>
        One file, no server. Save it and open it offline: the networks learn in WebAssembly on this machine, and the
        same seed makes the same model everywhere.
      </p>
      <details onToggle={show}>
        <summary>Licences</summary>
        {text && <pre>{text}</pre>}
      </details>
    </footer>
  );
}

function TablePlace({ state, actions }: Props) {
  const { table, model } = state;
  if (!table && !model) return <OpenView state={state} actions={actions} />;
  const hasRows = !state.isGiven || state.answers !== undefined;
  return (
    <>
      {table && <ColumnsView state={state} actions={actions} table={table} />}
      {table && (
        <Later frames={1}>
          <TargetView state={state} actions={actions} table={table} />
        </Later>
      )}
      {table && <TrainingView state={state} />}
      {model && state.isGiven && <Given model={model} actions={actions} />}
      {model && !state.isGiven && <ResultsView state={state} actions={actions} model={model} />}
      {model && (
        <Later frames={2}>
          <AskView key={`ask ${model.bytes} ${model.target}`} actions={actions} model={model} hasRows={hasRows} />
        </Later>
      )}
      {model && (
        <Later frames={3}>
          <TakeAwayView state={state} actions={actions} model={model} />
          <SecondView state={state} actions={actions} model={model} />
        </Later>
      )}
    </>
  );
}

function Given({ model, actions }: { model: NonNullable<State["model"]>; actions: Actions }) {
  return (
    <section class="given">
      <h1 id="given-title" tabIndex={-1}>
        A model of “{model.target}”
      </h1>
      <p class="lead">
        {model.kind === "labels"
          ? `It says which of ${model.labels.length} labels a row has`
          : "It says a number for a row"}
        , by {count(model.fields.length, "column")}. Ask it below, or let it answer a file of rows. Nothing is sent
        anywhere.
      </p>
      <button type="button" class="secondary" onClick={() => actions.close()}>
        Train on a table of your own
      </button>
    </section>
  );
}
