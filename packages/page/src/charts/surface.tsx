/** A grid of numbers as a picture between two colours. */
import { useEffect, useRef } from "preact/hooks";

type Colour = readonly [red: number, green: number, blue: number];

/** What is little, in the middle, much: by the colours of the page. */
function colours(): readonly [Colour, Colour, Colour] {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): Colour => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour;
  };
  return [read("--low"), read("--middle"), read("--high")];
}

interface Surface {
  readonly values: Float32Array;
  readonly size: number;
  /** What is drawn in the middle colour, and how far from it the others are. */
  readonly middle: number;
  readonly reach: number;
  readonly label: string;
}

export function SurfaceView({ values, size, middle, reach, label }: Surface) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const [low, between, high] = colours();
    const image = context.createImageData(size, size);
    for (let p = 0; p < values.length; p++) {
      const t = Math.max(-1, Math.min(1, (values[p] - middle) / (reach || 1)));
      const to = t < 0 ? low : high;
      const share = Math.abs(t);
      for (let k = 0; k < 3; k++) image.data[4 * p + k] = between[k] + share * (to[k] - between[k]);
      image.data[4 * p + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }, [values, size, middle, reach]);
  return <canvas ref={canvas} width={size} height={size} role="img" aria-label={label} />;
}

/** How far the numbers are from 0 at most. */
export function reachOf(values: Float32Array): number {
  let most = 1e-6;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}
