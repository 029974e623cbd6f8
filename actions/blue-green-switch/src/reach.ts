import type { Runtime } from "../../../shared/runtime/action.ts";
import { throwProblems, UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import { connectSsh } from "../../../shared/ssh/connect.ts";
import type { Config } from "./config-schema.ts";
import { Host } from "./host.ts";
import type { HostStatus } from "./status.ts";
import type { Target } from "./targets.ts";

export type Reached = { readonly host: Host; readonly before: HostStatus };

/** Connects to every host and puts the agent there. All problems together, and nothing touched before all are reached. */
export async function reach(
  targets: readonly Target[],
  config: Config,
  { clock, defer }: Runtime,
): Promise<readonly Reached[]> {
  // Not the run's own signal: a cancelled run still tells the hosts, and closes the connections after that.
  const life = new AbortController();
  defer("waiting for lost connections", () => life.abort());
  const { signal } = life;
  const hosts = targets.map(({ name, ssh, jump }) => {
    const connect = () => connectSsh({ ...ssh, jump, signal });
    const host = new Host({ name, root: config["state-dir"], app: config.app, connect, clock, signal });
    defer(`connection to ${name}`, () => host.close());
    return host;
  });
  await all(hosts.map((host) => host.connect()));
  return all(hosts.map(async (host) => ({ host, before: await host.prepare() })));
}

/** As Promise.all, but waits for all, and throws what all of them had to say. */
async function all<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(work);
  const problems = settled.flatMap((one): UserError[] => {
    if (one.status === "fulfilled") return [];
    if (one.reason instanceof UserErrors) return [...one.reason.problems];
    if (one.reason instanceof UserError) return [one.reason];
    throw one.reason;
  });
  throwProblems(problems);
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}
