/** Where the keyboard is when what it was on goes away. */
import { useEffect, useRef } from "preact/hooks";
import type { State } from "../app/store.js";

/** The first of these that is there is gone to: what runs, else the last part that has come. */
const PLACES = ["#pause", "#results-title", "#given-title", "#target-title", "#columns-title", "#open-title"];

/** Keeps the focus in the page: a control that goes away, or can no longer be used, would leave it at the beginning. */
export function useKeptFocus(state: State): void {
  const last = useRef<Element | null>(null);
  useEffect(() => {
    const keep = ({ target }: FocusEvent) => {
      last.current = target as Element;
    };
    addEventListener("focusin", keep);
    return () => removeEventListener("focusin", keep);
  }, []);
  useEffect(() => {
    const { activeElement, body } = document;
    const isLost = last.current && (!last.current.isConnected || last.current.matches(":disabled"));
    if (!isLost || (activeElement !== body && activeElement !== null)) return;
    const place = PLACES.map((selector) => document.querySelector<HTMLElement>(selector)).find(Boolean);
    place?.focus({ preventScroll: true });
  }, [state]);
}
