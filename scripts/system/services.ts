import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runQuietly } from "./command.ts";
import { findExecutable } from "./part.ts";

// Debian packages start the server they bring. The tests start their own on free ports of loopback; nobody
// asked for one that listens to the network.

const MARK = "# Put here by the set-up of deploy-actions while it installs packages; safe to remove.";

/**
 * Does the work under a policy that keeps packages from starting services (Debian's policy-rc.d: exit code 101
 * forbids). A policy that the machine already has is left as it is.
 */
export async function withoutStartingServices(
  work: () => Promise<void>,
  policy = "/usr/sbin/policy-rc.d",
): Promise<void> {
  // One of ours that a killed run left behind is taken over, and goes at the end.
  if (existsSync(policy) && !readFileSync(policy, "utf8").includes(MARK)) return work();
  const remove = () => rmSync(policy, { force: true });
  const interrupted = (signal: NodeJS.Signals) => {
    remove();
    process.kill(process.pid, signal);
  };
  writeFileSync(policy, `#!/bin/sh\n${MARK}\nexit 101\n`, { mode: 0o755 });
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    await work();
  } finally {
    remove();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}

/** Keeps the services of freshly installed packages from starting at the next boot. */
export async function disableServicesOf(packages: readonly string[]): Promise<void> {
  if (findExecutable("systemctl") === undefined) return;
  const files = (await runQuietly("dpkg", ["-L", ...packages])).output.split("\n");
  const units = files
    .filter((file) => /\/systemd\/system\/[^/@]+\.(service|socket)$/.test(file))
    .map((file) => path.basename(file));
  if (units.length > 0) await runQuietly("systemctl", ["disable", "--quiet", ...units]);
}
