import { writeFileSync } from "node:fs";
import path from "node:path";
import type { AgentHost, PlanKeys } from "../agent/host.ts";

const APP = path.join(import.meta.dirname, "web-app.ts");

/** The keys of a plan by which a host's colours are web applications that know slow answers, streams and WebSockets. */
export function webApp(host: AgentHost): PlanKeys {
  const script = path.join(host.directory, "web-app.sh");
  writeFileSync(
    script,
    `cd ${host.directory}
setsid ${process.execPath} --disable-warning=MODULE_TYPELESS_PACKAGE_JSON ${APP} "$PORT" "$RELEASE" &
echo $! >"$COLOR.pid"
`,
  );
  return { "start-command": `sh ${script}`, "health-within": 20_000, drain: 2_000 };
}
