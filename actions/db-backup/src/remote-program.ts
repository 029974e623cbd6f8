import { PassThrough, type Readable, type Writable } from "node:stream";
import { ErrorLines } from "../../../shared/backup/error-lines.ts";
import type { ProgramEnd, RunningProgram } from "../../../shared/backup/program.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import type { SshConnection } from "../../../shared/ssh/connect.ts";
import type { StartOptions } from "./place.ts";

/** A command on the SSH host as a stage of a pipeline. */
export async function startRemote(
  connection: SshConnection,
  command: string,
  { stdin, onLine, signal }: StartOptions,
): Promise<RunningProgram> {
  const remote = await connection.start(command, signal);
  if (stdin === "ignore") remote.stdin.end();
  // ssh2's channel ends its output when the connection is lost, too: only `ended` tells.
  const stdout = new PassThrough();
  // Whoever reads it hears of it by `ended`, too; without a listener it would end the process.
  stdout.on("error", () => undefined);
  remote.stdout.pipe(stdout);
  const errors = new ErrorLines(onLine);
  remote.stderr.setEncoding("utf8").on("data", (text: string) => errors.add(text));
  const read = Promise.all([settled(stdout), settled(remote.stderr)]);
  const given = Promise.withResolvers<ProgramEnd>();
  let insist: NodeJS.Timeout | undefined;
  const whole = remote.ended.then(async ({ code, signal: killedBy }): Promise<ProgramEnd> => {
    await read;
    return {
      code,
      signal: killedBy === null ? null : (`SIG${killedBy.replace(/^SIG/, "")}` as NodeJS.Signals),
    };
  });
  const ended = Promise.race([whole, given.promise]).finally(() => {
    clearTimeout(insist);
    errors.end();
  });
  ended.catch((error: unknown) =>
    stdout.destroy(error instanceof Error ? error : new Error(remoteLine(String(error)))),
  );
  return {
    name: "the command on the SSH host",
    joinable: false,
    stdout: stdout as Readable,
    stdin: remote.stdin as Writable,
    ended,
    stderr: () => errors.text(),
    kill: () => {
      // A channel is over only when its output was read to the end, and a pipe into a destroyed stream pauses it.
      remote.stdout.unpipe(stdout);
      remote.stdout.resume();
      remote.kill();
      stdout.destroy();
      // It may go on: OpenSSH passes on no signal in a login as root, and tells of the end only when there is one.
      insist ??= setTimeout(() => given.resolve({ code: null, signal: "SIGKILL" }), KILLED_MS);
    },
  };
}

function settled(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once("end", resolve).once("close", resolve);
  });
}

const KILLED_MS = 2_000;
