// Schemas of what compose.yaml and the Kubernetes manifests use of their formats, from the specifications: a key that is
// written wrong, or that nobody has looked up, is a fault. A key that is new there is added here.
import { Type, type TSchema } from "typebox";

const TEXT = Type.String({ minLength: 1 });
const WORDS = Type.Array(TEXT, { minItems: 1 });
const DURATION = Type.String({ pattern: "^[0-9]+(ms|s|m|h)$" });
const NAMES = Type.Record(Type.String({ pattern: "^[A-Z][A-Z0-9_]*$" }), Type.String());

/** Nothing but these keys; those whose names end in `?` may be left out. */
function only(keys: Readonly<Record<string, TSchema>>): TSchema {
  const fields = Object.entries(keys).map(([key, schema]) =>
    key.endsWith("?") ? [key.slice(0, -1), Type.Optional(schema)] : [key, schema],
  );
  return Type.Object(Object.fromEntries(fields) as Record<string, TSchema>, { additionalProperties: false });
}

/** https://github.com/compose-spec/compose-spec/blob/main/spec.md */
export const COMPOSE = only({
  services: Type.Record(
    TEXT,
    only({
      "build?": TEXT,
      // A version, so that the same file starts the same programs next year.
      "image?": Type.String({ pattern: "^[a-z0-9/.-]+:v?[0-9][A-Za-z0-9.-]*$" }),
      "container_name?": TEXT,
      "restart?": Type.Enum(["no", "always", "on-failure", "unless-stopped"]),
      // Open to this machine only.
      "ports?": Type.Array(Type.String({ pattern: "^127\\.0\\.0\\.1:[0-9]+:[0-9]+$" })),
      "environment?": NAMES,
      "command?": WORDS,
      "volumes?": Type.Array(Type.String({ pattern: "^[^:]+:/[^:]+(:ro)?$" })),
      "depends_on?": WORDS,
      "healthcheck?": only({
        test: WORDS,
        interval: DURATION,
        timeout: DURATION,
        retries: Type.Integer({ minimum: 1 }),
        "start_period?": DURATION,
      }),
      "deploy?": only({
        resources: only({
          limits: only({
            cpus: Type.String({ pattern: "^[0-9.]+$" }),
            memory: Type.String({ pattern: "^[0-9]+[MG]$" }),
          }),
        }),
      }),
      "stop_grace_period?": DURATION,
    }),
  ),
  volumes: Type.Record(TEXT, Type.Null()),
});

const LABELS = Type.Record(TEXT, Type.String());
const METADATA = only({ name: TEXT, "labels?": LABELS, "annotations?": LABELS });
const SELECTOR = only({ matchLabels: LABELS });
const QUANTITY = Type.String({ pattern: "^[0-9]+(m|Mi|Gi)?$" });
const RESOURCES = only({ "cpu?": QUANTITY, "memory?": QUANTITY, "storage?": QUANTITY });
const PROBE = only({
  httpGet: only({ path: Type.String({ pattern: "^/" }), port: TEXT }),
  periodSeconds: Type.Integer({ minimum: 1 }),
  "failureThreshold?": Type.Integer({ minimum: 1 }),
});
const REFERENCE = only({ name: TEXT });
const NUMBER = Type.Integer({ minimum: 1, maximum: 65_535 });

const CONTAINER = only({
  name: TEXT,
  image: TEXT,
  ports: Type.Array(only({ name: Type.String({ maxLength: 15 }), containerPort: NUMBER })),
  envFrom: Type.Array(only({ "configMapRef?": REFERENCE, "secretRef?": REFERENCE })),
  startupProbe: PROBE,
  readinessProbe: PROBE,
  livenessProbe: PROBE,
  resources: only({ requests: RESOURCES, limits: RESOURCES }),
  securityContext: only({
    allowPrivilegeEscalation: Type.Literal(false),
    readOnlyRootFilesystem: Type.Literal(true),
    capabilities: only({ drop: WORDS }),
  }),
  volumeMounts: Type.Array(only({ name: TEXT, mountPath: Type.String({ pattern: "^/" }) })),
});

/** By kind, as https://kubernetes.io/docs/reference/kubernetes-api describes them. */
export const KINDS: Readonly<Record<string, TSchema>> = {
  ConfigMap: only({ apiVersion: Type.Literal("v1"), kind: TEXT, metadata: METADATA, data: NAMES }),
  StatefulSet: only({
    apiVersion: Type.Literal("apps/v1"),
    kind: TEXT,
    metadata: METADATA,
    spec: only({
      serviceName: TEXT,
      // Journal and store belong to one process.
      replicas: Type.Literal(1),
      selector: SELECTOR,
      template: only({
        metadata: only({ labels: LABELS, "annotations?": LABELS }),
        spec: only({
          enableServiceLinks: Type.Literal(false),
          automountServiceAccountToken: Type.Literal(false),
          securityContext: only({
            runAsNonRoot: Type.Literal(true),
            runAsUser: Type.Integer({ minimum: 1 }),
            fsGroup: Type.Integer({ minimum: 1 }),
            seccompProfile: only({ type: Type.Literal("RuntimeDefault") }),
          }),
          terminationGracePeriodSeconds: Type.Integer({ minimum: 1 }),
          containers: Type.Array(CONTAINER, { minItems: 1 }),
          volumes: Type.Array(only({ name: TEXT, emptyDir: only({}) })),
        }),
      }),
      volumeClaimTemplates: Type.Array(
        only({
          metadata: METADATA,
          spec: only({
            accessModes: Type.Array(Type.Enum(["ReadWriteOnce", "ReadWriteOncePod"])),
            resources: only({ requests: RESOURCES }),
          }),
        }),
      ),
    }),
  }),
  Service: only({
    apiVersion: Type.Literal("v1"),
    kind: TEXT,
    metadata: METADATA,
    spec: only({ selector: LABELS, ports: Type.Array(only({ name: TEXT, port: NUMBER, targetPort: TEXT })) }),
  }),
  PodDisruptionBudget: only({
    apiVersion: Type.Literal("policy/v1"),
    kind: TEXT,
    metadata: METADATA,
    spec: only({ minAvailable: Type.Integer({ minimum: 0 }), selector: SELECTOR }),
  }),
};
