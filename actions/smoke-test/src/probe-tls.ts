import { networkReason } from "../../../shared/net/reason.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { hostAndPort } from "./address.ts";
import type { ProbeContext } from "./attempt.ts";
import type { Check } from "./plan.ts";
import type { Finding } from "./probe.ts";
import { describeThreshold, holds } from "./threshold.ts";
import { shakeHands } from "./tls-handshake.ts";

const DAY_MS = 86_400_000;

/**
 * Looks at a server's certificate: chain, host name and dates must be good whatever else is expected, then the days
 * that are left.
 */
export async function probeTls(check: Check, context: ProbeContext): Promise<Finding> {
  const { host, port } = hostAndPort(context.fill(check.config.tls ?? ""));
  const { connections, via } = context;
  const raw = await connections.stream(via, check.config.resolve ?? host, port, {
    ...context,
    what: "the server",
  });
  const { socket, fault, certificate } = await shakeHands(raw, { ...context, host, ca: connections.ca });
  socket.on("error", () => undefined).destroy();

  const daysLeft = Math.floor((Date.parse(certificate.valid_to) - context.clock.now()) / DAY_MS);
  const seen = `certificate until ${day(certificate.valid_to)}, ${daysLeft} days left`;
  if (fault !== undefined) {
    const reason = networkReason(Object.assign(new Error(fault), { code: fault }));
    const names = certificate.subjectaltname ?? String(certificate.subject?.CN ?? "no name");
    const why = reason?.why ?? `the certificate is not accepted (${fault})`;
    const detail = `valid ${day(certificate.valid_from)} to ${day(certificate.valid_to)} for ${remoteLine(names, { max: 200 })}`;
    return { problems: [`${why} (${detail})`], seen, ...(reason === undefined ? {} : { hint: reason.hint }) };
  }
  const bound = check.config.expect?.["days-left"];
  if (bound === undefined || holds(bound, daysLeft)) return { problems: [], seen };
  return {
    problems: [
      `days-left: expected ${describeThreshold(bound)}, got ${daysLeft} (valid to ${day(certificate.valid_to)})`,
    ],
    hint: "Renew the certificate, and see why the renewal did not run.",
    seen,
  };
}

function day(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? "an unreadable date" : new Date(time).toISOString().slice(0, 10);
}
