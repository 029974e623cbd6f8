import { randomBytes } from "node:crypto";
import type { ProgramEnd, RunningProgram } from "../../../shared/backup/program.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

type Options = {
  readonly setUp: string;
  readonly command: string;
  readonly inContainer: boolean;
  readonly where: string;
};

/** A program whose end is known from where it runs, however the way to it ends. */
export type TrackedProgram = {
  /** Runs it, and tells by lines of stderr what process it is and, in a container, how it has ended. */
  readonly script: string;
  /** Whether a line of stderr is the script's, not the program's. */
  isOurs(line: string): boolean;
  /** The program with its own end. When it may go on without anybody listening, its process ID is told. */
  follow(way: RunningProgram, signal: AbortSignal, onOrphan: (pid: string) => void): RunningProgram;
};

/**
 * The SSH host tells itself how a program has ended. The docker program does not always: it ends with 0 when it is sent a
 * SIGTERM, and what it has started goes on. So a shell in the container tells, with a word that nobody else knows.
 */
export function trackedProgram({ setUp, command, inContainer, where }: Options): TrackedProgram {
  const word = randomBytes(8).toString("hex");
  const [pidMark, endMark] = [`db-backup-pid-${word}=`, `db-backup-end-${word}=`];
  let pid: string | undefined;
  let code: number | undefined;
  // By a shell of its own, which becomes the program: in a subshell, $$ is the outer one's.
  const started = `echo ${pidMark}$$ >&2; exec`;
  return {
    script: inContainer
      ? `${setUp} sh -c '${started} "$@"' sh ${command}; s=$?; echo ${endMark}$s >&2; exit $s`
      : `${setUp} ${started} ${command}`,
    isOurs: (line) => {
      const [, name, number] = /^db-backup-(pid|end)-\w+=(\d+)$/.exec(line) ?? [];
      if (number === undefined || !line.includes(word)) return false;
      if (name === "pid") pid = number;
      else code = Number(number);
      return true;
    },
    follow: (way, signal, onOrphan) => {
      let killed = false;
      const orphan = (): void => {
        if (pid !== undefined && code === undefined) onOrphan(pid);
      };
      const ended = way.ended.then(
        (end): ProgramEnd => {
          if (code !== undefined) return { code, signal: null };
          const stopped = killed || signal.aborted;
          if (inContainer || stopped) orphan();
          if (!inContainer || end.code !== 0) return end;
          if (stopped) return { code: null, signal: "SIGTERM" };
          throw new UserError(`The docker program ended before what it ran in ${where} did.`, {
            hint: "Something ended it from outside: see the memory of the machine, and whoever may have sent it a signal.",
          });
        },
        (error: unknown) => {
          orphan();
          throw error;
        },
      );
      ended.catch(() => undefined); // Whoever waits for it hears of it; nobody may have got that far.
      const kill = (): void => {
        killed = true;
        way.kill();
      };
      return { ...way, ended, kill };
    },
  };
}
