// The frame of the dashboard: where one can go, how the engine is, whether what is shown is live. Begins here.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { connect, granted, hasKey, keyWanted, link, locked, openUntil, unconnected, useKey } from "./engine.ts";
import { begunAnew, dismissNotices, lost } from "./feeds.ts";
import { clock } from "./format.ts";
import { useHealth } from "./health.ts";
import { Badge, State } from "./parts/panel.tsx";
import { Dialog } from "./parts/dialog.tsx";
import { Said } from "./parts/said.tsx";
import { EmergencyStop } from "./parts/emergency-stop.tsx";
import { href, place } from "./route.ts";
import { theme, turn } from "./theme.ts";
import { PAGES } from "./pages.ts";

function App() {
  const { page, item } = place.value;
  const shown = PAGES.find(({ name }) => name === page);
  useEffect(() => {
    document.title = `${shown?.title ?? "Not found"} · Strategy Engine`;
    // On a phone the row of pages is wider than the screen. scrollIntoView would also move where the Tab key begins.
    const link = document.querySelector<HTMLElement>("nav [aria-current]");
    const nav = link?.closest("nav");
    nav?.scrollTo({ left: (link?.offsetLeft ?? 0) - nav.clientWidth / 2 });
  }, [shown]);
  return (
    <>
      <a class="skip" href="#content" onClick={jump}>
        Skip to content
      </a>
      <Head />
      <nav aria-label="Pages">
        <ul>
          {PAGES.map(({ name, title }) => (
            <li key={name}>
              <a href={href(name)} aria-current={name === page ? "page" : undefined}>
                {title}
              </a>
            </li>
          ))}
          <li class="apart">
            <a href="/docs">API</a>
          </li>
        </ul>
      </nav>
      <main id="content" tabIndex={-1}>
        <Stale />
        {shown === undefined ? (
          <p class="empty">
            There is no page “<Said>{page}</Said>”. The pages are named on the left; the{" "}
            <a href={href("overview")}>overview</a> is first.
          </p>
        ) : (
          <>
            <h1>{shown.title}</h1>
            <shown.View item={item} />
          </>
        )}
      </main>
      {keyWanted.value ? <KeyEntry /> : null}
    </>
  );
}

/** The address after # names the page, so the usual link to a part of it cannot be used. */
function jump(event: Event): void {
  event.preventDefault();
  document.querySelector("main")?.focus();
}

function Head() {
  const health = useHealth();
  const { value } = health;
  const { emergency_stop: stopped = false, emergency_stops: newest = null } = value ?? {};
  return (
    <header class="head">
      <a class="name" href={href("overview")}>
        Strategy Engine
      </a>
      {health.why === null ? null : <Badge tone="bad">not known how it is</Badge>}
      {value === null || health.why !== null ? null : <State of={value.status} />}
      {value?.demo === true ? <Badge tone="warn">DEMO: synthetic market</Badge> : null}
      {granted.value === "read" ? <Badge>may only read</Badge> : null}
      <span class="space" />
      <LinkState />
      {hasKey.value || locked.value ? (
        <button type="button" onClick={() => (keyWanted.value = true)}>
          {hasKey.value ? "Key…" : "Enter key…"}
        </button>
      ) : null}
      <button type="button" onClick={turn} aria-label={`Show in ${theme.value === "dark" ? "light" : "dark"} colours`}>
        {theme.value === "dark" ? "Light" : "Dark"}
      </button>
      <EmergencyStop latched={stopped} newest={newest} done={health.again} />
    </header>
  );
}

/** An engine that wants a key lets a socket wait for one for a while: such a connection is open, and tells nothing. */
function LinkState() {
  const open = link.value === "open" && !locked.value;
  return (
    <span role="status" class="link">
      <Badge tone={open ? "good" : "bad"}>
        {open ? "live" : locked.value ? "wants a key" : link.value === "connecting" ? "connecting" : "not connected"}
      </Badge>
    </span>
  );
}

function Stale() {
  if (link.value === "open") return <Notices />;
  const since = openUntil.value;
  if (link.value === "closed") {
    return (
      <p class="banner bad" role="alert">
        The engine does not take {hasKey.value ? "this key" : "a page without a key"}. It is not tried again before one
        is entered.{since === null ? "" : ` What is shown is of ${clock(since)}.`}
      </p>
    );
  }
  if (since === null && !unconnected.value) return null;
  if (since === null) {
    return (
      <p class="banner bad" role="alert">
        No live connection to the engine comes about. What is shown was asked for, and does not change as things happen;
        it is tried again by itself.
      </p>
    );
  }
  return (
    <p class="banner bad" role="alert">
      No connection to the engine since {clock(since)}. What is shown is of that moment; it is tried again by itself.
    </p>
  );
}

/** What happened meanwhile, until somebody has read it. */
function Notices() {
  const [many, since] = [lost.value, begunAnew.value];
  if (many === 0 && since === null) return null;
  return (
    <p class="banner" role="status">
      {since === null
        ? null
        : `The engine was started again; at ${clock(since)} the lists began anew with what it has. `}
      {many === 0 ? null : `${many} ${many === 1 ? "event was" : "events were"} lost and cannot be had any more. `}
      <button type="button" onClick={dismissNotices}>
        Read
      </button>
    </p>
  );
}

function KeyEntry() {
  const [key, setKey] = useState("");
  const enter = (event: Event): void => {
    event.preventDefault();
    useKey(key.trim());
  };
  return (
    <Dialog title="API key" close={() => (keyWanted.value = false)}>
      <form onSubmit={enter}>
        <p>This engine may ask for a key (setting API_KEYS). It is kept in this tab only.</p>
        <label>
          Key
          <input
            type="password"
            autocomplete="off"
            value={key}
            onInput={({ currentTarget }) => setKey(currentTarget.value)}
          />
        </label>
        <div class="buttons">
          <button type="button" onClick={() => (keyWanted.value = false)}>
            Back
          </button>
          <button type="submit" class="primary">
            {key.trim() === "" ? "Go on without a key" : "Use this key"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const root = document.querySelector("#app");
if (root !== null) {
  connect();
  render(<App />, root);
}
