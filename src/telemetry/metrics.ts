// The metrics as Prometheus reads them. Rooms keep plain counters and LatencyHistograms of their own and hand in
// functions that read them; those run when somebody scrapes, so hot loops never touch this file or prom-client.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { FAMILIES, type Family, type FamilyKey, type Labels } from "./families.ts";
import type { LatencyHistogram } from "./histogram.ts";

export interface Series<T> {
  readonly labels: Labels;
  readonly source: T;
}
type ReadNumber = () => number;

const US_PER_S = 1e6;

export class Metrics {
  static readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  private readonly registry = new Registry();
  private readonly numbers = new Map<string, Map<string, Series<ReadNumber>>>();
  private readonly histograms = new Map<string, Map<string, Series<LatencyHistogram | null>>>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // Gauges whose names end as those of counters do.
    for (const name of ["resources", "handles", "requests"])
      this.registry.removeSingleMetric(`nodejs_active_${name}_total`);
    for (const family of Object.values<Family>(FAMILIES)) {
      if (family.type === "histogram") this.addHistogram(family);
      else this.addNumber(family);
    }
  }

  /** From now on a scrape shows what `read` returns as the value of this series. Counters must not fall. */
  read(key: FamilyKey, read: ReadNumber, labels: Labels = {}): void {
    const family: Family = FAMILIES[key];
    checkLabels(family, labels);
    const series = this.numbers.get(family.name);
    if (series === undefined) throw new Error(`${family.name} is a histogram: use observe`);
    series.set(seriesKey(family, labels), { labels, source: read });
  }

  /** From now on a scrape shows this histogram, which counts microseconds, as the series in seconds. */
  observe(key: FamilyKey, histogram: LatencyHistogram, labels: Labels = {}): void {
    const family: Family = FAMILIES[key];
    checkLabels(family, labels);
    const series = this.histograms.get(family.name);
    if (series === undefined) throw new Error(`${family.name} is not a histogram: use read`);
    series.set(seriesKey(family, labels), { labels, source: histogram });
  }

  /** The text exposition, version 0.0.4. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  private addNumber(family: Family): void {
    const series = new Map<string, Series<ReadNumber>>();
    for (const labels of family.initial) series.set(seriesKey(family, labels), { labels, source: () => 0 });
    this.numbers.set(family.name, series);
    const options = {
      name: family.name,
      help: family.help,
      labelNames: [...family.labels],
      registers: [this.registry],
    };
    if (family.type === "gauge") {
      const gauge: Gauge = new Gauge({
        ...options,
        collect: () => {
          for (const { labels, source } of series.values()) gauge.set(labels, source());
        },
      });
    } else {
      const counter: Counter = new Counter({
        ...options,
        collect: () => {
          counter.reset(); // prom-client's counters only count up: reading one is starting over
          for (const { labels, source } of series.values()) counter.inc(labels, source());
        },
      });
    }
  }

  private addHistogram(family: Family): void {
    const series = new Map<string, Series<LatencyHistogram | null>>();
    for (const labels of family.initial) series.set(seriesKey(family, labels), { labels, source: null });
    this.histograms.set(family.name, series);
    this.registry.registerMetric(new ReadHistogram(family, series));
  }
}

/** A histogram whose counts live in LatencyHistograms; prom-client only prints it. */
class ReadHistogram extends Histogram {
  private readonly family: Family;
  private readonly series: ReadonlyMap<string, Series<LatencyHistogram | null>>;

  constructor(family: Family, series: ReadonlyMap<string, Series<LatencyHistogram | null>>) {
    super({ name: family.name, help: family.help, labelNames: [...family.labels], registers: [] });
    this.family = family;
    this.series = series;
  }

  override get(): ReturnType<Histogram["get"]> {
    const { name, help, type } = this.family;
    const values = [...this.series.values()].flatMap(({ labels, source }) => bucketRows(this.family, labels, source));
    return Promise.resolve({ name, help, type: type as never, aggregator: "sum", collect: () => undefined, values });
  }

  /** What the registry's text form asks for instead of `get`. */
  getForPromString(): ReturnType<Histogram["get"]> {
    return this.get();
  }
}

interface Row {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

function bucketRows(family: Family, labels: Labels, histogram: LatencyHistogram | null): Row[] {
  const counts = histogram?.cumulative(family.boundsUs);
  const total = histogram?.count ?? 0;
  const rows: Row[] = family.boundsUs.map((bound, index) => ({
    metricName: `${family.name}_bucket`,
    labels: { ...labels, le: bound / US_PER_S },
    value: counts?.[index] ?? 0,
  }));
  rows.push({ metricName: `${family.name}_bucket`, labels: { ...labels, le: "+Inf" }, value: total });
  rows.push({ metricName: `${family.name}_sum`, labels: { ...labels }, value: (histogram?.sum ?? 0) / US_PER_S });
  rows.push({ metricName: `${family.name}_count`, labels: { ...labels }, value: total });
  return rows;
}

function seriesKey(family: Family, labels: Labels): string {
  return family.labels.map((label) => labels[label] ?? "").join("\u0000");
}

function checkLabels(family: Family, labels: Labels): void {
  const given = Object.keys(labels);
  if (given.length !== family.labels.length || !family.labels.every((label) => given.includes(label))) {
    throw new Error(`${family.name} has the labels [${family.labels.join(", ")}], not [${given.join(", ")}]`);
  }
}
