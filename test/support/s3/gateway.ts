import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { locate } from "../needs.ts";
import { freePort } from "../ports.ts";
import { start } from "../started.ts";
import { makeTempDir } from "../temp-dir.ts";
import { S3_KEYS } from "./server.ts";

export type Gateway = {
  readonly endpoint: string;
  /** Names of everything that lies in the bucket: objects, and uploads that are not completed. */
  stored(): string[];
  stop(): Promise<void>;
};

/** Starts Versity's S3 gateway, an S3 server that shares nothing with ours, with one bucket `backups`. */
export async function startGateway(): Promise<Gateway> {
  const directory = makeTempDir("versitygw");
  const [root, sidecar] = ["data", "sidecar"].map((name) => path.join(directory.path, name)) as [
    string,
    string,
  ];
  const bucket = path.join(root, "backups");
  mkdirSync(bucket, { recursive: true });
  mkdirSync(sidecar);
  const port = await freePort();
  const server = await start({
    command: locate("versitygw"),
    args: ["--port", `127.0.0.1:${port}`, "posix", "--sidecar", sidecar, root],
    env: {
      ROOT_ACCESS_KEY_ID: S3_KEYS.AWS_ACCESS_KEY_ID,
      ROOT_SECRET_ACCESS_KEY: S3_KEYS.AWS_SECRET_ACCESS_KEY,
    },
    ready: () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        ({ status }) => status === 403,
        () => false,
      ),
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stored: () =>
      readdirSync(bucket, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.relative(bucket, path.join(entry.parentPath, entry.name))),
    stop: async () => {
      await server.stop();
      directory.remove();
    },
  };
}
