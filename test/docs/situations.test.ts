import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as blueGreen from "../../actions/blue-green-switch/src/config-schema.ts";
import * as smoke from "../../actions/smoke-test/src/config-schema.ts";
import { readManifest } from "../../actions/validate-secrets/src/manifest.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { readConfig } from "../../shared/runtime/config.ts";
import { evaluated } from "../support/workflow-job.ts";

const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), "utf8");
const pages = readdirSync(path.join(REPOSITORY, "docs"))
  .filter((name) => name.endsWith(".md") && read(`docs/${name}`).includes("<!-- generated:templates/"))
  .map((name) => `docs/${name}`);
const situations = readdirSync(path.join(REPOSITORY, "templates"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const files = (situation: string): string[] =>
  readdirSync(path.join(REPOSITORY, "templates", situation)).map((name) => `templates/${situation}/${name}`);

type Job = {
  readonly secrets?: Record<string, string>;
  readonly concurrency?: { readonly group: string };
  readonly outputs?: Record<string, string>;
  readonly with?: Record<string, unknown>;
};
type Workflow = { readonly jobs: Readonly<Record<string, Job>> };

describe.each(situations)("the situation %s", (situation) => {
  const folder = `templates/${situation}`;

  it("has a page that shows all of its files, and the way of a deploy as a picture", () => {
    const page = read(`docs/${situation}.md`);
    for (const file of files(situation)) expect(page).toContain(`<!-- generated:${file} -->`);
    expect(page).toMatch(/^```mermaid\nflowchart LR\n/m);
  });

  it("asks for less than thirty lines in each file of YAML", () => {
    for (const file of files(situation).filter((name) => name.endsWith(".yml"))) {
      const lines = read(file)
        .split("\n")
        .filter((line) => !/^\s*(?:#|$)/.test(line));
      expect(lines.length, file).toBeLessThan(30);
    }
  });

  it("declares every secret that its workflow passes on, and no other", () => {
    const { jobs } = parse(read(`${folder}/deploy.yml`)) as Workflow;
    const passed = Object.values(jobs).flatMap(({ secrets = {} }) => Object.entries(secrets));
    for (const [name, value] of passed) expect(value).toBe(`\${{ secrets.${name} }}`);
    const { secrets } = readManifest(read(`${folder}/secrets.yml`), "secrets.yml");
    expect(secrets.map(({ name }) => name).toSorted()).toEqual(passed.map(([name]) => name).toSorted());
  });

  it("has configurations that the actions take", () => {
    const taken = files(situation).map((file) => {
      const name = path.basename(file);
      if (/^(?:blue-green|production|staging)\.yml$/.test(name))
        return readConfig(read(file), name, blueGreen.configSchema).value.app;
      if (name === "smoke.yml") return readConfig(read(file), name, smoke.configSchema).value;
      return undefined;
    });
    const overSsh = read(`${folder}/deploy.yml`).includes("ssh-host:");
    expect(taken.some((value) => value !== undefined)).toBe(overSsh);
  });

  it("prepares the server where there is one", () => {
    const overSsh = read(`${folder}/deploy.yml`).includes("ssh-host:");
    expect(existsSync(path.join(REPOSITORY, folder, "prepare-host.sh"))).toBe(overSsh);
  });
});

it("staging and production on one server have nothing in common that a port or a name could stand for", () => {
  const [production, staging] = ["production", "staging"].map(
    (name) =>
      readConfig(
        read(`templates/staging-beside-production/${name}.yml`),
        `${name}.yml`,
        blueGreen.configSchema,
      ).value,
  );
  const ports = [production, staging].flatMap((config) => Object.values(config?.colors ?? {}));
  expect(new Set(ports).size).toBe(4);
  expect(production?.app).not.toBe(staging?.app);
  expect(production?.["public-host"]).not.toBe(staging?.["public-host"]);
});

it("nginx finds each colour at the port that the configuration gives it", () => {
  for (const [folder, config, conf] of [
    ["one-vps", "blue-green", "shop"],
    ["plain-commands", "blue-green", "shop"],
    ["staging-beside-production", "production", "shop"],
    ["staging-beside-production", "staging", "shop-staging"],
  ]) {
    const { value } = readConfig(read(`templates/${folder}/${config}.yml`), "x.yml", blueGreen.configSchema);
    // Both are what the action prints for one of them, which is proven on a server, in the words of the other.
    const words = read("templates/plain-commands/shop.conf")
      .replaceAll("bluegreen_shop", `bluegreen_${conf?.replace("-", "_")}`)
      .replaceAll(/(?<![\w.])shop(?=_|:)/g, value.app)
      .replaceAll("/bluegreen/shop/", `/bluegreen/${value.app}/`)
      .replaceAll("8001", String(value.colors["blue"]))
      .replaceAll("8002", String(value.colors["green"]))
      .replaceAll("shop.example", value["public-host"] ?? "");
    expect(read(`templates/${folder}/${conf}.conf`)).toBe(words);
    expect(value.router).toMatchObject({ kind: "nginx", file: `/etc/nginx/conf.d/${conf}.conf` });
  }
});

describe("the pipeline", () => {
  const jobs = (file: string) => (parse(read(`templates/${file}.yml`)) as Workflow).jobs;
  const { image, deploy } = jobs("pipeline");

  it.each([
    { github: { ref_name: "main", ref_type: "branch" }, environment: "production" },
    { github: { ref_name: "v1.2.3", ref_type: "tag" }, environment: "production" },
    { github: { ref_name: "develop", ref_type: "branch" }, environment: "staging" },
    { github: { ref_name: "feature/main", ref_type: "branch" }, environment: "development" },
  ])(
    "brings $github.ref_name to $environment, and to nothing that another one has",
    ({ github, environment }) => {
      expect(evaluated(image?.outputs?.["environment"] ?? "", { github })).toBe(environment);
      const outputs = { environment, digest: "" };
      const vars = {
        ...{ PRODUCTION_URL: "https://production", STAGING_URL: "https://staging" },
        ...{ DEVELOPMENT_URL: "https://development", BACKUP_DESTINATION: "s3://b" },
      };
      const given = (name: string) =>
        evaluated(String(deploy?.with?.[name]), { github, vars, needs: { image: { outputs } } });
      expect(given("url")).toBe(`https://${environment}`);
      expect(given("require-approval")).toBe(String(environment === "production"));
      expect(given("backup-destination")).toBe(`s3://b/${environment}`);
      for (const name of ["blue-green-config", "smoke-config"])
        expect(given(name)).toMatch(new RegExp(`^\\.github/${environment}/`));
    },
  );

  it("never deploys to production twice at once, whichever workflow it comes from", () => {
    const needs = { image: { outputs: { environment: "production" } } };
    const { promote } = jobs("promote");
    expect(evaluated(deploy?.concurrency?.group ?? "", { needs })).toBe("deploy-production");
    expect(promote?.concurrency?.group).toBe("deploy-production");
    for (const name of ["blue-green-config", "smoke-config"])
      expect(evaluated(String(deploy?.with?.[name]), { needs })).toBe(promote?.with?.[name]);
  });

  it("is passed by only those who are named, or where GitHub asks somebody", () => {
    const { promote } = jobs("promote");
    const asks = (vars: Readonly<Record<string, string>>) =>
      evaluated(String(promote?.with?.["require-approval"]), { vars });
    expect(asks({})).toBe("true");
    expect(asks({ DEPLOYERS: "anna" })).toBe("false");
  });
});

it.each(situations)("%s tells the new version from the old one, from outside", (situation) => {
  const { jobs } = parse(read(`templates/${situation}/deploy.yml`)) as Workflow;
  const given = jobs["deploy"]?.with ?? {};
  // Without either, the whole page at `url` would have to be the name of the version.
  expect(Object.keys(given)).toEqual(
    expect.arrayContaining("smoke-config" in given ? ["smoke-config"] : ["version-url", "version-json"]),
  );
});

it.each(situations)("%s can be rolled back by promote.yml with its own lines from `url` on", (situation) => {
  const lines = (file: string) => read(`templates/${file}`).split("\n");
  const at = (all: readonly string[]) => all.findIndex((line) => /^ {6}url: /.test(line));
  const [promote, own] = [lines("promote.yml"), lines(`${situation}/deploy.yml`)];
  const { jobs } = parse([...promote.slice(0, at(promote)), ...own.slice(at(own))].join("\n")) as Workflow;
  const { jobs: deploys } = parse(own.join("\n")) as Workflow;
  // Nothing of the deploy is lost but what says which branch goes where, which a rollback does not ask.
  const { branches: _, ...given } = deploys["deploy"]?.with ?? {};
  expect(jobs["promote"]?.with).toMatchObject({ ...given, environment: "production" });
  expect(jobs["promote"]?.secrets).toEqual(deploys["deploy"]?.secrets);
});

it.each(pages)("%s leads to files that are there", (page) => {
  const links = [...read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links.filter((each) => !each.startsWith("https:")))
    expect(existsSync(path.join(REPOSITORY, "docs", link)), link).toBe(true);
});
