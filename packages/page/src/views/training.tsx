/** Curves while networks learn. */
import type { State } from "../app/store.js";
import { type Curve, PlotView } from "../charts/plot.js";
import { percent, short } from "../charts/spell.js";
import type { EpochNews } from "../talk.js";

export function TrainingView({ state }: { state: State }) {
  const { epochs, busy, isPaused, task } = state;
  const last = epochs.at(-1)?.at(-1);
  if (!last && busy !== "training") return null;
  const isLabels = task?.kind === "labels";
  return (
    <section aria-labelledby="training-title">
      <h2 id="training-title">Learning</h2>
      <p class="quiet" role="status">
        {progress(last, busy, isPaused)}
      </p>
      {last ? <Progress last={last} /> : <progress aria-label="Not known yet how long" />}
      {last && (
        <div class="pair">
          <figure>
            <PlotView label="Loss by epoch" x="epoch" y="loss" curves={lossCurves(epochs)} />
            <figcaption>
              <span class="key first">rows held out</span> <span class="key soft">rows trained on</span>
            </figcaption>
          </figure>
          <figure>
            <PlotView
              label={isLabels ? "Accuracy by epoch" : "R² by epoch"}
              x="epoch"
              y={isLabels ? "accuracy" : "R²"}
              curves={scoreCurves(epochs)}
            />
            <figcaption>
              <span class="key first">{isLabels ? "accuracy" : "R²"} on rows held out, a line for each network</span>
            </figcaption>
          </figure>
        </div>
      )}
    </section>
  );
}

function Progress({ last }: { last: EpochNews }) {
  const done = (last.member + (last.epoch + 1) / last.epochs) / last.members;
  return <progress value={done} max={1} aria-label="Progress of the training" />;
}

function progress(last: EpochNews | undefined, busy: State["busy"], isPaused: boolean): string {
  if (!last && isPaused) return "It pauses when the first network begins.";
  if (!last) return "Reading the rows, trying how wide the networks should be: of many rows, this takes longest …";
  const network = `network ${last.member + 1} of ${last.members}, epoch ${last.epoch + 1} of ${last.epochs}`;
  const score =
    last.score === undefined
      ? ""
      : ` · ${last.score >= 0 && last.score <= 1 ? percent(last.score) : short(last.score)}`;
  if (isPaused) return `Paused at ${network}`;
  if (busy === "training") return `${network}${score}`;
  return `Done: ${last.member + 1} ${last.member === 0 ? "network" : "networks"}`;
}

type ByNetwork = State["epochs"];

function lossCurves(epochs: ByNetwork): Curve[] {
  const curve = (look: string, of: (news: EpochNews) => number | undefined) => (list: readonly EpochNews[]) => {
    const known = list.filter((news) => Number.isFinite(of(news)));
    return { look, x: known.map(({ epoch }) => epoch + 1), y: known.map((news) => of(news)!) };
  };
  return [...epochs.map(curve("soft", ({ loss }) => loss)), ...epochs.map(curve("first", ({ heldLoss }) => heldLoss))];
}

function scoreCurves(epochs: ByNetwork): Curve[] {
  return epochs.map((list) => {
    // The first epochs of a regression may be far below all others.
    const known = list.filter(({ score }) => score !== undefined && score > -1);
    return { look: "first", x: known.map(({ epoch }) => epoch + 1), y: known.map(({ score }) => score!) };
  });
}
