import { hostAndPort } from "./address.ts";
import type { ProbeContext } from "./attempt.ts";
import type { Check } from "./plan.ts";
import type { Finding } from "./probe.ts";

/** Opens a connection and closes it. */
export async function probeTcp(check: Check, context: ProbeContext): Promise<Finding> {
  const { host, port } = hostAndPort(context.fill(check.config.tcp ?? ""));
  const stream = await context.connections.stream(context.via, host, port, {
    ...context,
    what: "the server",
  });
  stream.on("error", () => undefined).destroy();
  return { problems: [], seen: "connected" };
}
