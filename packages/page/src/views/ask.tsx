/** One row to ask about: the answer at once, and why. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import { Bars } from "../charts/bars.js";
import { percent, short } from "../charts/spell.js";
import type { Answer, Field, ModelView, Reason } from "../talk.js";

interface Props {
  readonly actions: Actions;
  readonly model: ModelView;
  readonly hasRows: boolean;
}

type Row = Record<string, string>;

/** Fields shown before one asks for more. */
const PAGE = 24;

export function AskView({ actions, model, hasRows }: Props) {
  const [row, setRow] = useState<Row>(() => Object.fromEntries(model.fields.map(({ name, value }) => [name, value])));
  const [answer, setAnswer] = useState<Answer>();
  const [refusal, setRefusal] = useState<string>();
  const [shown, setShown] = useState(PAGE);
  useEffect(() => {
    let isLate = false;
    actions.engine.ask("answer", valuesOf(row, model.fields)).then(
      (found) => {
        if (isLate) return;
        setAnswer(found);
        setRefusal(undefined);
      },
      (error: Error) => !isLate && setRefusal(error.message),
    );
    return () => {
      isLate = true;
    };
  }, [row]);
  return (
    <section aria-labelledby="ask-title">
      <h2 id="ask-title">What if?</h2>
      <div class="ask">
        <div>
          <form class="fields" onSubmit={(event) => event.preventDefault()}>
            {model.fields.slice(0, shown).map((field) => (
              <FieldView
                key={field.name}
                field={field}
                value={row[field.name]}
                set={(value) => setRow({ ...row, [field.name]: value })}
              />
            ))}
          </form>
          {model.fields.length > shown && (
            <button type="button" class="secondary" onClick={() => setShown(model.fields.length)}>
              Show {model.fields.length - shown} more columns
            </button>
          )}
        </div>
        <div class="answer" aria-live="polite">
          {refusal && <p class="refusal">{refusal}</p>}
          {answer && !refusal && <AnswerView answer={answer} model={model} />}
          <Why actions={actions} row={row} model={model} hasRows={hasRows} />
        </div>
      </div>
    </section>
  );
}

/** Numbers as numbers, blanks as missing. */
function valuesOf(row: Row, fields: readonly Field[]): Record<string, unknown> {
  const entries = fields.map(({ name, kind }) => {
    const text = row[name];
    if (text === "") return [name, null];
    if (kind === "switch") return [name, text === "true"];
    return [name, kind === "number" ? Number(text) : text];
  });
  return Object.fromEntries(entries);
}

function AnswerView({ answer, model }: { answer: Answer; model: ModelView }) {
  const { shares, low, high, set } = answer;
  return (
    <>
      <p class="answer-name">{model.target}</p>
      <p class="answer-value">{answer.answer}</p>
      {low !== undefined && high !== undefined && (
        <p class="quiet">
          nine in ten lie between {short(low)} and {short(high)}
        </p>
      )}
      {set && set.length > 1 && (
        <p class="quiet">
          It may well be {set.slice(0, 4).join(" or ")}
          {set.length > 4 && ` or one of ${set.length - 4} more`}.
        </p>
      )}
      {shares.length > 0 && (
        <ul class="shares">
          {shares.slice(0, 6).map(({ label, probability }) => (
            <li key={label}>
              <span>{label}</span>
              <meter value={probability} min={0} max={1} aria-label={`Probability of ${label}`} />
              <span class="amount">{percent(probability)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly value: string;
  set(value: string): void;
}

function FieldView({ field, value, set }: FieldProps) {
  const { name, kind, choices = [] } = field;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: it holds one of the controls below
    <label class="field">
      <span title={name}>{name}</span>
      {kind === "choice" ? (
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice === "" ? "(missing)" : choice}
            </option>
          ))}
        </select>
      ) : kind === "switch" ? (
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>
          <option value="true">true</option>
          <option value="false">false</option>
          <option value="">(missing)</option>
        </select>
      ) : kind === "number" ? (
        <NumberField field={field} value={value} set={set} />
      ) : kind === "date" ? (
        <input
          type={field.value.length > 10 ? "datetime-local" : "date"}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      ) : (
        <input type="text" value={value} onInput={(event) => set(event.currentTarget.value)} />
      )}
    </label>
  );
}

function NumberField({ field: { name, low, high, step }, value, set }: FieldProps) {
  return (
    <span class="slider">
      <input
        type="range"
        aria-label={`${name}, slider`}
        min={low}
        max={high}
        step={step}
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
      />
      <input
        type="number"
        aria-label={name}
        step="any"
        value={value}
        placeholder="missing"
        onInput={(event) => set(event.currentTarget.value)}
      />
    </span>
  );
}

function Why({ actions, row, model, hasRows }: { actions: Actions; row: Row; model: ModelView; hasRows: boolean }) {
  const [reason, setReason] = useState<Reason>();
  const [said, setSaid] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const asked = useRef(row);
  asked.current = row;
  useEffect(() => {
    setReason(undefined);
    setSaid(undefined);
  }, [row]);
  const ask = async () => {
    if (isBusy) return;
    setBusy(true);
    try {
      const found = await actions.engine.ask("explain", valuesOf(row, model.fields));
      // The row may have changed meanwhile.
      if (asked.current === row) setReason(found);
    } catch (error) {
      if (asked.current === row) setSaid((error as Error).message);
    }
    setBusy(false);
  };
  if (!hasRows) return <p class="quiet small">Open a file of rows below to see why answers are what they are.</p>;
  return (
    <div class="why">
      <button type="button" class="secondary" aria-disabled={isBusy} onClick={ask}>
        {isBusy ? "Comparing with other rows …" : "Why?"}
      </button>
      {said && <p class="refusal">{said}</p>}
      {reason && <Reasons reason={reason} kind={model.kind} />}
    </div>
  );
}

function Reasons({ reason, kind }: { reason: Reason; kind: ModelView["kind"] }) {
  const spell = (value: number) => (kind === "labels" ? percent(value) : short(value));
  const shown = reason.columns.filter(({ mean }) => mean !== 0).slice(0, 10);
  return (
    <>
      <p class="quiet small">
        {kind === "labels" ? `The probability of ${reason.of}` : reason.of} is {spell(reason.base)} in the mean, and{" "}
        {spell(reason.answer)} here:
      </p>
      <Bars rows={shown.map(({ name, value, mean }) => ({ name, note: value, value: mean }))} />
    </>
  );
}
