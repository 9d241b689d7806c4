/** What is played with. */

import type { PlayPoints, PlaySettings } from "../play/frames.js";
import { SETS, type SetName } from "../play/points.js";

export interface Choices extends Omit<PlaySettings, "points"> {
  readonly set: SetName | "own";
  readonly own: PlayPoints;
  readonly noise: number;
  readonly pointSeed: number;
  /** Epochs a frame. */
  readonly speed: number;
}

export const START: Choices = {
  set: "xor",
  own: { x: [-0.5, 0.5, -0.5, 0.5], y: [-0.5, 0.5, 0.5, -0.5], label: [0, 0, 1, 1] },
  noise: 0.1,
  pointSeed: 1,
  layers: [6, 4],
  activation: "tanh",
  rate: 0.1,
  decay: 0,
  l1: 0,
  l2: 0,
  momentum: 0.5,
  batchSize: 10,
  seed: 1,
  speed: 2,
};

const NAMES: Record<Choices["set"], string> = {
  xor: "XOR",
  circles: "Circles",
  spirals: "Spirals",
  moons: "Moons",
  clusters: "Two clusters",
  own: "Own points",
};

const ACTIVATIONS = ["tanh", "relu", "sigmoid", "identity"] as const;
const PENALTIES = [0, 0.0001, 0.001, 0.003, 0.01, 0.03];
const MOST_LAYERS = 4;
const MOST_UNITS = 8;

interface Props {
  readonly choices: Choices;
  set(patch: Partial<Choices>): void;
}

export function PlayControls({ choices, set }: Props) {
  const { noise, rate, decay, l1, l2, batchSize, speed, momentum } = choices;
  const number = (text: string) => Number(text);
  return (
    <form class="controls" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Points"
        value={choices.set}
        options={[...SETS, "own"] as const}
        name={(value) => NAMES[value]}
        set={(value) => set({ set: value })}
      />
      <Slider label="Noise" value={noise} low={0} high={1} step={0.05} set={(value) => set({ noise: value })} />
      <Layers layers={choices.layers} set={(layers) => set({ layers })} />
      <Choice
        label="Activation"
        value={choices.activation}
        options={ACTIVATIONS}
        set={(activation) => set({ activation })}
      />
      <Choice
        label="Learning rate"
        value={String(rate)}
        options={["0.003", "0.01", "0.03", "0.1", "0.3", "1"]}
        set={(text) => set({ rate: number(text) })}
      />
      <Choice
        label="Decay of the rate"
        value={String(decay)}
        options={["0", "0.001", "0.01", "0.1"]}
        set={(text) => set({ decay: number(text) })}
      />
      <Choice
        label="Momentum"
        value={String(momentum)}
        options={["0", "0.5", "0.9"]}
        set={(text) => set({ momentum: number(text) })}
      />
      <Choice label="L1" value={String(l1)} options={PENALTIES.map(String)} set={(text) => set({ l1: number(text) })} />
      <Choice label="L2" value={String(l2)} options={PENALTIES.map(String)} set={(text) => set({ l2: number(text) })} />
      <Slider
        label="Batch size"
        value={batchSize}
        low={1}
        high={60}
        step={1}
        set={(value) => set({ batchSize: value })}
      />
      <Slider label="Epochs a frame" value={speed} low={1} high={20} step={1} set={(value) => set({ speed: value })} />
    </form>
  );
}

function Layers({ layers, set }: { layers: readonly number[]; set(layers: readonly number[]): void }) {
  const change = (l: number, by: number) =>
    set(layers.map((size, i) => (i === l ? Math.max(1, Math.min(MOST_UNITS, size + by)) : size)));
  return (
    <fieldset class="layers">
      <legend>Hidden layers</legend>
      {layers.map((size, l) => (
        <div key={`${l}`}>
          <span>{size} units</span>
          <button type="button" aria-label={`One unit less in layer ${l + 1}`} onClick={() => change(l, -1)}>
            −
          </button>
          <button type="button" aria-label={`One unit more in layer ${l + 1}`} onClick={() => change(l, 1)}>
            +
          </button>
        </div>
      ))}
      <div>
        <span>{layers.length === 1 ? "1 layer" : `${layers.length} layers`}</span>
        <button
          type="button"
          aria-label="One layer less"
          disabled={layers.length === 0}
          onClick={() => set(layers.slice(0, -1))}
        >
          −
        </button>
        <button
          type="button"
          aria-label="One layer more"
          disabled={layers.length >= MOST_LAYERS}
          onClick={() => set([...layers, 4])}
        >
          +
        </button>
      </div>
    </fieldset>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly name?: (value: T) => string;
  set(value: T): void;
}

const Choice = <T extends string>({ label, value, options, name = (text) => text, set }: ChoiceProps<T>) => (
  <label class="field">
    <span>{label}</span>
    <select value={value} onChange={(event) => set(event.currentTarget.value as T)}>
      {options.map((option) => (
        <option key={option} value={option}>
          {name(option)}
        </option>
      ))}
    </select>
  </label>
);

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  set(value: number): void;
}

const Slider = ({ label, value, low, high, step, set }: SliderProps) => (
  <label class="field">
    <span>
      {label} <small>{value}</small>
    </span>
    <input
      type="range"
      min={low}
      max={high}
      step={step}
      value={value}
      onInput={(event) => set(Number(event.currentTarget.value))}
    />
  </label>
);
