import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

// Writes fixtures/openapi.json here, in ../github-repository and in ../github-administration: what GitHub's own
// description says of the calls that deal with packages, of those about deploys, workflow runs and issues, and of those
// about the protection of branches, environments and Dependabot's updates. The whole is 13 MB in a package of 400 MB
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
    /^\/repos\/\{owner\}\/\{repo\}\/commits$/,
    /^\/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/(check-runs|check-suites|status)$/,
    /^\/repos\/\{owner\}\/\{repo\}\/actions\/jobs\/\{job_id\}$/,
    /^\/repos\/\{owner\}\/\{repo\}\/deployments(\/\{deployment_id\}\/statuses)?$/,
    /^\/repos\/\{owner\}\/\{repo\}\/actions\/workflows(\/\{workflow_id\}\/runs)?$/,
    /^\/repos\/\{owner\}\/\{repo\}\/actions\/runs\/\{run_id\}(\/attempts\/\{attempt_number\}\/jobs)?$/,
    /^\/repos\/\{owner\}\/\{repo\}\/issues(\/\{issue_number\}(\/comments)?)?$/,
  ],
  "../github-administration/fixtures/openapi.json": [
    /^\/repos\/\{owner\}\/\{repo\}(\/commits|\/pulls|\/contents\/\{path\})?$/,
    /^\/repos\/\{owner\}\/\{repo\}\/(branches\/\{branch\}(\/protection)?|rules\/branches\/\{branch\})$/,
    /^\/repos\/\{owner\}\/\{repo\}\/commits\/\{ref\}\/(check-runs|status)$/,
    /^\/repos\/\{owner\}\/\{repo\}\/pulls\/\{pull_number\}\/commits$/,
    /^\/repos\/\{owner\}\/\{repo\}\/environments\/\{environment_name\}(\/deployment-branch-policies(\/\{branch_policy_id\})?)?$/,
    /^\/users\/\{username\}$/,
    /^\/orgs\/\{org\}\/teams\/\{team_slug\}$/,
  ],
};
const METHODS = new Set(["get", "post", "delete"]);
// Of all that can be changed, only issues are; and what a file says of a repository is set as a whole.
const CHANGED: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  "../github-repository/fixtures/openapi.json": { patch: /\/issues\/\{issue_number\}$/ },
  "../github-administration/fixtures/openapi.json": { put: /\/protection$|\/\{environment_name\}$/ },
};
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
      .map(([name, operations]) => [
        name,
        pruned(ofMethods(name, operations as Json, CHANGED[fixture]), false),
      ]),
  );
  collect(paths);
  const target = path.join(path.dirname(fileURLToPath(import.meta.url)), fixture);
  writeFileSync(target, `${JSON.stringify({ version: whole.info.version, paths, components })}\n`);
}

function ofMethods(name: string, operations: Json, changed: Readonly<Record<string, RegExp>> = {}): Json {
  const wanted = (method: string) => METHODS.has(method) || changed[method]?.test(name) === true;
  return Object.fromEntries(Object.entries(operations).filter(([method]) => wanted(method)));
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
