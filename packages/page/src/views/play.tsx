/** A network of two inputs to play with. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import { PlotView } from "../charts/plot.js";
import { percent, short } from "../charts/spell.js";
import { SurfaceView } from "../charts/surface.js";
import type { PlayFrame, PlayPoints } from "../play/frames.js";
import { pointsOf } from "../play/points.js";
import { NetworkView } from "./network.js";
import { type Choices, PlayControls, START } from "./play-controls.js";

interface Losses {
  readonly epochs: readonly number[];
  readonly own: readonly number[];
  readonly held: readonly number[];
}

const NONE: Losses = { epochs: [], own: [], held: [] };

/** Points of the curves; beyond them every second one goes. */
const MOST_LOSSES = 400;

const pointsBy = (choices: Choices): PlayPoints =>
  choices.set === "own" ? choices.own : pointsOf(choices.set, choices.noise, choices.pointSeed);

export function PlayView({ actions }: { actions: Actions }) {
  const [choices, setChoices] = useState<Choices>(START);
  const [frame, setFrame] = useState<PlayFrame>();
  const [losses, setLosses] = useState<Losses>(NONE);
  const [isRunning, setRunning] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const points = pointsBy(choices);
  const take = (next: PlayFrame) => {
    setFrame(next);
    setLosses((before) => (next.epoch === before.epochs.at(-1) ? before : added(before, next)));
  };
  const refuse = (error: Error) => {
    setRefusal(error.message);
    setRunning(false);
  };
  const begin = () => {
    setRefusal(undefined);
    setLosses(NONE);
    return actions.engine.ask("playBegin", { ...choices, points }).then(take, refuse);
  };
  useEffect(() => {
    begin();
  }, [choices]);
  useRunning(isRunning, () => actions.engine.ask("playStep", choices.speed, 0).then(take, refuse), choices);
  const step = (epochs: number, batches: number) => actions.engine.ask("playStep", epochs, batches).then(take, refuse);
  return (
    <section class="play" aria-labelledby="play-title">
      <h1 id="play-title">Watch a network learn</h1>
      <div class="actions">
        <button type="button" class="primary" onClick={() => setRunning(!isRunning)}>
          {isRunning ? "Pause" : "Run"}
        </button>
        <button type="button" class="secondary" disabled={isRunning} onClick={() => step(0, 1)}>
          One update
        </button>
        <button type="button" class="secondary" disabled={isRunning} onClick={() => step(1, 0)}>
          One epoch
        </button>
        <button type="button" class="secondary" onClick={begin}>
          Begin again
        </button>
        <button type="button" class="secondary" onClick={() => setChoices({ ...choices, seed: choices.seed + 1 })}>
          Another start
        </button>
      </div>
      {refusal && (
        <p class="refusal" role="alert">
          {refusal}
        </p>
      )}
      <div class="play-grid">
        <PlayControls choices={choices} set={(patch) => setChoices({ ...choices, ...patch })} />
        {frame && <NetworkView frame={frame} />}
        {frame && <Outcome frame={frame} points={points} losses={losses} choices={choices} set={setChoices} />}
      </div>
    </section>
  );
}

/** Asks for a frame whenever the last one is there and the screen wants one. */
function useRunning(isRunning: boolean, ask: () => Promise<void>, choices: Choices): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (!isRunning) return;
    let isOver = false;
    const turn = () => {
      if (!isOver) latest.current().then(() => requestAnimationFrame(turn));
    };
    requestAnimationFrame(turn);
    return () => {
      isOver = true;
    };
  }, [isRunning, choices]);
}

function added({ epochs, own, held }: Losses, { epoch, loss, heldLoss }: PlayFrame): Losses {
  const thin = (list: readonly number[]) => (list.length < MOST_LOSSES ? list : list.filter((_, i) => i % 2 === 0));
  return { epochs: [...thin(epochs), epoch], own: [...thin(own), loss], held: [...thin(held), heldLoss] };
}

interface OutcomeProps {
  readonly frame: PlayFrame;
  readonly points: PlayPoints;
  readonly losses: Losses;
  readonly choices: Choices;
  set(choices: Choices): void;
}

function Outcome({ frame, points, losses, choices, set }: OutcomeProps) {
  const [label, setLabel] = useState(0);
  const isOwn = choices.set === "own";
  const add = (x: number, y: number) => {
    const own = { x: [...choices.own.x, x], y: [...choices.own.y, y], label: [...choices.own.label, label] };
    set({ ...choices, own });
  };
  return (
    <div class="outcome">
      <Plane frame={frame} points={points} {...(isOwn && { add })} />
      {isOwn && <OwnPoints choices={choices} label={label} setLabel={setLabel} set={set} />}
      <p class="quiet numbers" role="status">
        epoch {frame.epoch} · loss {short(frame.loss)} · held out {short(frame.heldLoss)} · {percent(frame.accuracy)}{" "}
        right
      </p>
      <PlotView
        label="Loss by epoch"
        x="epoch"
        y="loss"
        curves={[
          { look: "soft", x: losses.epochs, y: losses.own },
          { look: "first", x: losses.epochs, y: losses.held },
        ]}
      />
      <p class="caption">
        <span class="key first">points held out</span> <span class="key soft">points learned from</span>
      </p>
    </div>
  );
}

function Plane({ frame, points, add }: { frame: PlayFrame; points: PlayPoints; add?: (x: number, y: number) => void }) {
  const place = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    add?.((2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: points are added by a button too
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <div class={add ? "plane own" : "plane"} onClick={place}>
      <SurfaceView
        values={frame.surface}
        size={frame.size}
        middle={0.5}
        reach={0.85}
        label="What the network says of each place"
      />
      <svg viewBox="-1 -1 2 2" aria-hidden="true">
        {points.label.map((label, i) => (
          <circle
            key={`${i}`}
            class={`${label === 1 ? "one" : "zero"} ${(i >> 1) % 2 === 1 && points.label.length >= 8 ? "held" : ""}`}
            cx={points.x[i]}
            cy={-points.y[i]}
            r={0.026}
          />
        ))}
      </svg>
    </div>
  );
}

interface OwnProps {
  readonly choices: Choices;
  readonly label: number;
  setLabel(label: number): void;
  set(choices: Choices): void;
}

function OwnPoints({ choices, label, setLabel, set }: OwnProps) {
  const { own } = choices;
  const addRandom = () => {
    const [x, y] = [2 * Math.random() - 1, 2 * Math.random() - 1];
    set({ ...choices, own: { x: [...own.x, x], y: [...own.y, y], label: [...own.label, label] } });
  };
  return (
    <fieldset class="own-points">
      <legend>Click into the plane to add points of</legend>
      {[0, 1].map((value) => (
        <label key={value}>
          <input type="radio" name="own-label" checked={label === value} onChange={() => setLabel(value)} />{" "}
          <span class={`swatch ${value === 1 ? "one" : "zero"}`} /> class {value}
        </label>
      ))}
      <button type="button" class="secondary" onClick={addRandom}>
        Add one anywhere
      </button>
      <button type="button" class="secondary" onClick={() => set({ ...choices, own: { x: [], y: [], label: [] } })}>
        Clear
      </button>
    </fieldset>
  );
}
