import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Certificate } from "./certificates.ts";
import { locate } from "./needs.ts";
import { freePort } from "./ports.ts";
import { start } from "./started.ts";
import { makeTempDir } from "./temp-dir.ts";

export type Redis = {
  readonly port: number;
  /** redis:// or rediss://, with the password if there is one. */
  readonly url: string;
  stop(): Promise<void>;
};

type Options = {
  /** Asked of every client (as user `default`). */
  readonly password?: string;
  /** Served over TLS with this certificate, and only so. */
  readonly certificate?: Certificate;
};

/** Starts a redis-server that keeps nothing on disk. Tests that use it {@link needs} "redis". */
export async function startRedis({ password, certificate }: Options = {}): Promise<Redis> {
  const command = locate("redis");
  const port = await freePort();
  const directory = makeTempDir("redis");
  const file = (name: string, text: string) => {
    const place = path.join(directory.path, name);
    writeFileSync(place, text, { mode: 0o600 });
    return place;
  };
  const transport =
    certificate === undefined
      ? [`port ${port}`]
      : [
          "port 0",
          `tls-port ${port}`,
          `tls-cert-file ${file("cert.pem", certificate.cert)}`,
          `tls-key-file ${file("key.pem", certificate.key)}`,
          "tls-auth-clients no",
        ];
  const settings = [
    "bind 127.0.0.1",
    ...transport,
    `dir ${directory.path}`,
    'save ""',
    ...(password === undefined ? [] : [`requirepass ${JSON.stringify(password)}`]),
  ];
  // "-" reads the configuration from standard input, so that the password is in no argument and no file.
  const server = await start({
    command,
    args: ["-"],
    input: `${settings.join("\n")}\n`,
    cwd: directory.path,
    ready: /Ready to accept connections/,
  });
  const login = password === undefined ? "" : `default:${encodeURIComponent(password)}@`;
  return {
    port,
    url: `${certificate === undefined ? "redis" : "rediss"}://${login}localhost:${port}`,
    stop: async () => {
      await server.stop();
      directory.remove();
    },
  };
}
