import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { type AgentHost, makeAgentHost, type PlanKeys } from "./host.ts";

export type CommandHost = {
  readonly host: AgentHost;
  /** The keys by which the agent talks to the router. */
  readonly keys: PlanKeys;
  /** What the router really serves; undefined: what it was told. */
  readonly serve: (color: "blue" | "green" | undefined) => void;
  /** What it says that it serves. */
  readonly say: (color: string) => void;
  readonly served: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** A host whose router is driven by commands, and may do something else than what it was told. */
export async function startCommandHost(change?: (script: string) => string): Promise<CommandHost> {
  const host = await makeAgentHost({ router: "command", ...(change === undefined ? {} : { change }) });
  const said = path.join(host.directory, "said");
  writeFileSync(said, "blue\n");
  let target: "blue" | "green" | undefined;
  const router = createServer(async (_, response) => {
    const color = target ?? (readFileSync(said, "utf8").trim() as "blue" | "green");
    const answer = await fetch(`http://127.0.0.1:${host.ports[color]}/health`).catch(() => undefined);
    response.statusCode = answer?.status ?? 502;
    response.end(await answer?.text());
  });
  await new Promise<void>((resolve) => router.listen(host.ports.router, "127.0.0.1", resolve));
  return {
    host,
    keys: {
      "router-set": `echo $COLOR >${said}.new && mv ${said}.new ${said}`,
      "router-active": `cat ${said}`,
      "health-within": 20_000,
      // This process routes beside its tests, and may have chosen a colour that it asks only later.
      settle: 300,
    },
    serve: (color) => {
      target = color;
    },
    say: (color) => writeFileSync(said, `${color}\n`),
    served: async () => (await fetch(`http://127.0.0.1:${host.ports.router}/health`)).text(),
    stop: async () => {
      router.closeAllConnections();
      await new Promise((resolve) => router.close(resolve));
      if (existsSync(host.directory)) host.remove();
    },
  };
}
