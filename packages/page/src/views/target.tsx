/** What is to be predicted, and how it is learned. */
import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import type { State } from "../app/store.js";
import { count } from "../charts/spell.js";
import type { TableView, TaskView } from "../talk.js";
import { Refused } from "./refusal.js";

type Props = { state: State; actions: Actions };

export function TargetView({ state, actions, table }: Props & { table: TableView }) {
  const { task, busy } = state;
  const isLocked = busy === "training";
  return (
    <section aria-labelledby="target-title">
      <h2 id="target-title" tabIndex={-1}>
        Predict
      </h2>
      <div class="choices">
        <label class="field">
          <span>Column to predict</span>
          <select
            id="target"
            value={task?.target ?? ""}
            disabled={isLocked}
            onChange={(event) => actions.choose(event.currentTarget.value)}
          >
            {!task && <option value="">choose …</option>}
            {table.columns.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {task && <KindChoice task={task} isLocked={isLocked} choose={(kind) => actions.choose(task.target, kind)} />}
      </div>
      <Refused state={state} at="task" />
      {task && state.refusal?.at !== "task" && <Ready state={state} actions={actions} task={task} />}
    </section>
  );
}

function KindChoice({
  task,
  isLocked,
  choose,
}: {
  task: TaskView;
  isLocked: boolean;
  choose(kind: TaskView["kind"]): void;
}) {
  if (!task.canBeOther) return null;
  return (
    <label class="field">
      <span>As</span>
      <select
        value={task.kind}
        disabled={isLocked}
        onChange={(event) => choose(event.currentTarget.value as TaskView["kind"])}
      >
        <option value="labels">one of its labels</option>
        <option value="values">a number</option>
      </select>
    </label>
  );
}

function Ready({ state, actions, task }: Props & { task: TaskView }) {
  const { busy } = state;
  return (
    <>
      <p class="quiet">
        {task.sentence}
        {task.labels && task.labels.length <= 8 && ` ${task.labels.join(" · ")}`}
        {task.without > 0 && ` ${count(task.without, "row")} without it ${task.without === 1 ? "is" : "are"} left out.`}
      </p>
      <Settings state={state} actions={actions} />
      <div class="actions">
        {busy === "training" ? (
          <>
            <button type="button" class="primary" id="pause" onClick={() => actions.pause()}>
              {state.isPaused ? "Go on" : "Pause"}
            </button>
            <button type="button" class="secondary" disabled={state.isStopping} onClick={() => actions.stop()}>
              {state.isStopping ? "Stopping …" : "Stop here"}
            </button>
          </>
        ) : (
          <button type="button" class="primary" id="train" onClick={() => actions.train()}>
            {state.model ? "Train again" : "Train"}
          </button>
        )}
      </div>
      <Refused state={state} at="train" />
    </>
  );
}

function Settings({ state, actions }: Props) {
  const { settings, busy } = state;
  const isLocked = busy === "training";
  const whole = (text: string) => Math.max(0, Math.floor(Number(text) || 0));
  return (
    <details class="settings">
      <summary>Settings</summary>
      <div class="choices">
        <label class="field">
          <span>Networks</span>
          <select
            id="ensemble"
            value={String(settings.ensemble)}
            disabled={isLocked}
            onChange={(event) => actions.set({ ensemble: Number(event.currentTarget.value) })}
          >
            {[...new Set([0, 1, 4, 8, settings.ensemble])].map((size) => (
              <option key={size} value={String(size)}>
                {size === 0 ? "as many as suit" : size === 1 ? "1, quick" : size}
              </option>
            ))}
          </select>
        </label>
        <Number_
          id="epochs"
          label="Epochs"
          hint="0: as suits"
          value={settings.epochs}
          isLocked={isLocked}
          set={(text) => actions.set({ epochs: whole(text) })}
        />
        <Number_
          id="seed"
          label="Seed"
          hint="same seed, same model"
          value={settings.seed}
          isLocked={isLocked}
          set={(text) => actions.set({ seed: whole(text) })}
        />
        <Layers layers={settings.hidden} isLocked={isLocked} set={(hidden) => actions.set({ hidden })} />
      </div>
    </details>
  );
}

interface NumberProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly value: number;
  readonly isLocked: boolean;
  set(text: string): void;
}

const Number_ = ({ id, label, hint, value, isLocked, set }: NumberProps) => (
  <label class="field">
    <span>
      {label} <small>{hint}</small>
    </span>
    <input
      id={id}
      type="number"
      min={0}
      value={value}
      disabled={isLocked}
      onInput={(event) => set(event.currentTarget.value)}
    />
  </label>
);

const sizesIn = (text: string) =>
  text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);

/** What is typed stays as it is typed. */
function Layers({
  layers,
  isLocked,
  set,
}: {
  layers: readonly number[];
  isLocked: boolean;
  set(layers: number[]): void;
}) {
  const [text, setText] = useState(layers.join(", "));
  // A link may have said others.
  useEffect(() => {
    if (sizesIn(text).join() !== layers.join()) setText(layers.join(", "));
  }, [layers]);
  const onInput = (typed: string) => {
    setText(typed);
    set(sizesIn(typed));
  };
  return (
    <label class="field">
      <span>
        Hidden layers <small>{layers.length > 0 ? layers.join(" → ") : "empty: as suits"}</small>
      </span>
      <input
        type="text"
        placeholder="64, 32"
        disabled={isLocked}
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
