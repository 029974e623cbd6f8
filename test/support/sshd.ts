import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { descendants } from "./descendants.ts";
import { locate } from "./needs.ts";
import { freePort } from "./ports.ts";
import { sshdOfConnections } from "./sshd-of-connections.ts";
import { start } from "./started.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";

const run = promisify(execFile);

export type HostKeyType = "ed25519" | "rsa" | "ecdsa";
/** `stranger` is a good key that the server does not know. */
export type ClientKeyForm = HostKeyType | "rsa-pem" | "encrypted" | "stranger";

export type SshdOptions = {
  /** Lines that come before the fixture's own: in sshd_config the first value of a keyword holds. */
  readonly config?: readonly string[];
  /** The host keys that it has. Default: all three. */
  readonly hostKeyTypes?: readonly HostKeyType[];
  /** Words before sshd's own, such as those of nsenter: then each connection to the port gets an sshd there. */
  readonly through?: readonly string[];
};

export type Sshd = {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The account that runs this process: the only one that a server without root can log in. */
  readonly user: string;
  /** The public half of a host key, as its .pub file holds it: type and base64. */
  hostKey(type: HostKeyType): string;
  /** `SHA256:…` of a host key, as ssh-keygen tells it. */
  hostFingerprint(type: HostKeyType): string;
  knownHostsLine(type?: HostKeyType): string;
  clientKey(form?: ClientKeyForm): string;
  /** The line of authorized_keys for the key of the form `ed25519`. */
  clientPublicKey(): string;
  /** What the server has logged. */
  log(): string;
  /** Kills the processes that serve connections, as if the host had gone. The listener stays. */
  dropConnections(): void;
  /**
   * Freezes those processes (SIGSTOP), or only those of one program: connections stay open and nobody answers. They are
   * killed by stop().
   */
  freezeConnections(program?: string): void;
  /** Kills the processes of one program that serve connections. */
  killProgram(program: string): void;
  stop(): Promise<void>;
};

/** Opens the key of the form `encrypted`. */
export const CLIENT_KEY_PASSPHRASE = "correct horse battery staple";

