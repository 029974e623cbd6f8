// The door to every npm script. Written for any Node since 12, because its first work is to find Node 24:
// the one it was started with, or the one that the optional dependency node-<platform>-<arch> brings.
// It installs the locked dependencies when they are missing or older than the lock file.
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { createHash } = require("node:crypto");
const path = require("node:path");

const WANTED_MAJOR = 24;
const root = path.resolve(__dirname, "..");
const stamp = path.join(root, "node_modules", ".lock-hash");
const name = process.argv[2];

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function lockHash() {
  const hash = createHash("sha256");
  for (const file of ["package.json", "package-lock.json"]) hash.update(readFileSync(path.join(root, file)));
  return hash.digest("hex");
}

function installDependencies() {
  const wanted = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing the locked dependencies (npm ci) ...\n");
  // Engine warnings are about the Node that runs npm; the scripts run on the Node that is being installed.
  const done = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, npm_config_engine_strict: "false" },
  });
  if (done.error) fail(`npm could not be started: ${done.error.message}. Install npm and try again.`);
  if (done.status !== 0)
    fail("npm ci failed (see above). Check the network and the registry, then run the same command again.");
  writeFileSync(stamp, wanted);
}

function majorOf(node) {
  const asked = spawnSync(node, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" });
  return asked.status === 0 ? Number(asked.stdout.trim()) : 0;
}

function findNode() {
  if (Number(process.versions.node.split(".")[0]) === WANTED_MAJOR) return process.execPath;
  const bundled = path.join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(bundled) && majorOf(bundled) === WANTED_MAJOR) return bundled;
  return fail(
    `Node ${WANTED_MAJOR} is needed, and this is Node ${process.versions.node}. The package that would bring it ` +
      `(node-${process.platform}-${process.arch}) is not installed: either npm was told to leave out optional ` +
      `dependencies (run 'npm ci --include=optional'), or there is none for this platform ` +
      `(install Node ${WANTED_MAJOR} from nodejs.org or with a version manager).`,
  );
}

if (!/^[a-z-]+$/.test(name || "")) fail("usage: node scripts/run.cjs <script> [arguments]");
const script = path.join(__dirname, `${name}.ts`);
if (!existsSync(script)) fail(`There is no script scripts/${name}.ts.`);
installDependencies();
const node = findNode();

// The sources are ES modules in a package without "type" (ncc then makes CommonJS bundles); Node finds that out
// by itself and would say so each time.
const child = spawn(
  node,
  ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", script, ...process.argv.slice(3)],
  {
    stdio: "inherit",
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH || ""}` },
  },
);
// Ctrl-C at a terminal reaches the child by itself (same process group); other signals are passed on.
process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) =>
  process.exit(signal ? 128 + (require("node:os").constants.signals[signal] || 0) : code),
);
