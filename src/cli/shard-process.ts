// What a node of a cluster forks for each of its shards; nobody types it. Joins the engine with the process of a shard.
import { runShard } from "../cluster/cluster.ts";
import { start } from "../main.ts";
import { collectBesideAFeed } from "./collector.ts";

process.umask(0o077);
collectBesideAFeed();
runShard(start);
