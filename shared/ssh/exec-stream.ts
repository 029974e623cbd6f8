import type { Client, ClientChannel } from "ssh2";
import { terminate } from "./exec.ts";

/** A command that is running on the server, with its streams. */
export type RemoteProcess = {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  /** Once it has ended and its output is read. Rejects when the connection was lost before its exit status came. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Asks the server to end it, and closes its streams. Safe at any time. */
  kill(): void;
};

/** Starts one command by the shell of the user, without a terminal: a terminal would change what goes through. */
export async function startOn(client: Client, command: string, signal: AbortSignal): Promise<RemoteProcess> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, { pty: false }, (error, opened) =>
      error === undefined ? resolve(opened) : reject(error),
    );
  });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const kill = (): void => {
    terminate(client, channel);
    channel.close();
  };
  const stop = (): void => {
    kill();
    lost.reject(signal.reason);
  };
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    channel.on("error", reject);
    channel.once("close", (code?: number | null, name?: string) => {
      signal.removeEventListener("abort", stop);
      if (code === undefined) reject(new Error("the command ended without an exit status"));
      else resolve({ code, signal: name ?? null });
    });
  });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const ended = Promise.race([exited, lost.promise]);
  ended.catch(() => undefined);
  return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, kill };
}
