/** How good the model is, and what it goes by. */
import type { Actions } from "../app/actions.js";
import type { State } from "../app/store.js";
import { Bars } from "../charts/bars.js";
import { Confusion } from "../charts/confusion.js";
import { PlotView } from "../charts/plot.js";
import { count, cut, percent, short } from "../charts/spell.js";
import type { Judgement, ModelView, Scored } from "../talk.js";
import { DependenceView } from "./dependence.js";

const LOOKS = ["first", "second", "third", "fourth", "fifth", "sixth"];

/** Columns of which it is shown how much they matter. */
const SHOWN = 14;

interface Props {
  readonly state: State;
  readonly actions: Actions;
  readonly model: ModelView;
}

export function ResultsView({ state, actions, model }: Props) {
  const { judgement, importance } = state;
  const isAwaited = state.refusal?.at !== "train";
  return (
    <section aria-labelledby="results-title">
      <h2 id="results-title" tabIndex={-1}>
        How good is it?
      </h2>
      <p class="quiet">
        {count(model.networks, "network")} of {count(model.parameters, "parameter")} together, trained on{" "}
        {count(model.trainedOn, "row")}
        {judgement && `, scored on ${count(judgement.rows, "row")} that they have never seen`}.
        {model.stopped && " The training was stopped before its end."}
      </p>
      {!judgement && isAwaited && <Waiting text="Scoring …" />}
      {judgement && <Scores judgement={judgement} />}
      <div class="pair">
        {judgement && <Pictures judgement={judgement} target={model.target} />}
        <figure>
          <h3>What it goes by</h3>
          {importance?.length === 0 && <p class="quiet">Of so many columns this would take too long.</p>}
          {importance ? (
            <Bars rows={importance.slice(0, SHOWN).map(({ name, mean }) => ({ name, value: mean }))} />
          ) : (
            isAwaited && <Waiting text="Shuffling one column after the other …" />
          )}
          <figcaption>
            {importance && importance.length > SHOWN && `${SHOWN} of ${importance.length} columns. `}
            By how much {model.kind === "labels" ? "accuracy" : "R²"} falls when a column is shuffled
          </figcaption>
        </figure>
        <DependenceView key={`${model.bytes}`} actions={actions} model={model} first={importance?.[0]?.name} />
      </div>
      {judgement && <Worst judgement={judgement} kind={model.kind} />}
      {model.warnings.length > 0 && <Warnings warnings={model.warnings} />}
    </section>
  );
}

export const Waiting = ({ text }: { text: string }) => (
  <p class="quiet waiting" role="status">
    <span class="spinner" /> {text}
  </p>
);

function Scores({ judgement }: { judgement: Judgement }) {
  return (
    <>
      <ul class="scores">
        {judgement.scores.map((score) => (
          <Score key={score.name} score={score} />
        ))}
      </ul>
      <p class="quiet small">Beside each score: {lowerFirst(judgement.baseline)}.</p>
    </>
  );
}

function Score({ score: { name, value, baseline, isLessBetter, isShare } }: { score: Scored }) {
  const spell = (number: number) => (isShare ? percent(number) : short(number));
  const isBetter = isLessBetter ? value < baseline : value > baseline;
  return (
    <li>
      <span class="score-name">{name}</span>
      <span class="score-value">{spell(value)}</span>
      <span class={isBetter ? "score-base" : "score-base worse"}>
        {isBetter ? "" : "no better: "}guess {spell(baseline)}
      </span>
    </li>
  );
}

function Pictures({ judgement, target }: { judgement: Judgement; target: string }) {
  const { labels, confusion, calibration, roc, scatter } = judgement;
  return (
    <>
      {confusion && (
        <figure class={labels.length > 3 || labels.some((label) => label.length > 12) ? "wide" : ""}>
          <h3>What is taken for what</h3>
          <Confusion labels={labels} counts={confusion} />
        </figure>
      )}
      {scatter && <Scatter scatter={scatter} target={target} />}
      {calibration && (
        <figure>
          <h3>Does it know how sure it is?</h3>
          <PlotView
            label="Calibration: how often it was so, by how probable it was said to be"
            isSquare
            x={labels.length === 2 ? `said probability of ${labels[1]}` : "said probability of the answer"}
            y="how often it was so"
            range={[0, 1, 0, 1]}
            curves={[
              { look: "guide", x: [0, 1], y: [0, 1] },
              { look: "first", x: calibration.map(({ said }) => said), y: calibration.map(({ was }) => was) },
              {
                look: "first",
                asPoints: true,
                x: calibration.map(({ said }) => said),
                y: calibration.map(({ was }) => was),
              },
            ]}
          />
        </figure>
      )}
      {roc && roc.length > 0 && <Roc roc={roc} labels={labels} />}
    </>
  );
}

function Roc({ roc, labels }: { roc: NonNullable<Judgement["roc"]>; labels: readonly string[] }) {
  // Of two labels one has a curve.
  const lookOf = (label: string) => LOOKS[labels.length === 2 ? 0 : labels.indexOf(label) % LOOKS.length];
  return (
    <figure>
      <h3>True alarms by false alarms</h3>
      <PlotView
        label={`ROC curves: ${roc.map(({ label, area }) => `${label} ${area.toFixed(3)}`).join(", ")}`}
        isSquare
        x="false alarms"
        y="true alarms"
        range={[0, 1, 0, 1]}
        curves={[
          { look: "guide", x: [0, 1], y: [0, 1] },
          ...roc.map(({ label, x, y }) => ({ look: lookOf(label), x, y })),
        ]}
      />
      <figcaption>
        {roc.map(({ label, area }) => (
          <span key={label} class={`key ${lookOf(label)}`}>
            {cut(label, 24)} {area.toFixed(3)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function Scatter({
  scatter: { truth, predicted },
  target,
}: {
  scatter: NonNullable<Judgement["scatter"]>;
  target: string;
}) {
  const all = [...truth, ...predicted].filter(Number.isFinite);
  const low = all.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = all.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return (
    <figure>
      <h3>Predicted against true</h3>
      <PlotView
        label={`Predicted against true ${target}`}
        isSquare
        x={`true ${target}`}
        y="predicted"
        range={[low, high, low, high]}
        curves={[
          { look: "guide", x: [low, high], y: [low, high] },
          { look: "first", asPoints: true, x: truth, y: predicted },
        ]}
      />
    </figure>
  );
}

function Worst({ judgement, kind }: { judgement: Judgement; kind: ModelView["kind"] }) {
  return (
    <details>
      <summary>The rows that it gets most wrong</summary>
      {judgement.worst.length === 0 && <p class="quiet">None of the scored rows is predicted wrong.</p>}
      <ol class="worst">
        {judgement.worst.map(({ truth, predicted, by, cells }) => (
          <li key={`${truth} ${predicted} ${by} ${cells.join()}`}>
            <p>
              <b>{truth}</b>, predicted <b>{predicted}</b>
              <span class="quiet">
                {kind === "labels" ? ` (${percent(by)} for ${cut(truth, 24)})` : `: off by ${short(by)}`}
              </span>
            </p>
            <p class="cells">
              {cells.map(([name, value]) => (
                <span key={name}>
                  {name} <b>{value || "–"}</b>
                </span>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </details>
  );
}

const Warnings = ({ warnings }: { warnings: readonly string[] }) => (
  <details>
    <summary>What the model has to tell ({warnings.length})</summary>
    <ul class="plain">
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  </details>
);

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
