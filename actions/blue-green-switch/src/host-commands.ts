import { createHash } from "node:crypto";
import { shellWord } from "../../../shared/ssh/shell-word.ts";
import { agentScript } from "./agent-script.ts";

// What the host is asked to do, as text for `sh` on its standard input: nothing of it, a secret least of all, stands
// in a list of processes. The whole is a function that is called in the last line, so that a connection that breaks in
// the middle of it does nothing at all.

/** A file for the agent: its name in the folder of the deploy, and its content. */
export type Upload = { readonly name: string; readonly content: string | Buffer };

/** A command of the agent: `run shop d1`, `rollback shop`. */
export type Command = {
  readonly words: readonly string[];
  readonly files?: readonly Upload[];
  /** For its environment; no secrets. */
  readonly variables?: Readonly<Record<string, string>>;
};

/** Where things are on a host. */
export type Place = { readonly root: string; readonly app: string };

const hash = createHash("sha256").update(agentScript).digest("hex");
const agentName = `agent-${hash}.sh`;
const TOOLS = "sh base64 curl flock head mv sed setsid sha256sum sleep stat sync tail timeout";

function whole(lines: readonly string[]): string {
  return `main() {\n${lines.join("\n")}\n}\nmain "$@" </dev/null\n`;
}

function variables({ root, app }: Place): readonly string[] {
  return [
    "umask 077",
    `root=${shellWord(root)} app=${shellWord(app)}`,
    `home=$root/$app agent=$root/bin/${agentName}`,
  ];
}

const STATUS = [
  // The router's workers have to come through to the folder of the switch.
  'chmod 711 "$root"',
  `if [ "$(readlink "$root/bin/bluegreen")" != ${agentName} ]; then`,
  `  ln -s ${agentName} "$root/bin/.new.$$" && mv -f "$root/bin/.new.$$" "$root/bin/bluegreen"`,
  "fi",
  // By sh: the folder may be on a file system from which nothing is executed.
  'echo status && sh "$agent" status "$app"',
];

/**
 * Looks what the host lacks, and tells what is live there. The first line of the answer: `lacks` with the tools,
 * `folder` with the user who may not write to it, `agent` when that is not there yet, or `status`.
 */
export function lookAround(place: Place): string {
  return whole([
    ...variables(place),
    "lacking=",
    `for tool in ${TOOLS}; do command -v "$tool" >/dev/null 2>&1 || lacking="$lacking $tool"; done`,
    '[ -z "$lacking" ] || { echo "lacks$lacking" && return; }',
    'mkdir -p "$root/bin" 2>/dev/null',
    '[ -w "$root" ] && [ -w "$root/bin" ] || { echo "folder $(id -un)" && return; }',
    `[ "$(sha256sum <"$agent" 2>/dev/null)" = "${hash}  -" ] || { echo agent && return; }`,
    ...STATUS,
  ]);
}

/** Puts the agent there, so that whoever looks finds the whole of it or nothing; then as {@link lookAround}. */
export function bringAgent(place: Place): string {
  return whole([
    ...variables(place),
    'new="$agent.$$"',
    `cat >"$new" <<'${hash}' && chmod 700 "$new" && sync "$new" && mv -f "$new" "$agent" || { rm -f "$new"; return 1; }`,
    `${agentScript}${hash}`,
    ...STATUS,
  ]);
}

/** What to follow: a command that is to be started first, unless it was; or a process that is at work already. */
export type Followed = {
  readonly deploy: string;
  /** Lines of events that were read. */
  readonly seen: number;
} & ({ readonly command: Command } | { readonly process: Process });

/** A process, and when it was started, in the kernel's ticks: the number alone comes again. */
export type Process = { readonly pid: number; readonly born: string };

/**
 * Starts a command of the agent, detached: it goes on without us. Then tells its events, as they come, until its
 * process has ended. The answer's lines: `failed`, or `process` with its number and birth; `event` with a line of events; `now`
 * after all that were there; `ended`; and `-` every few seconds, at which a shell whose connection has gone ends.
 */