/** Starts OpenSSH's server on a free port of 127.0.0.1, for logins by key as the user of this process. Tests that use it need "sshd". */
export async function startSshd({
  config = [],
  hostKeyTypes = HOST_KEY_TYPES,
  through,
}: SshdOptions = {}): Promise<Sshd> {
  const keys = await sharedKeys();
  const directory = makeTempDir("sshd");
  const port = await freePort();
  // Its privilege separation directory is compiled in; Debian's service makes it at boot, and only root needs it.
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  // -f must be absolute: sshd executes itself anew for every connection.
  const file = path.join(directory.path, "sshd_config");
  writeFileSync(file, [...config, ...baseConfig(keys, port, hostKeyTypes, directory.path)].join("\n"));
  const server =
    through === undefined
      ? await listening(file)
      : await sshdOfConnections([...through, locate("sshd"), "-i", "-e", "-f", file], port);
  const signal = (name: NodeJS.Signals, program?: string) => {
    for (const pid of server.sessions()) {
      if (program !== undefined && programOf(pid) !== program) continue;
      try {
        process.kill(pid, name);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  };
  return {
    host: "127.0.0.1",
    port,
    user: userInfo().username,
    hostKey: (type) => keys.read(`host_${type}.pub`).split(" ").slice(0, 2).join(" "),
    hostFingerprint: (type) => keys.read(`host_${type}.fingerprint`),
    knownHostsLine: (type = "ed25519") => {
      return `[127.0.0.1]:${port} ${keys.read(`host_${type}.pub`).split(" ").slice(0, 2).join(" ")}`;
    },
    clientKey: (form = "ed25519") => keys.read(`client_${form}`),
    clientPublicKey: () => keys.read("client_ed25519.pub").trim(),
    log: () => server.log(),
    dropConnections: () => signal("SIGKILL"),
    freezeConnections: (program) => signal("SIGSTOP", program),
    killProgram: (program) => signal("SIGKILL", program),
    stop: async () => {
      signal("SIGKILL");
      await server.stop();
      directory.remove();
    },
  };
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return ""; // It has ended.
  }
}

/** What stands behind the port. */
type Server = {
  /** The processes that serve connections. */
  readonly sessions: () => readonly number[];
  readonly log: () => string;
  readonly stop: () => Promise<unknown>;
};

async function listening(file: string): Promise<Server> {
  const server = await start({
    command: locate("sshd"),
    args: ["-D", "-e", "-f", file],
    ready: /Server listening on/,
  });
  return { ...server, sessions: () => descendants(server.pid) };
}

const HOST_KEY_TYPES: readonly HostKeyType[] = ["ed25519", "rsa", "ecdsa"];
const CLIENT_KEYS: Readonly<Record<ClientKeyForm, readonly string[]>> = {
  ed25519: ["-t", "ed25519", "-N", ""],
  rsa: ["-t", "rsa", "-b", "2048", "-N", ""],
  ecdsa: ["-t", "ecdsa", "-N", ""],
  "rsa-pem": ["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""],
  encrypted: ["-t", "ed25519", "-a", "1", "-N", CLIENT_KEY_PASSPHRASE],
  stranger: ["-t", "ed25519", "-N", ""],
};

type Keys = {
  readonly directory: TempDir;
  /** This OpenSSH locks out addresses with failed logins (9.8 and later), which tests make on purpose. */
  readonly penalises: boolean;
  read(name: string): string;
};
let keys: Promise<Keys> | undefined;

/** Makes the keys once a process: RSA keys take a moment. */
function sharedKeys(): Promise<Keys> {
  keys ??= makeKeys();
  return keys;
}

async function makeKeys(): Promise<Keys> {
  const directory = makeTempDir("ssh-keys");
  const file = (name: string) => path.join(directory.path, name);
  const make = (name: string, args: readonly string[]) =>
    run("ssh-keygen", ["-q", "-C", "test", "-f", file(name), ...args]);
  await Promise.all([
    ...HOST_KEY_TYPES.map((type) => make(`host_${type}`, CLIENT_KEYS[type])),
    ...Object.entries(CLIENT_KEYS).map(([form, args]) => make(`client_${form}`, args)),
  ]);
  for (const type of HOST_KEY_TYPES) {
    const { stdout } = await run("ssh-keygen", ["-l", "-f", file(`host_${type}.pub`)]);
    writeFileSync(file(`host_${type}.fingerprint`), /SHA256:\S+/.exec(stdout)?.[0] ?? "");
  }
  const known = Object.keys(CLIENT_KEYS).filter((form) => form !== "stranger");
  const lines = known.map((form) => readFileSync(file(`client_${form}.pub`), "utf8"));
  writeFileSync(file("authorized_keys"), lines.join(""));
  chmodSync(file("authorized_keys"), 0o600);
  const { stderr: version } = await run("ssh", ["-V"]);
  const [, major = "0", minor = "0"] = /OpenSSH_(\d+)\.(\d+)/.exec(version) ?? [];
  const penalises = Number(major) * 100 + Number(minor) >= 908;
  return { directory, penalises, read: (name) => readFileSync(file(name), "utf8") };
}

function baseConfig(
  { directory, penalises }: Keys,
  port: number,
  hostKeyTypes: readonly HostKeyType[],
  home: string,
): string[] {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...hostKeyTypes.map((type) => `HostKey ${path.join(directory.path, `host_${type}`)}`),
    `AuthorizedKeysFile ${path.join(directory.path, "authorized_keys")}`,
    "PidFile none",
    // The start-up files of whoever runs the tests stay out of the commands that tests run.
    `SetEnv HOME=${home}`,
    "PermitUserRC no",
    "UsePAM no",
    // The keys lie below a directory that everybody may write to.
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "AllowTcpForwarding yes",
    "Subsystem sftp internal-sftp",
    "LogLevel VERBOSE",
    "MaxStartups 100",
    ...(penalises ? ["PerSourcePenalties no"] : []),
    "",
  ];
}
