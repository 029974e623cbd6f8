import { writeFileSync } from "node:fs";
import path from "node:path";
import { certificates } from "../support/certificates.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import type { ScratchHost } from "./scratch-host.ts";

/** The way from outside to one name on a scratch host, by HTTPS as the pages have it. */
export async function wayTo(host: ScratchHost, name: string): Promise<HttpServer> {
  const { good } = await certificates();
  return startHttpServer(
    async ({ url }) => {
      const answer = await host.ask(name, `http://127.0.0.1${url}`);
      const [, body = "", status] = /^(.*)\n(\d+)$/s.exec(answer) ?? [];
      return { status: Number(status), body };
    },
    { certificate: good },
  );
}

/** What a program of Node needs in its environment to trust that way. */
export async function trust(): Promise<Readonly<Record<string, string>>> {
  const { authority } = await certificates();
  const file = path.join(makeTempDir("trusted").path, "ca.pem");
  writeFileSync(file, authority.cert);
  return { NODE_EXTRA_CA_CERTS: file };
}