export function startAndFollow(place: Place, followed: Followed): string {
  const { deploy, seen } = followed;
  return whole([
    ...variables(place),
    `deploy=${shellWord(deploy)} seen=${seen}`,
    "log=$home/log/$deploy.agent events=$home/log/$deploy.events",
    ...("command" in followed
      ? [...start(followed.command), "born="]
      : [`pid=${followed.process.pid} born=${shellWord(followed.process.born)}`]),
    ...FOLLOW,
  ]);
}

function start({ files = [], words, variables: own = {} }: Command): readonly string[] {
  const folder = '"$home/incoming/$deploy"';
  const written = files.map(({ name }) => `"$home/incoming/$deploy/"${shellWord(name)}`);
  const environment = Object.entries(own).map(([name, value]) => `${name}=${shellWord(value)}`);
  const call = [
    "setsid",
    "sh",
    "-c",
    `'echo $$ && exec sh "$0" "$@" 4>&-'`,
    '"$agent"',
    ...words.map(shellWord),
  ];
  return [
    "deliver() {",
    `  mkdir -p ${folder} || return`,
    ...files.flatMap(({ content }, index) => [
      `  base64 -d >${written[index]} <<'.' || return`,
      ...(Buffer.from(content)
        .toString("base64")
        .match(/.{1,76}/g) ?? []),
      ".",
    ]),
    ...(written.length === 0 ? [] : [`  sync ${written.join(" ")}`]),
    "}",
    'cd "$root" && mkdir -p "$home/log" && true >>"$log" || { echo "failed" && return; }',
    // Started once: a second try, after the answer to the first was lost, waits here until the first has come to its end
    // or is dead, and finds the number of the process in the log, or that nothing was started.
    'exec 4>>"$log" && flock 4',
    'if [ ! -s "$log" ]; then',
    `  deliver || { rm -rf ${folder} "$log" && echo "failed" && return; }`,
    // Detached: with a connection's end the shell's children would get SIGHUP, or SIGPIPE with their next output.
    `  ${[...environment, ...call].join(" ")} </dev/null >>"$log" 2>&1 &`,
    "fi",
    "pid= tries=0",
    'while ! IFS= read -r pid <"$log" && [ $tries -lt 100 ]; do sleep 0.1 && tries=$((tries + 1)); done 2>/dev/null',
    "exec 4>&-",
    'case $pid in "" | *[!0-9]*) echo "failed" && return ;; esac',
  ];
}

const FOLLOW = [
  // The 20th field from the state on is when it was started (proc(5)).
  "alive() {",
  '  { IFS= read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1',
  "  set -- ${stat##*) }",
  '  [ "$1" != Z ] && [ "${born:=${20}}" = "${20}" ]',
  "}",
  "tell() {",
  "  told=0",
  "  while IFS= read -r line <&3; do",
  "    count=$((count + 1)) told=1",
  '    [ $count -le $seen ] || printf "event %s\\n" "$part$line"',
  "    part=",
  "  done",
  // The rest of a line that is being written comes with the next look.
  "  part=$part$line",
  "  [ $told = 0 ] || echo now",
  "}",
  "count=0 part= opened=0 rounds=0",
  "while :; do",
  // The process is looked at first: an end that is written meanwhile is then read as well.
  "  over=0",
  "  alive || over=1",
  '  [ $rounds != 0 ] || echo "process $pid $born"',
  '  if [ $opened = 0 ] && [ -r "$events" ]; then exec 3<"$events" && opened=1; fi',
  "  [ $opened = 0 ] || tell",
  "  [ $over = 0 ] || { echo ended && return; }",
  "  rounds=$((rounds + 1))",
  "  [ $((rounds % 50)) != 0 ] || echo -",
  "  sleep 0.1",
  "done",
];

/** Asks a running deploy for something. */
export function wish(place: Place, deploy: string, word: "go" | "commit" | "return" | "abort"): string {
  // A first deploy that has only just begun may not have made the folder yet.
  const file = `"$home/wishes/"${shellWord(`${deploy}.${word}`)}`;
  return whole([...variables(place), `mkdir -p "$home/wishes" && : >${file}`]);
}

/** What the agent's own shell printed, after its process number: nothing, unless the agent has a bug. */
export function shellErrors(place: Place, deploy: string): string {
  return whole([
    ...variables(place),
    `sed 1d "$home/log/"${shellWord(`${deploy}.agent`)} 2>/dev/null | tail -c 2000`,
  ]);
}
