import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { locate } from "../../support/needs.ts";
import { type Started, start } from "../../support/started.ts";
import type { AgentHost } from "./host.ts";

/** Starts the router of a host with the configuration that the agent prints, on another port than 80. */
export async function startRouter(host: AgentHost, kind: "nginx" | "haproxy" | "caddy"): Promise<Started> {
  host.hand("snippet", { release: "none", "health-contains": "" });
  const { stdout, code, stderr } = await host.call(["snippet", "shop", "snippet"]);
  if (code !== 0) throw new Error(`no snippet: ${stderr}`);
  const folder = path.join(host.directory, kind);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "configuration");
  const { router } = host.ports;
  // Any answer will do, also one that says that no colour is there yet.
  const ready = () =>
    fetch(`http://127.0.0.1:${router}/`).then(
      () => true,
      () => false,
    );
  switch (kind) {
    case "nginx":
      writeFileSync(file, nginx(folder, stdout.replace("listen 80;", `listen 127.0.0.1:${router};`)));
      return start({ command: locate("nginx"), args: ["-c", file, "-p", folder, "-e", "stderr"], ready });
    case "haproxy":
      writeFileSync(file, `${HAPROXY}${stdout.replace("bind :80", `bind 127.0.0.1:${router}`)}`);
      return start({ command: locate("haproxy"), args: ["-db", "-f", file], ready });
    case "caddy":
      writeFileSync(file, `${CADDY}${stdout.replace(":80 {", `http://127.0.0.1:${router} {`)}`);
      return start({
        command: locate("caddy"),
        args: ["run", "--config", file, "--adapter", "caddyfile"],
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: folder,
          XDG_DATA_HOME: folder,
          XDG_CONFIG_HOME: folder,
        },
        ready,
      });
  }
}

function nginx(folder: string, snippet: string): string {
  return `daemon off;
worker_processes 1;
pid ${folder}/pid;
events {}
http {
access_log off;
client_body_temp_path ${folder}/body;
proxy_temp_path ${folder}/proxy;
fastcgi_temp_path ${folder}/fastcgi;
uwsgi_temp_path ${folder}/uwsgi;
scgi_temp_path ${folder}/scgi;
${snippet}
}
`;
}

const HAPROXY = `defaults
  timeout connect 2s
  timeout client 10s
  timeout server 10s
`;

const CADDY = `{
  admin off
  auto_https off
}
`;
