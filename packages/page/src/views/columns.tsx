/** The columns as the library reads them, and the way to overrule it. */
import { useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import type { State } from "../app/store.js";
import { Histogram } from "../charts/bars.js";
import { count } from "../charts/spell.js";
import type { ColumnView, Reading, TableView } from "../talk.js";
import { Refused } from "./refusal.js";

/** Columns shown before one asks for more. */
const PAGE = 24;

const KINDS: Record<ColumnView["kind"], string> = {
  number: "number",
  boolean: "true or false",
  text: "text",
  date: "date",
  present: "there or not",
  ignore: "not read",
};

const READINGS: readonly (readonly [reading: Reading, name: string])[] = [
  ["number", "number"],
  ["text", "text"],
  ["boolean", "true or false"],
  ["date", "date"],
  ["day-first", "date, day first"],
  ["month-first", "date, month first"],
  ["ignore", "not at all"],
];

export function ColumnsView({ state, actions, table }: { state: State; actions: Actions; table: TableView }) {
  const [shown, setShown] = useState(PAGE);
  const isSampled = table.sampled < table.rows;
  return (
    <section aria-labelledby="columns-title">
      <header class="table-head">
        <div>
          <h1 id="columns-title" tabIndex={-1}>
            {table.name}
          </h1>
          <p class="quiet">
            {count(table.rows, "row")} · {count(table.columns.length, "column")}
            {isSampled && ` · kinds inferred from ${count(table.sampled, "row")}`}
          </p>
        </div>
        <button type="button" class="secondary" onClick={() => actions.close()}>
          Another table
        </button>
      </header>
      {table.notes.map((note) => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
      <Refused state={state} at="table" />
      <ol class="columns">
        {table.columns.slice(0, shown).map((column) => (
          <ColumnLine
            key={column.name}
            column={column}
            rows={table.rows}
            isTarget={column.name === state.task?.target}
            isLocked={state.busy === "training"}
            overrule={(reading) => actions.overrule(column.name, reading)}
          />
        ))}
      </ol>
      {table.columns.length > shown && (
        <button type="button" class="secondary" onClick={() => setShown(shown + 4 * PAGE)}>
          Show more of the {count(table.columns.length - shown, "further column")}
        </button>
      )}
    </section>
  );
}

interface LineProps {
  readonly column: ColumnView;
  readonly rows: number;
  readonly isTarget: boolean;
  readonly isLocked: boolean;
  overrule(reading: Reading | undefined): void;
}

function ColumnLine({ column, rows, isTarget, isLocked, overrule }: LineProps) {
  const { name, kind, gaps, remarks, overruled } = column;
  const isOut = kind === "ignore" && !isTarget;
  return (
    <li class={isTarget ? "column target" : isOut ? "column out" : "column"}>
      <span class="column-name" title={name}>
        {name}
        {isTarget && <em>to predict</em>}
      </span>
      <span class="column-kind">
        <select
          aria-label={`How ${name} is read`}
          value={overruled ?? ""}
          disabled={isTarget || isLocked}
          onChange={(event) => overrule((event.currentTarget.value || undefined) as Reading | undefined)}
        >
          <option value="">{overruled ? "as found" : KINDS[kind]}</option>
          {READINGS.map(([reading, label]) => (
            <option key={reading} value={reading}>
              as {label}
            </option>
          ))}
        </select>
      </span>
      <span class="column-facts">
        <Facts column={column} />
        <span class={gaps > 0 ? "gaps" : "gaps none"}>{gaps > 0 ? `${share(gaps, rows)} missing` : "complete"}</span>
      </span>
      <span class="column-picture">
        <Histogram bars={column.bars} label={pictureLabel(column)} />
        <small>{caption(column)}</small>
      </span>
      {remarks.length > 0 && !isTarget && <p class="column-remarks">{remarks.join(" ")}</p>}
    </li>
  );
}

function share(part: number, all: number): string {
  const value = (100 * part) / all;
  return value < 1 ? "< 1 %" : `${Math.round(value)} %`;
}

const Facts = ({ column: { distinct, isDistinctMore } }: { column: ColumnView }) => (
  <span>
    {distinct.toLocaleString("en")}
    {isDistinctMore && "+"} {distinct === 1 ? "value" : "values"}
  </span>
);

const caption = ({ low, high, top }: ColumnView): string =>
  low !== undefined
    ? `${low} … ${high}`
    : top
        .slice(0, 3)
        .map(([text]) => text)
        .join(", ");

const pictureLabel = (column: ColumnView): string =>
  column.low !== undefined
    ? `Histogram of ${column.name} from ${column.low} to ${column.high}`
    : `Most frequent values of ${column.name}: ${column.top.map(([text, n]) => `${text} ${n}`).join(", ")}`;
