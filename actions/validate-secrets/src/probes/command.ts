import { errorCode } from "../../../../shared/net/reason.ts";
import { runChild } from "../../../../shared/runtime/child-process.ts";
import { accepted, type Filled, NoVerdict, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/**
 * Runs a program without a shell, with nothing but PATH, HOME and its secrets in the environment. What it writes is read
 * and dropped: nobody can tell in which form it shows a secret. `values` are the secrets by name.
 */
export async function probeCommand(
  config: Filled<"command">,
  context: ProbeContext,
  values: ReadonlyMap<string, string>,
): Promise<ProbeAnswer> {
  const { signal, env } = context;
  const [program = "", ...args] = config.run;
  const own = { PATH: env["PATH"], HOME: env["HOME"], ...Object.fromEntries(values) };
  const options = { signal, env: own, onStdout: drop, onStderr: drop };
  const end = await runChild(program, args, options).catch((error: unknown) => {
    signal.throwIfAborted();
    const code = errorCode(error);
    if (code === "") throw error;
    const why = code === "ENOENT" ? "there is no such program" : `the program does not start (${code})`;
    throw new NoVerdict(why, "Check run in the manifest: the first entry is the program.");
  });
  if (end.code === 0) return accepted("the command exits with 0");
  if (end.code === 1)
    return refused(
      "invalid",
      config.secrets,
      "the command exits with 1",
      "Run it by hand to see why; its output is not shown.",
    );
  const how = end.code === null ? `was ended by ${end.signal}` : `exits with ${end.code}`;
  throw new NoVerdict(
    `the command ${how}`,
    "Exit 0 means valid, 1 invalid, anything else that it cannot tell.",
  );
}

function drop(): void {}
