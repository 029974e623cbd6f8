import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { locate } from "../support/needs.ts";
import { type Started, start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type ShopHost, shopPorts, startShopHost } from "./shop-host.ts";

export type Fleet = {
  readonly hosts: readonly ShopHost[];
  /** What each of them serves, by its release; the status where none answers. */
  readonly served: () => Promise<readonly string[]>;
  /** Resolves when nothing is under way on any of them. */
  readonly settled: () => Promise<void>;
  /** The inputs by which all of them are reached. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly stop: () => Promise<void>;
};

/** Starts hosts that have the same ports and the same paths, as hosts of one config do: each in namespaces of its own. */
export async function startFleet(count: number): Promise<Fleet> {
  const temp = makeTempDir("fleet");
  // The routers' workers may be other users.
  chmodSync(temp.path, 0o711);
  const directory = path.join(temp.path, "host");
  mkdirSync(directory, { mode: 0o711 });
  const ports = await shopPorts();
  const holders: Started[] = [];
  const hosts: ShopHost[] = [];
  for (let index = 0; index < count; index += 1) {
    const outside = path.join(temp.path, `host-${index + 1}`);
    mkdirSync(outside, { mode: 0o711 });
    const holder = await hold(outside, directory);
    holders.push(holder);
    const through = ["nsenter", `--net=/proc/${holder.pid}/ns/net`, `--mount=/proc/${holder.pid}/ns/mnt`];
    hosts.push(await startShopHost({ directory, outside, ports, through }));
  }
  const known = hosts.map(({ sshd }) => sshd.knownHostsLine());
  return {
    hosts,
    served: () =>
      Promise.all(
        hosts.map(async (host) => {
          const { status, text } = await host.served();
          return status === 200 ? String(JSON.parse(text).release) : String(status);
        }),
      ),
    settled: async () => {
      const journals = hosts.map(({ outside }) => path.join(outside, "state/shop/journal"));
      while (journals.some((journal) => existsSync(journal)))
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    inputs: { "ssh-host": "", "ssh-known-hosts": known.join("\n") },
    config: { hosts: hosts.map(({ address }) => address) },
    stop: async () => {
      for (const host of hosts) await host.stop();
      for (const holder of holders) await holder.stop();
      temp.remove();
    },
  };
}

/** A process that keeps a network of its own, and `own` at the path `shared`, for those that enter. */
function hold(own: string, shared: string): Promise<Started> {
  const script = '"$1" link set lo up && mount --bind "$2" "$3" && echo ready && exec sleep infinity';
  return start({
    command: "unshare",
    args: ["--net", "--mount", "sh", "-c", script, "hold", locate("namespaces"), own, shared],
    ready: /ready/,
  });
}
