// The machine room: threads and rings, journal, bus, settings in force, what the log said last, who changed what.
import { useState } from "preact/hooks";
import { useAnswer } from "../answer.ts";
import { bytes, clock, figure, share, shortly, span, words } from "../format.ts";
import { health } from "../health.ts";
import { Filter } from "../parts/choice.tsx";
import { Figure, Panel, State, Trouble, Unknown } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Said } from "../parts/said.tsx";
import { Table } from "../parts/table.tsx";
import { Turner, useWay } from "../paged.tsx";
import { turned } from "../turned.ts";

const ROWS = 50;

interface Stats {
  readonly threads?: readonly Thread[];
  readonly resident_bytes?: number;
}
interface Thread {
  readonly name: string;
  readonly events_behind: number;
  readonly event_slots: number;
  readonly signals_waiting: number;
  readonly signal_slots: number;
}

export function System() {
  const { value: well, why } = health.value;
  const summary = useAnswer("getSummary", {});
  const version = useAnswer("getVersion", {}, { everyMs: 60_000 });
  const more = (well ?? {}) as Readonly<Record<string, unknown>>;
  const journal = more["journal"];
  const { threads = null, resident_bytes: resident, ...flow } = (summary.value?.integration_stats ?? {}) as Stats;
  const troubles = Array.isArray(more["troubles"]) ? (more["troubles"] as readonly unknown[]).map(String) : [];
  return (
    <>
      <Trouble why={why ?? summary.why} />
      {troubles.map((trouble) => (
        <p key={trouble} class="banner">
          <Said>{trouble}</Said>
        </p>
      ))}
      <dl class="figures">
        <Figure label="Up" value={span(well?.uptime_seconds)} />
        <Figure
          label="Bus"
          value={well?.messagebus ?? "–"}
          note={well === null ? undefined : well.messagebus_connected ? "connected" : "not connected"}
        />
        <Figure label="Events" value={figure(more["events"], 0)} note={`${figure(more["events_waiting"], 0)} wait`} />
        <Figure label="Memory" value={bytes(resident)} note="of the whole process" />
        <Figure label="Live trading" value={figure(more["live_trading"])} />
        <Figure
          label="Version"
          value={version.value?.version ?? "–"}
          note={`${version.value?.arch ?? ""} ${version.value?.node ?? ""}`}
        />
      </dl>
      <div class="panels">
        <Threads threads={threads} />
        <Panel title="Journal">{well === null ? <Unknown /> : <Pairs of={sized(journal)} empty="It is off." />}</Panel>
        <Panel title="What goes in and out">
          {summary.value === null ? (
            <Unknown />
          ) : (
            <Pairs of={{ redis: summary.value.redis_connected ? "connected" : "not in use", ...flow }} />
          )}
        </Panel>
        <Components />
        <Log />
        <Settings />
        <Audit />
      </div>
    </>
  );
}

function sized(journal: unknown): Readonly<Record<string, unknown>> {
  if (typeof journal !== "object" || journal === null) return {};
  const { bytes: size, ...rest } = journal as Readonly<Record<string, unknown>>;
  return { ...rest, size: bytes(Number(size)) };
}

function Threads({ threads }: { readonly threads: readonly Thread[] | null }) {
  return (
    <Panel title="Threads and their rings">
      <Table
        name="Threads"
        rows={threads}
        idOf={({ name }) => name}
        empty="None."
        columns={[
          { head: "Thread", cell: ({ name }) => name },
          { head: "Events it has to do", cell: (row) => <Ring used={row.events_behind} of={row.event_slots} /> },
          { head: "Signals that wait", cell: (row) => <Ring used={row.signals_waiting} of={row.signal_slots} /> },
        ]}
      />
    </Panel>
  );
}

function Ring({ used, of }: { readonly used: number; readonly of: number }) {
  if (of === 0) return <>–</>;
  return (
    <span class="gauge">
      <meter aria-label={`share of ${of} places`} min={0} max={1} high={0.8} value={used / of} /> {figure(used, 0)},{" "}
      {share(used / of)}
    </span>
  );
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

function Log() {
  const [level, choose] = useState<(typeof LEVELS)[number]>("info");
  const { value, why } = useAnswer("listEngineLog", { query: { level, limit: ROWS } }, { everyMs: 2_000 });
  return (
    <Panel
      title="Log"
      wide
      aside={
        <>
          newest first, from <Filter label="Least grave level" value={level} options={LEVELS} choose={choose} />
        </>
      }
    >
      <Trouble why={why} />
      <Table
        name="Log"
        rows={value?.lines ?? null}
        idOf={({ timestamp, message, fields }) => `${timestamp} ${message} ${JSON.stringify(fields)}`}
        empty={`Nothing of the level ${level} or above was said lately.`}
        columns={[
          { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
          { head: "Level", cell: ({ level: grave }) => <State of={grave} /> },
          { head: "Message", cell: ({ message }) => <Said>{message}</Said> },
          {
            head: "About",
            cell: ({ fields }) => (
              <span class="muted">
                <Said>{about(fields)}</Said>
              </span>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function about(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${words(name)} ${String(value)}`)
    .join(", ");
}

function Components() {
  const { value, why } = useAnswer("listComponents", {}, { everyMs: 5_000 });
  return (
    <Panel title="Components">
      <Trouble why={why} />
      <Table
        name="Components"
        rows={value?.components ?? null}
        idOf={({ name }) => name}
        empty="None."
        columns={[
          { head: "Name", cell: ({ name }) => words(name) },
          { head: "Kind", cell: ({ kind }) => kind },
          { head: "State", cell: ({ status }) => <State of={status} /> },
        ]}
      />
    </Panel>
  );
}

function Settings() {
  const { value, why } = useAnswer("getConfig", {}, { everyMs: 15_000 });
  const parts = ((value ?? {}) as { readonly config?: Readonly<Record<string, unknown>> }).config ?? {};
  return (
    <Panel title="Settings in force">
      <Trouble why={why} />
      {value === null ? <Unknown /> : <Pairs of={parts} empty="Those of the configuration." />}
    </Panel>
  );
}

function Audit() {
  const [way, go, at] = useWay();
  const answer = useAnswer("listAudit", { query: { limit: ROWS, ...at } }, { everyMs: 5_000 });
  return (
    <Panel title="Who changed what" wide aside={<Turner way={way} go={go} answer={answer} />}>
      <Trouble why={answer.why} />
      <Table
        name="Who changed what"
        rows={answer.value?.audit ?? null}
        idOf={({ audit_id: id }) => id}
        empty="Nobody has changed anything."
        columns={[
          { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
          { head: "Who", cell: ({ actor }) => <Said>{actor}</Said> },
          { head: "What", cell: ({ action }) => action },
          { head: "Of", cell: ({ target }) => <Said>{target}</Said> },
          { head: "From", cell: ({ from, to }) => <Code of={turned(from, to)[0]} /> },
          { head: "To", cell: ({ from, to }) => <Code of={turned(from, to)[1]} /> },
        ]}
      />
    </Panel>
  );
}

function Code({ of }: { readonly of: unknown }) {
  return (
    <code>
      <Said>{shortly(of)}</Said>
    </code>
  );
}
