import { type Config, ERRORS, type Start } from "./config-schema.ts";

/** What a deploy needs besides the config. */
export type Order = {
  /** Names this run on the hosts. */
  readonly deploy: string;
  readonly operation: "deploy" | "rollback";
  readonly release: string;
  readonly image: string | undefined;
  readonly actor: string;
  /** Address of the workflow run. */
  readonly run: string;
  readonly force: boolean;
  readonly hold: boolean;
  readonly dryRun: boolean;
  readonly lockWaitMs: number;
  /** How many hosts the deploy goes to: more than one wait for each other. */
  readonly hosts: number;
  /** False on all hosts but the first: the migration runs once. */
  readonly migrate: boolean;
  /** Names of the uploaded environment files, in order. */
  readonly envFiles: readonly string[];
};

type Value = string | number | boolean | undefined;

const HOOK_MS = 300_000;

/**
 * The plan that the agent on the host carries out: `key=value` lines with every default filled in (see
 * agent/README.md). The same config and order give the same text.
 */
export function planText(config: Config, order: Order): string {
  const filled = (text: string) => text.replaceAll("${release}", order.release);
  const [[first, firstPort] = ["", 0], [second, secondPort] = ["", 0]] = Object.entries(config.colors);
  const { health, migrate, router, watch } = config;
  const values: Readonly<Record<string, Value>> = {
    format: 1,
    app: config.app,
    deploy: order.deploy,
    operation: order.operation,
    release: order.release,
    actor: order.actor,
    run: order.run,
    first,
    second,
    "first-port": firstPort,
    "second-port": secondPort,
    ...startValues(config.start, order, filled),
    ...numbered("env-file", order.envFiles),
    "health-path": filled(health.path),
    "health-status": health.status,
    "health-contains": filled(health.contains),
    "health-consecutive": health.consecutive,
    "health-within": health.within,
    "health-interval": health.interval,
    "health-timeout": health.timeout,
    ...(migrate === undefined || !order.migrate
      ? {}
      : { migrate: migrate.command, "migrate-within": migrate.within }),
    ...(migrate === undefined
      ? {}
      : { "migrate-irreversible": migrate.irreversible, "migrate-repeatable": migrate.repeatable }),
    ...hookValues(config),
    router: router.kind,
    ...(router.kind === "command"
      ? { "router-set": router.set, "router-active": router.active, "router-maintenance": router.maintenance }
      : {
          "router-file": router.file,
          "router-socket": router.kind === "haproxy" ? router.socket : undefined,
        }),
    "public-url": filled(config["public-url"]),
    "public-host": config["public-host"],
    settle: config.settle,
    drain: config.drain,
    "stop-within": config["stop-within"],
    stability: config.stability,
    "watch-command": watch?.command,
    "watch-errors": watch?.errors ?? ERRORS,
    "watch-latency": watch?.latency,
    "keep-releases": config["keep-releases"],
    registry: config.registry?.server,
    "registry-user": config.registry?.user,
    "disk-free": config["disk-free"] * 1_000_000,
    barrier: order.hosts > 1,
    hold: order.hold,
    "wait-within": waitWithin(config, order.hosts),
    force: order.force,
    "lock-wait": order.lockWaitMs,
    "dry-run": order.dryRun || undefined,
  };
  return Object.entries(values)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${lineOf(value)}\n`]))
    .join("");
}

const MARGIN_MS = 30_000;

/** A host that hears nothing for that long goes back: it must not be shorter than what the others may take by their own limits. */
function waitWithin(config: Config, hosts: number): number {
  if (hosts === 1) return config["wait-within"];
  const { health, stability, pause } = config;
  const hooks = Number(hookValues(config)["hook-within"] ?? 0);
  return Math.max(config["wait-within"], hosts * (health.within + 2 * hooks + stability + pause + MARGIN_MS));
}

function startValues(start: Start, order: Order, filled: (text: string) => string): Record<string, Value> {
  const image = (fallback: string | undefined) =>
    order.image ?? (fallback === undefined ? undefined : filled(fallback));
  if ("compose" in start) {
    return {
      start: "compose",
      "compose-file": baseName(start.compose),
      "compose-service": start.service,
      image: image(start.image),
    };
  }
  if ("port" in start) {
    return {
      start: "image",
      image: image(start.image),
      "image-port": start.port,
      "image-pull": start.pull ?? true,
      ...numbered("image-option", (start.options ?? []).map(filled)),
      ...numbered("image-command", (start.command ?? []).map(filled)),
    };
  }
  return { start: "command", "start-command": start.command.start, "stop-command": start.command.stop };
}

/** The time limit is one for all hooks of a plan: the longer one. */
function hookValues(config: Config): Record<string, Value> {
  const hooks = [config["pre-switch"], config["post-switch"]].map((hook) =>
    typeof hook === "string" ? { command: hook, within: undefined } : hook,
  );
  const [before, after] = hooks;
  const within = Math.max(
    ...hooks.flatMap((hook) => (hook === undefined ? [] : [hook.within ?? HOOK_MS])),
    0,
  );
  return {
    "pre-switch": before?.command,
    "post-switch": after?.command,
    "hook-within": within === 0 ? undefined : within,
  };
}

function numbered(key: string, values: readonly string[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, index) => [`${key}-${index + 1}`, value]));
}

function lineOf(value: Exclude<Value, undefined>): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "number" ? String(Math.round(value)) : value;
}

/** The last part of a path: under that name a file lies in the release's folder on the host. */
export function baseName(path: string): string {
  return path.split("/").at(-1) ?? path;
}
