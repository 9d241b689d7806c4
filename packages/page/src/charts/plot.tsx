/** Curves and points on two axes. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { cut, marks, ticks } from "./spell.js";

export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** "first", "second", "soft", "guide": what it looks like. */
  readonly look: string;
  readonly name?: string;
  readonly asPoints?: boolean;
}

interface Plot {
  readonly label: string;
  readonly curves: readonly Curve[];
  readonly x: string;
  readonly y: string;
  /** What the axes show, if not what the curves need. */
  readonly range?: readonly [x0: number, x1: number, y0: number, y1: number];
  readonly names?: readonly string[];
  readonly isSquare?: boolean;
}

const [LEFT, TOP, RIGHT, BOTTOM] = [52, 10, 20, 36];

export function PlotView({ label, curves, x, y, range, names, isSquare }: Plot) {
  const svg = useRef<SVGSVGElement>(null);
  const width = useWidth(svg, isSquare ? 300 : 460);
  const height = isSquare ? width : Math.min(260, Math.round(0.7 * width));
  const [x0, x1, y0, y1] = range ?? rangeOf(curves, names ? 0.5 : 0);
  const atX = (value: number) => LEFT + ((value - x0) / (x1 - x0 || 1)) * (width - LEFT - RIGHT);
  const atY = (value: number) => height - BOTTOM - ((value - y0) / (y1 - y0 || 1)) * (height - TOP - BOTTOM);
  const xs = names
    ? thin(
        names.map((_, i) => i),
        width / 70,
      )
    : ticks(x0, x1, width / 75, x === "epoch" ? 1 : 0);
  const ys = ticks(y0, y1, 4);
  const [xMarks, yMarks] = [names ? xs.map((tick) => cut(names[tick], 10)) : marks(xs), marks(ys)];
  return (
    <svg
      ref={svg}
      class={isSquare ? "plot square" : "plot"}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {ys.map((tick, i) => (
        <g key={`y${tick}`}>
          <line class="grid" x1={LEFT} x2={width - RIGHT} y1={atY(tick)} y2={atY(tick)} />
          <text x={LEFT - 6} y={atY(tick) + 3.5} text-anchor="end">
            {yMarks[i]}
          </text>
        </g>
      ))}
      {xs.map((tick, i) => (
        <text key={`x${tick}`} x={atX(tick)} y={height - BOTTOM + 15} text-anchor="middle">
          {xMarks[i]}
        </text>
      ))}
      <text class="axis" x={(LEFT + width - RIGHT) / 2} y={height - 4} text-anchor="middle">
        {x}
      </text>
      <text class="axis" transform={`translate(11 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`} text-anchor="middle">
        {y}
      </text>
      {curves.map((curve, c) => drawn(curve, c, atX, atY))}
    </svg>
  );
}

/** As wide as there is room: a picture that is scaled has letters that are too small to read. */
function useWidth(svg: RefObject<SVGSVGElement | null>, first: number): number {
  const [width, setWidth] = useState(first);
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0) setWidth(Math.max(200, Math.round(contentRect.width)));
    });
    observer.observe(svg.current!);
    return () => observer.disconnect();
  }, []);
  return width;
}

function drawn(curve: Curve, c: number, atX: (value: number) => number, atY: (value: number) => number) {
  const { x, y, look, asPoints } = curve;
  if (asPoints) {
    const dots = x.map((value, i) => `M${atX(value).toFixed(1)} ${atY(y[i]).toFixed(1)}h0`).join("");
    return <path key={`${c}`} class={x.length < 60 ? `dots few ${look}` : `dots ${look}`} d={dots} />;
  }
  const points = x.map((value, i) => `${atX(value).toFixed(1)},${atY(y[i]).toFixed(1)}`).join(" ");
  return <polyline key={`${c}`} class={`curve ${look}`} points={points} />;
}

/** @param beside how much room there is beside the first and the last place */
function rangeOf(curves: readonly Curve[], beside: number): [number, number, number, number] {
  const all = (of: "x" | "y") => curves.flatMap((curve) => curve[of]).filter(Number.isFinite);
  const [xs, ys] = [all("x"), all("y")];
  const extent = (list: readonly number[], below: number): [number, number] => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of list) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return list.length === 0 ? [0, 1] : low === high ? [low - below, high + 0.5] : [low, high];
  };
  const [x0, x1] = extent(xs, 0);
  const [y0, y1] = extent(ys, 0.5);
  const room = 0.04 * (y1 - y0);
  return [x0 - beside, x1 + beside, y0 - room, y1 + room];
}

const thin = (places: readonly number[], most: number) =>
  places.filter((i) => i % Math.ceil(places.length / most) === 0);
