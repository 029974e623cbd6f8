import { readFileSync } from "node:fs";

/** The processes below a process: those of sshd leave the process group of the listener. Parents come first. */
export function descendants(pid: number): number[] {
  let children: string;
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  } catch {
    return []; // It has ended.
  }
  return children
    .split(" ")
    .filter((child) => child.trim() !== "")
    .flatMap((child) => [Number(child), ...descendants(Number(child))]);
}
