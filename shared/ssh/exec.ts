import type { Client, ClientChannel } from "ssh2";

export type ExecOptions = {
  readonly signal?: AbortSignal;
  /** What the command reads; nothing by default. The way to hand over a secret: arguments show in `ps`. */
  readonly stdin?: string | Buffer;
  /** Bytes kept of each of stdout and stderr; the rest is read and dropped. Default: 1 MiB. */
  readonly maxOutput?: number;
};

export type ExecResult = {
  /** The exit status, or null when a signal ended the command. */
  readonly code: number | null;
  /** Such as SIGKILL. */
  readonly signal: string | null;
  /** Raw remote text: it goes through `remoteText` before anybody sees it. */
  readonly stdout: string;
  readonly stderr: string;
  /** True when either was longer than `maxOutput`. */
  readonly truncated: boolean;
};

const MAX_OUTPUT = 1024 * 1024;

/**
 * Runs one command by the shell of the user, without a terminal, and waits for its end. When the signal aborts, the
 * server is asked to end the command, and the call rejects with the signal's reason.
 */
export async function execOn(
  client: Client,
  command: string,
  options: ExecOptions & { readonly signal: AbortSignal },
): Promise<ExecResult> {
  const { signal, stdin, maxOutput = MAX_OUTPUT } = options;
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  const stdout = collect(channel, maxOutput);
  const stderr = collect(channel.stderr, maxOutput);
  return new Promise((resolve, reject) => {
    const stop = () => {
      terminate(client, channel);
      channel.close();
      reject(signal.reason);
    };
    channel.on("error", reject);
    channel.once("close", (code?: number | null, name?: string) => {
      signal.removeEventListener("abort", stop);
      if (code === undefined) return reject(new Error("the command ended without an exit status"));
      const [out, err] = [stdout(), stderr()];
      const truncated = out.truncated || err.truncated;
      resolve({ code, signal: name ?? null, stdout: out.text, stderr: err.text, truncated });
    });
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    channel.end(stdin);
  });
}

type Internals = {
  readonly _protocol: { signal(channel: number, name: string): void };
};

/**
 * Asks for a SIGTERM, which OpenSSH passes on since 7.9, but not in a login as root. Else the command goes on until
 * it meets its closed output. ssh2's own `channel.signal` sends nothing any more once the input has ended.
 */
export function terminate(client: Client, channel: ClientChannel): void {
  const { outgoing } = channel as unknown as {
    readonly outgoing: { readonly id: number; readonly state: string };
  };
  if (outgoing.state === "open" || outgoing.state === "eof") {
    (client as unknown as Internals)._protocol.signal(outgoing.id, "TERM");
  }
}

function collect(stream: NodeJS.ReadableStream, max: number): () => { text: string; truncated: boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < max) chunks.push(chunk.subarray(0, max - size));
    size += chunk.length;
  });
  return () => ({ text: Buffer.concat(chunks).toString("utf8"), truncated: size > max });
}
