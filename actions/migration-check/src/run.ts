import path from "node:path";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Declared, readDeclared } from "./declared.ts";
import { type Finding, findingOf } from "./finding.ts";
import { type Base, readBase } from "./git.ts";
import { ignoreRules, isIgnored } from "./ignore.ts";
import type { Inputs } from "./inputs.ts";
import { judgeTrial } from "./judge.ts";
import { lintAll } from "./lint.ts";
import { outcomeOf } from "./outcome.ts";
import { placeAt } from "./place.ts";
import { openProject, type Project } from "./presets.ts";
import { refuseElsewhere } from "./reaches.ts";
import { judgeReleased } from "./released.ts";
import type { Results, RevisionResult } from "./results.ts";
import type { History, Revision } from "./revision.ts";
import { fingerprintOf } from "./schema-changes.ts";
import { addRoles, openScratchServer } from "./scratch.ts";
import { seedOf } from "./seed.ts";
import { select } from "./select.ts";
import { byGravity, fails } from "./severity.ts";
import { NO_WAY_DOWN, type Place } from "./tool.ts";
import type { Trial } from "./trial.ts";
import { walk } from "./walk.ts";

/** The action: tries migrations on scratch databases, and says what came of it. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const started = runtime.clock.monotonic();
  const ignored = ignoreRules(inputs.ignore);
  const project = await openProject(inputs, runtime);
  const { tool } = project;
  const base = await baseOf(inputs, project, runtime);
  const scratch = await openScratchServer(inputs, tool.reach, runtime);
  const { server } = scratch;
  runtime.log.info(`scratch=${server.where}`);
  const resetRoles = await addRoles(scratch, inputs.roles, runtime);
  let place: Place | undefined;
  const history = await tool.history(async () => {
    place ??= placeAt(await server.newDatabase(), runtime);
    return place;
  });
  if (tool.look !== undefined) await refuseElsewhere(tool, server, runtime);
  await place?.database.drop();

  const notes: string[] = [];
  const checked = select(
    inputs.check,
    history.revisions,
    base,
    ({ file }) => file === undefined || isInside(file, inputs.workingDirectory),
  );
  runtime.log.info(`tool=${tool.name} revisions=${history.revisions.length} checked=${checked.length}`);
  const declared = await readDeclared(checked, inputs.irreversible);
  const findings: Finding[] = [
    ...forks(history),
    ...(base === undefined ? [] : judgeReleased(base, history.revisions, project)),
    ...withoutDown(checked, declared, tool),
  ];
  if (checked.length > 0 && !checked.some((revision) => tool.runsAgain(revision)))
    notes.push("a second run: the files are sent from here, and no tool that keeps books is run");
  if (tool.look === undefined && tool.reach === "tcp")
    notes.push(
      "whether the commands reach the scratch database at all: without the command `current` nobody has looked",
    );
  if (base === undefined)
    notes.push("whether released migrations were edited: there is no base-ref to compare with");
  const tried = forks(history).some((each) => !isIgnored(each, ignored))
    ? undefined
    : await tryAll({ inputs, project, scratch, history, checked, declared, runtime, notes, resetRoles });
  if (tried === undefined)
    notes.push("the migrations themselves: with several heads there is no one order to run them in");
  else
    findings.push(
      ...tried.findings,
      ...(await lintAll({
        inputs,
        tool,
        server,
        revisions: history.revisions,
        checked,
        folder: path.resolve(inputs.workingDirectory),
        notes,
        runtime,
      })),
    );
  const kept = findings.filter((each) => !isIgnored(each, ignored));
  const shown = kept
    .map((each) => ({ ...each, file: inWorkspace(each.file), fails: fails(each.severity, inputs.failOn) }))
    .toSorted((a, b) => byGravity(a.severity, b.severity));
  const results: Results = {
    ...{ tool: tool.name, server: server.where, check: inputs.check, failOn: inputs.failOn },
    ...{ revisions: history.revisions.length, checked: tried?.checked ?? [], findings: shown },
    ignored: findings.filter((each) => isIgnored(each, ignored)),
    notChecked: notes,
    base: base === undefined ? undefined : { ref: base.ref, commit: base.commit },
    durationMs: runtime.clock.monotonic() - started,
  };
  return outcomeOf(results);
}

type Trying = {
  readonly inputs: Inputs;
  readonly project: Project;
  readonly scratch: Awaited<ReturnType<typeof openScratchServer>>;
  readonly history: History;
  readonly checked: readonly Revision[];
  readonly declared: Declared;
  readonly runtime: Runtime;
  readonly notes: string[];
  readonly resetRoles: () => Promise<void>;
};

type Tried = { readonly findings: readonly Finding[]; readonly checked: readonly RevisionResult[] };

/** Tries the revisions on an empty database, and on one with rows where there is a seed. */
async function tryAll(trying: Trying): Promise<Tried> {
  const { inputs, project, scratch, history, checked, declared, runtime, notes } = trying;
  const { tool } = project;
  const { revisions } = history;
  const ids = new Set(checked.map(({ id }) => id));
  const first = revisions.findIndex(({ id }) => ids.has(id));
  // With all of them, the first one has nothing before it that could hold rows: the seed is for the newest.
  const at = inputs.check === "all" ? revisions.findLastIndex(({ id }) => ids.has(id)) : first;
  const seed = checked.length === 0 ? undefined : seedOf(inputs, revisions, at, runtime);
  const trials: Trial[] = [];
  const found = new Map<Trial, readonly Finding[]>();
  const results: Finding[] = [];
  const go = async (on: Trial["on"]): Promise<void> => {
    const stopped = await walk({
      ...{ tool, server: scratch.server, revisions, checked: ids, on, runtime },
      ...(on === "seeded" && seed !== undefined ? { seed } : {}),
      oneWay: (revision) => declared.get(revision.id) ?? tool.oneWay(revision),
      judge: (trial) => {
        const onEmpty =
          on === "empty"
            ? []
            : results.filter((each) => each.revision === trial.revision.id && each.on === "empty");
        const judged = judgeTrial(trial, tool.own, onEmpty);
        trials.push(trial);
        found.set(trial, judged);
        results.push(...judged);
        return trial.steps.every(({ ended }) => ended.ok) && judgeTrial(trial, tool.own).length === 0;
      },
    });
    if (stopped === undefined) return;
    const { before, ended } = stopped;
    if (on === "seeded" && results.some(({ code }) => code === "MC-UP-FAILS")) return;
    const id = revisions[Math.max(0, revisions.indexOf(before) - 1)]?.id ?? before.id;
    if (results.some((each) => each.revision === id && each.code.startsWith("MC-UP-FAILS"))) return;
    const what = `The migrations before ${before.id} fail${on === "seeded" ? " where there are rows" : ""}`;
    results.push(
      findingOf(on === "seeded" ? "MC-UP-FAILS-ON-DATA" : "MC-UP-FAILS", {
        revision: id,
        on,
        what,
        said: ended.said,
        line: ended.line,
      }),
    );
  };
  if (checked.length > 0) await go("empty");
  if (checked.length === 0) notes.push("any migration: none was added or changed");
  else if (seed === undefined)
    notes.push("migrations on rows: there is no seed, and an empty table forgives what a full one does not");
  else {
    await trying.resetRoles();
    await go("seeded");
  }
  return {
    findings: results,
    checked: checked.map((revision) => {
      const withRows = seed !== undefined && revisions.indexOf(revision) >= seed.at;
      return resultOf(revision, { trials, tool, declared, withRows });
    }),
  };
}

