// What others deploy the engine with, read as Docker, Kubernetes and systemd read it: every key is one that the format
// has, and whatever names something of the engine (a setting, a path, a port, a file, a user) names what is there.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { describeSettings } from "../../../src/config.ts";
import { COMPOSE, KINDS } from "../../support/deploy/manifests.ts";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const SETTINGS = new Set(describeSettings().map(({ env }) => env));
const DOCKERFILE = read("Dockerfile");
/** Of a start that is ended in order, seconds; the process gives itself 10. */
const STOP_S_MIN = 10;

type Tree = Readonly<Record<string, never>>;

function faults(schema: TSchema, value: unknown): readonly string[] {
  return Compile(schema)
    .Errors(value)
    .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}
/** Names in an environment that are no settings of the engine. */
function strangers(environment: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(environment).filter((name) => !SETTINGS.has(name) && name !== "NODE_ENV");
}

describe("compose.yaml", () => {
  const text = read("compose.yaml");
  interface Service {
    readonly environment?: Readonly<Record<string, string>>;
    readonly volumes?: readonly string[];
    readonly depends_on?: readonly string[];
  }
  const { services, volumes } = parse(text) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, null>>;
  };

  it("has only keys that a compose file has, ports of this machine and images of a version", () => {
    expect(faults(COMPOSE, parse(text))).toEqual([]);
    const broken = text.replace("stop_grace_period", "stop_grace_perod").replace("redis:7-alpine", "redis:latest");
    expect(faults(COMPOSE, parse(broken)).join("\n")).toMatch(/stop_grace_perod[^]*redis\/image|redis\/image[^]*perod/);
  });

  it("has the engine as its users were promised it", () => {
    expect(services["strategy"]).toMatchObject({
      container_name: "nautilus-strategy",
      ports: ["127.0.0.1:8700:8700", "127.0.0.1:8000:8000"],
      environment: { ALLOW_INSECURE: "true" },
      deploy: { resources: { limits: { cpus: "1.0", memory: "2G" } } },
      healthcheck: {
        test: ["CMD", "curl", "-f", "http://localhost:8700/health"],
        interval: "30s",
        timeout: "10s",
        retries: 3,
      },
    });
    expect(strangers(services["strategy"]?.environment ?? {})).toEqual([]);
  });

  it("mounts files and volumes that there are, and waits for services that there are", () => {
    const all = Object.values(services);
    const sources = all.flatMap((one) => one.volumes ?? []).map((mount) => mount.split(":")[0] ?? "");
    const known = (source: string): boolean =>
      source.startsWith(".") ? existsSync(join(ROOT, source)) : source in volumes;
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((source) => !known(source))).toEqual([]);
    expect(all.flatMap((one) => one.depends_on ?? []).filter((name) => !(name in services))).toEqual([]);
  });
});

