/** The network: what each hidden unit makes of the plane, weights as lines between them. */
import { reachOf, SurfaceView } from "../charts/surface.js";
import type { PlayFrame } from "../play/frames.js";

/** The height of a unit's place, of 100 for the whole picture. */
const placeOf = (index: number, of: number) => (100 * (index + 0.5)) / of;

export function NetworkView({ frame }: { frame: PlayFrame }) {
  const { units, unitSize, weights } = frame;
  const sizes = [2, ...units.map((layer) => layer.length), 1];
  return (
    <div class="network" style={{ "--columns": sizes.length }}>
      <svg viewBox={`0 0 ${100 * sizes.length} 100`} preserveAspectRatio="none" aria-hidden="true">
        {weights.map((layer, l) => lines(layer, l, sizes))}
      </svg>
      <div class="layer">
        <span class="unit input" style={{ top: `${placeOf(0, 2)}%` }}>
          x
        </span>
        <span class="unit input" style={{ top: `${placeOf(1, 2)}%` }}>
          y
        </span>
      </div>
      {units.map((layer, l) => (
        <div class="layer" key={`${l}`}>
          {layer.map((values, u) => (
            <span class="unit" key={`${u}`} style={{ top: `${placeOf(u, layer.length)}%` }}>
              <SurfaceView
                values={values}
                size={unitSize}
                middle={0}
                reach={reachOf(values)}
                label={`Layer ${l + 1}, unit ${u + 1}`}
              />
            </span>
          ))}
        </div>
      ))}
      <div class="layer">
        <span class="unit input" style={{ top: "50%" }}>
          out
        </span>
      </div>
    </div>
  );
}

function lines(layer: PlayFrame["weights"][number], l: number, sizes: readonly number[]) {
  const { weights, inputs, outputs } = layer;
  return Array.from(weights, (weight, i) => {
    const [from, to] = [Math.floor(i / outputs), i % outputs];
    const strength = Math.min(1, Math.abs(weight) / 2);
    return (
      <line
        key={`${l} ${i}`}
        class={weight < 0 ? "less" : "more"}
        x1={100 * (l + 0.5)}
        y1={placeOf(from, inputs)}
        x2={100 * (l + 1.5)}
        y2={placeOf(to, sizes[l + 1])}
        stroke-width={0.4 + 4 * strength}
        stroke-opacity={0.15 + 0.75 * strength}
        vector-effect="non-scaling-stroke"
      />
    );
  });
}