type Judged = {
  readonly trials: readonly Trial[];
  readonly tool: Project["tool"];
  readonly declared: Declared;
  /** Whether the seed comes before it. */
  readonly withRows: boolean;
};

function resultOf({ id, file }: Revision, { trials, tool, declared, withRows }: Judged): RevisionResult {
  const state = (on: Trial["on"]): "passed" | "failed" | "not reached" => {
    const trial = trials.find((each) => each.revision.id === id && each.on === on);
    if (trial === undefined) return "not reached";
    return judgeTrial(trial, tool.own).length === 0 ? "passed" : "failed";
  };
  const empty = trials.find((each) => each.revision.id === id && each.on === "empty");
  const schema = empty?.steps.find(({ name }) => name === "up")?.catalog;
  const thrown = empty?.steps.flatMap(({ ended }) => (ended.ok ? [] : (ended.irreversible ?? []))).at(0);
  return {
    ...{
      id,
      file: inWorkspace(file),
      fingerprint: schema === undefined ? "" : fingerprintOf(schema, tool.own),
    },
    irreversible: declared.get(id) ?? thrown ?? empty?.oneWay ?? "",
    empty: state("empty"),
    seeded: withRows ? state("seeded") : "no seed",
  };
}

function forks({ forks: found }: History): Finding[] {
  return found.map(({ of, ids }) =>
    findingOf("MC-HEADS", {
      ...{ revision: ids.join(", "), on: "files" },
      what: `There are ${ids.length} heads${of === "" ? "" : ` of ${of}`}: ${ids.join(", ")}. The next upgrade does not know which one is meant`,
    }),
  );
}

function withoutDown(checked: readonly Revision[], declared: Declared, tool: Project["tool"]): Finding[] {
  if (!tool.downExpected) return [];
  return checked
    .filter((revision) => !declared.has(revision.id) && tool.oneWay(revision) === NO_WAY_DOWN)
    .map(({ id, file }) =>
      findingOf("MC-NO-DOWN", {
        revision: id,
        file,
        on: "files",
        what: "It has no way down, and nothing says that this is meant",
      }),
    );
}

async function baseOf(inputs: Inputs, { folder }: Project, runtime: Runtime): Promise<Base | undefined> {
  const { baseRef } = inputs;
  if (baseRef === undefined || baseRef === "none") return undefined;
  if (baseRef.startsWith("-")) {
    throw new UserError("input base-ref: it begins with a dash.", {
      hint: "Give a branch, a tag or a commit.",
      where: { input: "base-ref" },
    });
  }
  return readBase(baseRef, folder, runtime);
}

function isInside(file: string, folder: string): boolean {
  const inside = path.relative(path.resolve(folder), file);
  return (
    !inside.startsWith("..") &&
    !path.isAbsolute(inside) &&
    !/(?:^|[\\/])(?:site-packages|node_modules|\.venv|venv)[\\/]/.test(inside)
  );
}

/** The path as annotations want it: from the workspace, in which the step runs. */
function inWorkspace(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const inside = path.relative(process.cwd(), file);
  return inside.startsWith("..") ? file : inside;
}