describe("deploy/kubernetes", () => {
  const text = read("deploy/kubernetes/strategy-engine.yaml");
  const documents = parseAllDocuments(text).map((one) => one.toJS() as { readonly kind: string });
  const of = (kind: string): unknown => documents.find((one) => one.kind === kind);
  interface Named {
    readonly name: string;
  }
  interface Probe {
    readonly httpGet: { readonly path: string; readonly port: string };
  }
  const { spec } = of("StatefulSet") as {
    readonly spec: {
      readonly serviceName: string;
      readonly selector: { readonly matchLabels: unknown };
      readonly volumeClaimTemplates: readonly { readonly metadata: Named }[];
      readonly template: {
        readonly metadata: { readonly labels: unknown };
        readonly spec: {
          readonly terminationGracePeriodSeconds: number;
          readonly securityContext: { readonly runAsUser: number };
          readonly volumes: readonly Named[];
          readonly containers: readonly [
            {
              readonly image: string;
              readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
              readonly envFrom: readonly { readonly configMapRef?: Named; readonly secretRef?: Named }[];
              readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
              readonly startupProbe: Probe;
              readonly readinessProbe: Probe;
              readonly livenessProbe: Probe;
            },
          ];
        };
      };
    };
  };
  const pod = spec.template.spec;
  const [engine] = pod.containers;

  it("has only keys that its kinds have", () => {
    expect(documents.map(({ kind }) => kind)).toEqual(["ConfigMap", "StatefulSet", "Service", "PodDisruptionBudget"]);
    expect(documents.flatMap((one) => faults(KINDS[one.kind] as TSchema, one))).toEqual([]);
    const broken = parseAllDocuments(text.replace("readinessProbe:", "readynessProbe:")).map(
      (one) => one.toJS() as Tree,
    );
    expect(faults(KINDS["StatefulSet"] as TSchema, broken[1]).join("\n")).toContain("readynessProbe");
  });

  it("finds its own parts: pods by their labels, ports and volumes by their names", () => {
    const labels = spec.template.metadata.labels;
    const service = of("Service") as {
      readonly metadata: Named;
      readonly spec: { readonly selector: unknown; readonly ports: readonly { readonly targetPort: string }[] };
    };
    const budget = of("PodDisruptionBudget") as {
      readonly spec: { readonly selector: { readonly matchLabels: unknown } };
    };
    for (const chosen of [spec.selector.matchLabels, service.spec.selector, budget.spec.selector.matchLabels])
      expect(chosen).toEqual(labels);
    expect(spec.serviceName).toBe(service.metadata.name);
    const probes = [engine.startupProbe, engine.readinessProbe, engine.livenessProbe].map(({ httpGet }) => httpGet);
    const ports = engine.ports.map(({ name }) => name);
    for (const port of [...service.spec.ports.map(({ targetPort }) => targetPort), ...probes.map(({ port }) => port)])
      expect(ports).toContain(port);
    expect(probes.map(({ path }) => path)).toEqual(["/health/ready", "/health/ready", "/health/live"]);
    const volumes = [...pod.volumes, ...spec.volumeClaimTemplates.map(({ metadata }) => metadata)].map(
      ({ name }) => name,
    );
    expect(engine.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort());
  });

  it("is of the image that the Dockerfile makes: version, user, ports, folder of data", () => {
    const { version } = JSON.parse(read("package.json")) as { readonly version: string };
    expect(engine.image).toBe(`strategy-engine:${version}`);
    expect(DOCKERFILE).toContain(`--uid ${pod.securityContext.runAsUser} `);
    const exposed = /^EXPOSE (.*)$/m.exec(DOCKERFILE)?.[1]?.split(" ").map(Number) ?? [];
    expect(exposed).toEqual(expect.arrayContaining(engine.ports.map(({ containerPort }) => containerPort)));
    const folder = /DATA_DIR=(\S+)/.exec(DOCKERFILE)?.[1];
    expect(engine.volumeMounts).toContainEqual({ name: "data", mountPath: folder });
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(STOP_S_MIN);
  });

  it("takes its settings from a map whose names are settings, and its keys from the secret that its head makes", () => {
    const map = of("ConfigMap") as { readonly metadata: Named; readonly data: Readonly<Record<string, string>> };
    expect(strangers(map.data)).toEqual([]);
    const secret = /kubectl create secret generic (\S+) --from-literal=(\w+)=/.exec(text);
    expect(engine.envFrom).toEqual([{ configMapRef: map.metadata }, { secretRef: { name: secret?.[1] } }]);
    expect(SETTINGS.has(secret?.[2] ?? "")).toBe(true);
  });
});

describe("deploy/systemd", () => {
  const path = join(ROOT, "deploy/systemd/strategy-engine.service");
  const unit = readFileSync(path, "utf8");

  it("starts the command with settings that there are, and may write where they say", () => {
    const environment = /^Environment=(.*)$/m.exec(unit)?.[1]?.split(" ") ?? [];
    const settings = Object.fromEntries(environment.map((pair) => pair.split("=") as [string, string]));
    expect(strangers(settings)).toEqual([]);
    expect(unit).toContain(`ReadWritePaths=${settings["DATA_DIR"]}\n`);
    const { bin } = JSON.parse(read("package.json")) as { readonly bin: Readonly<Record<string, string>> };
    expect(Object.keys(bin)).toContain(/^ExecStart=\/usr\/bin\/env (\S+) serve$/m.exec(unit)?.[1]);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(STOP_S_MIN);
  });

  it("is a unit in which systemd finds nothing, where systemd is there to be asked", () => {
    const asked = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
    if (asked.error !== undefined) expect(asked.error).toMatchObject({ code: "ENOENT" });
    else
      expect([asked.stderr.replaceAll(/^.*(?<!strategy-engine\.service):\d+:.*\n/gm, ""), asked.status]).toEqual([
        "",
        0,
      ]);
  });
});
