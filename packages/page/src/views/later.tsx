/** Parts of the page that are drawn one after the other, so that no frame draws them all. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Draws what is in it so many frames later. */
export function Later({ frames, children }: { frames: number; children: ComponentChildren }) {
  const [left, setLeft] = useState(frames);
  useEffect(() => {
    if (left === 0) return;
    const asked = requestAnimationFrame(() => setLeft(left - 1));
    return () => cancelAnimationFrame(asked);
  }, [left]);
  return left === 0 ? children : null;
}
