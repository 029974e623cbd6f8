import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

// Writes fixtures/openapi.json here and in ../github-repository: what GitHub's own description says of the calls that
// deal with packages, and of those that plan and record a deploy. The whole is 13 MB in a package of 400 MB
// (@octokit/openapi, MIT), which is why the parts that are used stand here:
//   npm pack @octokit/openapi@23.0.2 && tar xf octokit-openapi-*.tgz
//   node extract-openapi.ts package/generated/api.github.com.json

type Json = { [key: string]: unknown };

const WANTED: Readonly<Record<string, readonly RegExp[]>> = {
  "fixtures/openapi.json": [
    /^\/(orgs\/\{org\}|users\/\{username\}|user)\/packages(\/|$)/,
    /^\/rate_limit$/,
    /^\/users\/\{username\}$/,
  ],
  "../github-repository/fixtures/openapi.json": [
    /^\/repos\/\{owner\}\/\{repo\}$/,
    /^\/repos\/\{owner\}\/\{repo\}\/(branches\/\{branch\}|compare\/\{basehead\}|environments\/\{environment_name\})$/,
    /^\/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/(check-runs|check-suites|status)$/,
    /^\/repos\/\{owner\}\/\{repo\}\/actions\/jobs\/\{job_id\}$/,
    /^\/repos\/\{owner\}\/\{repo\}\/deployments(\/\{deployment_id\}\/statuses)?$/,
  ],
};
const METHODS = new Set(["get", "post", "delete"]);
const DROPPED = new Set([
  "description",
  "summary",
  "tags",
  "example",
  "examples",
  "externalDocs",
  "x-github",
  "x-octokit",
]);

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node extract-openapi.ts <api.github.com.json>");
const whole = JSON.parse(readFileSync(file, "utf8")) as Json & { paths: Json; info: { version: string } };
let components: Json = {};
for (const [fixture, wanted] of Object.entries(WANTED)) {
  components = {};
  const paths = Object.fromEntries(
    Object.entries(whole.paths)
      .filter(([name]) => wanted.some((pattern) => pattern.test(name)))
      .map(([name, operations]) => [name, pruned(ofMethods(operations as Json), false)]),
  );
  collect(paths);
  const target = path.join(path.dirname(fileURLToPath(import.meta.url)), fixture);
  writeFileSync(target, `${JSON.stringify({ version: whole.info.version, paths, components })}\n`);
}

function ofMethods(operations: Json): Json {
  return Object.fromEntries(Object.entries(operations).filter(([method]) => METHODS.has(method)));
}

/** Without what is only for readers. A property may be called like one of these keys, and then stays. */
function pruned(value: unknown, names: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => pruned(item, false));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => names || !DROPPED.has(key))
      .map(([key, item]) => [key, pruned(item, !names && (key === "properties" || key === "headers"))]),
  );
}

/** Copies whatever is referred to into `components`, and what that refers to. */
function collect(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key !== "$ref" || typeof item !== "string") {
      collect(item);
      continue;
    }
    const [, , kind = "", name = ""] = item.split("/");
    components[kind] ??= {};
    const group = components[kind] as Json;
    if (name in group) continue;
    group[name] = pruned(((whole["components"] as Json)[kind] as Json)[name], false);
    collect(group[name]);
  }
}
