/** What was predicted beside what was so. */
import { Scroll } from "./scroll.js";
import { cut } from "./spell.js";

/** More labels than this make no table that people read. */
const MOST = 26;

export function Confusion({ labels, counts }: { labels: readonly string[]; counts: readonly (readonly number[])[] }) {
  if (labels.length > MOST) return <MostMistaken labels={labels} counts={counts} />;
  return (
    <Scroll label="Confusion matrix">
      <table class="confusion">
        <thead>
          <tr>
            <th scope="col">true ↓ predicted →</th>
            {labels.map((label) => (
              <th scope="col" key={label} title={label}>
                {cut(label, 14)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, t) => {
            const sum = Math.max(
              1,
              row.reduce((total, value) => total + value, 0),
            );
            return (
              <tr key={labels[t]}>
                <th scope="row" title={labels[t]}>
                  {cut(labels[t], 24)}
                </th>
                {row.map((value, p) => (
                  <td
                    key={labels[p]}
                    class={p === t ? "right" : value > 0 ? "wrong" : ""}
                    style={{ "--share": `${Math.round((60 * value) / sum)}%` }}
                  >
                    {value}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function MostMistaken({ labels, counts }: { labels: readonly string[]; counts: readonly (readonly number[])[] }) {
  const pairs = counts.flatMap((row, t) =>
    row.map((value, p) => ({ t, p, value })).filter((pair) => pair.t !== pair.p),
  );
  pairs.sort((a, b) => b.value - a.value);
  return (
    <ul class="plain">
      {pairs.slice(0, 12).map(({ t, p, value }) => (
        <li key={`${t} ${p}`}>
          {value} × <b>{cut(labels[t], 40)}</b> taken for <b>{cut(labels[p], 40)}</b>
        </li>
      ))}
    </ul>
  );
}
