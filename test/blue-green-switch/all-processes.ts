import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Looks at the processes of the whole machine again and again; gives the arguments and environments of all but the action's own. */
export function watchAllProcesses(): () => string {
  const seen = new Set<string>();
  const here = readlinkSync("/proc/self/ns/mnt");
  const look = (): void => {
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        seen.add(argv);
        // The step's environment is where the runner puts the inputs, and a container's where the application has them.
        const step = /build\/dist\/blue-green-switch\/index\.js/.test(argv);
        if (!step && readlinkSync(`/proc/${pid}/ns/mnt`) === here)
          seen.add(readFileSync(`/proc/${pid}/environ`, "utf8"));
      } catch {
        // It has ended.
      }
    }
  };
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    return [...seen].join("\n");
  };
}
