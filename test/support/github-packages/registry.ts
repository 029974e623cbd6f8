import { writeFileSync } from "node:fs";
import path from "node:path";
import { locate } from "../needs.ts";
import { freePort } from "../ports.ts";
import { portAccepts, start } from "../started.ts";
import { makeTempDir } from "../temp-dir.ts";

export type Registry = {
  /** http://127.0.0.1 with its port. It asks nobody who they are. */
  readonly origin: string;
  stop(): Promise<void>;
};

/** Starts Debian's docker-registry, which keeps all in memory. Tests that use it {@link needs} "docker-registry". */
export async function startRegistry(): Promise<Registry> {
  const port = await freePort();
  const directory = makeTempDir("registry");
  const file = path.join(directory.path, "config.yml");
  const config = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { inmemory: {}, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: "one server alone" },
  };
  writeFileSync(file, JSON.stringify(config));
  const server = await start({
    command: locate("docker-registry"),
    args: ["serve", file],
    cwd: directory.path,
    ready: portAccepts(port),
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      await server.stop();
      directory.remove();
    },
  };
}
