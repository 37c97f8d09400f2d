// The emergency stop, in reach on every page: what it does is said before it is done, and it is latched until somebody
// lifts it.
import { useState } from "preact/hooks";
import { call } from "../engine.ts";
import { Action } from "./button.tsx";

interface Props {
  readonly latched: boolean;
  /** Of the newest stop, whoever has pressed it; null: not known. */
  readonly newest: number | null;
  readonly done: () => void;
}

export function EmergencyStop({ latched, newest, done }: Props) {
  const [own, keep] = useState<{ readonly ended: number; readonly newest: number | undefined } | null>(null);
  if (latched) {
    // What somebody else's stop has ended is not known here, whether or not it was lifted in between.
    const known = own !== null && own.newest === newest;
    return (
      <>
        <strong class="latched" role="alert">
          EMERGENCY STOP{known ? `: ${own.ended} ${own.ended === 1 ? "execution" : "executions"} stopped` : ""}
        </strong>
        <Action
          run={() => call("resumeRisk", { body: { reason: "lifted on the dashboard" } })}
          confirm="Signals leave again. Executions stay stopped until they are started."
          done={done}
        >
          Lift the stop
        </Action>
      </>
    );
  }
  const stop = async () => {
    const answer = await call("emergencyStop", { body: { reason: "pressed on the dashboard" } });
    if (!answer.ok) return answer;
    const health = await call("getHealth");
    keep(health.ok ? { ended: answer.value.executions_stopped, newest: health.value.emergency_stops } : null);
    return answer;
  };
  return (
    <Action
      run={stop}
      danger
      done={done}
      confirm="Every execution ends at once and no signal leaves until the stop is lifted. Orders at a venue are cancelled; positions stay as they are."
    >
      Emergency stop
    </Action>
  );
}
