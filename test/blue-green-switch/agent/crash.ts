/** Functions of the agent that change something: it is killed before and after each call of them. */
const ACTS = [
  "enter",
  "put",
  "drop",
  "router_ready",
  "router_set",
  "docker_pull",
  "docker_remove",
  "docker_run",
  "docker_compose",
  "docker_stop",
  "start_color",
  "stop_color",
  "forget_release",
  "begin_release",
  "gate",
  "hook",
  "window",
  "drain",
  "prune",
  "audit",
];

const MAIN = '\nmain "$@"\n';

/**
 * Changes the script so that it counts its acts into the file of CRASH_LOG, one line each, and kills itself as `kill
 * -9` would, at the one that CRASH_AT numbers, or that CRASH_ON names.
 */
export function withCrashes(script: string): string {
  let text = script;
  const wrappers = ACTS.map((name) => {
    const defined = `\n${name}() {`;
    if (!text.includes(defined)) throw new Error(`the agent has no function ${name}`);
    text = text.replace(defined, `\nreal_${name}() {`);
    return `${name}() {
  crash_here "before ${name}" "\${1-}"
  real_${name} "$@"
  set -- $? "\${1-}"
  crash_here "after ${name}" "$2"
  return "$1"
}
`;
  });
  if (!text.endsWith(MAIN)) throw new Error("the agent does not end in a call of main");
  return `${text.slice(0, -MAIN.length)}
crash_n=0
crash_here() {
  crash_n=$((crash_n + 1))
  [ -z "\${CRASH_LOG-}" ] || printf '%s %s\\n' "$1" "\${2##*/}" >>"$CRASH_LOG"
  if [ "$crash_n" = "\${CRASH_AT-}" ] || [ "$1 \${2##*/}" = "\${CRASH_ON-}" ]; then kill -9 $$; fi
}
${wrappers.join("")}${MAIN}`;
}
