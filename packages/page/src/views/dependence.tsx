/** How the answers depend on one column. */
import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../app/actions.js";
import { PlotView } from "../charts/plot.js";
import { cut } from "../charts/spell.js";
import type { Dependence, ModelView } from "../talk.js";

const LOOKS = ["first", "second", "third", "fourth", "fifth", "sixth"];

interface Props {
  readonly actions: Actions;
  readonly model: ModelView;
  readonly first?: string;
}

export function DependenceView({ actions, model, first }: Props) {
  const [chosen, setChosen] = useState<string>();
  const [found, setFound] = useState<Dependence>();
  const [refusal, setRefusal] = useState<string>();
  const name = chosen ?? first ?? model.fields[0]?.name;
  useEffect(() => {
    if (name === undefined || (!chosen && !first)) return;
    let isLate = false;
    actions.engine.ask("dependence", name).then(
      (dependence) => {
        if (isLate) return;
        setFound(dependence);
        setRefusal(undefined);
      },
      (error: Error) => !isLate && setRefusal(error.message),
    );
    return () => {
      isLate = true;
    };
  }, [name, chosen, first]);
  return (
    <figure>
      <h3>
        <label for="dependence">How it depends on</label>{" "}
        <select id="dependence" value={name} onChange={(event) => setChosen(event.currentTarget.value)}>
          {model.fields.map((field) => (
            <option key={field.name} value={field.name}>
              {field.name}
            </option>
          ))}
        </select>
      </h3>
      {refusal && <p class="refusal">{refusal}</p>}
      {found && <Drawn found={found} model={model} />}
    </figure>
  );
}

function Drawn({ found, model }: { found: Dependence; model: ModelView }) {
  const lines = model.labels.length === 2 ? found.lines.slice(1) : found.lines.slice(0, LOOKS.length);
  const known = found.values.map((_, i) => i).filter((i) => found.values[i] !== "missing" || !found.isOrdered);
  const isPlain = !found.isNamed && known.length > 2;
  return (
    <>
      <PlotView
        label={`Mean answer by ${found.column}`}
        x={found.column}
        y={model.kind === "labels" ? "mean probability" : model.target}
        {...(!isPlain && { names: known.map((i) => found.values[i]) })}
        curves={lines.flatMap(({ means }, l) => {
          const x = known.map((i, place) => (isPlain ? found.places[i] : place));
          const y = known.map((i) => means[i]);
          const points = { look: LOOKS[l], x, y, asPoints: true };
          return found.isOrdered ? [{ look: LOOKS[l], x, y }, points] : [points];
        })}
      />
      {model.kind === "labels" && (
        <figcaption>
          {lines.map(({ label }, l) => (
            <span key={label} class={`key ${LOOKS[l]}`}>
              {cut(label, 24)}
            </span>
          ))}
        </figcaption>
      )}
    </>
  );
}
