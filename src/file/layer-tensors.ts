/** The tensors of a network in the library's own file. */
import { type Design, normalizationsOf } from "../net/design.js";

/** In the order of the network's slab: running means and variances come last. */
export function layerTensors(design: Design): { name: string; shape: number[] }[] {
  const { layers } = design;
  const normalizations = normalizationsOf(design);
  const ofUnits = (names: readonly string[], l: number) =>
    names.map((name) => ({ name: `${l}.${name}`, shape: [layers[l + 1]] }));
  const trained = layers
    .slice(1)
    .flatMap((outputs, l) => [
      { name: `${l}.weight`, shape: [layers[l], outputs] },
      ...ofUnits(["bias", ...((normalizations[l] ?? "none") === "none" ? [] : ["gain", "shift"])], l),
    ]);
  const running = normalizations.flatMap((own, l) => (own === "batch" ? ofUnits(["mean", "variance"], l) : []));
  return [...trained, ...running];
}
