/** Counts and durations by labels, of what happens thousands of times a second: prom-client takes longer to count a row than a network to answer it. */
import type { Metric, Registry } from "prom-client";

/** Seconds. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

type Labels = Readonly<Record<string, string | number>>;

interface Value {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** Has a registry show values that are read when it is asked. */
function show(
  registry: Registry,
  type: "counter" | "histogram",
  name: string,
  help: string,
  read: () => Value[],
): void {
  const metric = { name, help, type, aggregator: "sum", get: async () => ({ name, help, type, values: read() }) };
  registry.registerMetric(metric as unknown as Metric);
}

/** A count for each value of a label, or of two. */
export class Count {
  value = 0;
  constructor(readonly labels: Labels) {}
}

/** How long something took, for the same labels. */
export class Duration {
  private readonly counts = new Float64Array(BUCKETS.length + 1);
  private sum = 0;
  constructor(readonly labels: Labels) {}

  add(seconds: number): void {
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]) bucket++;
    this.counts[bucket]++;
    this.sum += seconds;
  }

  values(name: string): Value[] {
    const { labels, counts, sum } = this;
    let total = 0;
    const values = [...BUCKETS, "+Inf"].map((le, bucket): Value => {
      total += counts[bucket];
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
    });
    return [
      ...values,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}

/** A counter of a registry. */
export function counter(registry: Registry, name: string, help: string): (labels: Labels) => Count {
  const all: Count[] = [];
  show(registry, "counter", name, help, () => all.map(({ labels, value }) => ({ labels, value })));
  return (labels) => all[all.push(new Count(labels)) - 1];
}

/** A histogram of a registry. */
export function histogram(registry: Registry, name: string, help: string): (labels: Labels) => Duration {
  const all: Duration[] = [];
  show(registry, "histogram", name, help, () => all.flatMap((duration) => duration.values(name)));
  return (labels) => all[all.push(new Duration(labels)) - 1];
}
