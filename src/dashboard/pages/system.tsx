// The machine room: threads, rings, journal, bus, settings in force, who changed what.
import { useAnswer } from "../answer.ts";
import { clock, figure, span, words } from "../format.ts";
import { health } from "../health.ts";
import { Figure, Panel, State, Trouble } from "../parts/panel.tsx";
import { Pairs } from "../parts/pairs.tsx";
import { Table } from "../parts/table.tsx";

const ROWS = 50;

export function System() {
  const { value: well, why } = health.value;
  const summary = useAnswer("getSummary", {});
  const version = useAnswer("getVersion", {}, { everyMs: 60_000 });
  const more = (well ?? {}) as Readonly<Record<string, unknown>>;
  const journal = more["journal"];
  const troubles = Array.isArray(more["troubles"]) ? (more["troubles"] as readonly unknown[]).map(String) : [];
  return (
    <>
      <Trouble why={why} />
      {troubles.map((trouble) => (
        <p key={trouble} class="banner">
          {trouble}
        </p>
      ))}
      <dl class="figures">
        <Figure label="Up" value={span(well?.uptime_seconds)} />
        <Figure
          label="Bus"
          value={well?.messagebus ?? "–"}
          note={well?.messagebus_connected === true ? "connected" : "not connected"}
        />
        <Figure label="Events" value={figure(more["events"], 0)} note={`${figure(more["events_waiting"], 0)} wait`} />
        <Figure label="Live trading" value={figure(more["live_trading"])} />
        <Figure
          label="Version"
          value={version.value?.version ?? "–"}
          note={`${version.value?.arch ?? ""} ${version.value?.node ?? ""}`}
        />
      </dl>
      <div class="panels">
        <Panel title="Journal">
          <Pairs
            of={typeof journal === "object" && journal !== null ? (journal as Readonly<Record<string, unknown>>) : {}}
            empty="It is off."
          />
        </Panel>
        <Panel title="What goes in and out">
          <Pairs of={summary.value?.integration_stats ?? {}} />
        </Panel>
        <Components />
        <Settings />
        <Audit />
      </div>
    </>
  );
}

function Components() {
  const { value, why } = useAnswer("listComponents", {}, { everyMs: 5_000 });
  return (
    <Panel title="Components">
      <Trouble why={why} />
      <Table
        name="Components"
        rows={value?.components ?? []}
        idOf={({ name }) => name}
        empty="Not known yet."
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
      <Pairs of={parts} empty="Those of the configuration." />
    </Panel>
  );
}

function Audit() {
  const { value, why } = useAnswer("listAudit", { query: { limit: ROWS } }, { everyMs: 5_000 });
  return (
    <Panel title="Who changed what" wide>
      <Trouble why={why} />
      <Table
        name="Who changed what"
        rows={value?.audit ?? []}
        idOf={({ audit_id: id }) => id}
        empty="Nobody has changed anything."
        columns={[
          { head: "Time", cell: ({ timestamp }) => clock(timestamp) },
          { head: "Who", cell: ({ actor }) => actor },
          { head: "What", cell: ({ action }) => action },
          { head: "Of", cell: ({ target }) => target },
          { head: "From", cell: ({ from }) => <code>{JSON.stringify(from)}</code> },
          { head: "To", cell: ({ to }) => <code>{JSON.stringify(to)}</code> },
        ]}
      />
    </Panel>
  );
}
