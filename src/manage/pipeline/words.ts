// Words that stages, settings and logs of pipelines share.
/** auto: strict where the strategy names symbols with recorded history, else advisory. */
export type ValidationMode = "auto" | "strict" | "advisory";
export type Level = "info" | "warning" | "error";

/** Told when a run or a trial begins to wait for a thread; what it answers, when that is over. */
export type Queued = () => () => void;
/** Work that takes no thread and may last: no time of it counts, and the place is somebody else's meanwhile. */
export type Rest = <T>(work: () => Promise<T>) => Promise<T>;
