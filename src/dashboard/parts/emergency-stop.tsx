// The emergency stop, in reach on every page: what it does is said before it is done, and it is latched until somebody
// lifts it.
import { useEffect, useState } from "preact/hooks";
import { call } from "../engine.ts";
import { Action } from "./button.tsx";

interface Props {
  readonly latched: boolean;
  readonly done: () => void;
}

export function EmergencyStop({ latched, done }: Props) {
  const [stopped, setStopped] = useState<number | null>(null);
  // Whoever lifts it: the next stop has a number of its own.
  useEffect(() => {
    if (!latched) setStopped(null);
  }, [latched]);
  if (latched) {
    return (
      <>
        <strong class="latched" role="alert">
          EMERGENCY STOP{stopped === null ? "" : `: ${stopped} executions stopped`}
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
    if (answer.ok) setStopped(answer.value.executions_stopped);
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
