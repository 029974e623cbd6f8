import type { DatabaseAddress } from "../../../../shared/postgres/address.ts";
import { changesOf } from "../../../../shared/postgres/catalog/compare.ts";
import type { Change, Difference } from "../../../../shared/postgres/catalog/difference.ts";
import { type Catalog, propertyModel } from "../../../../shared/postgres/catalog/model.ts";
import { packedLines, unpack } from "../../../../shared/postgres/catalog/packed.ts";
import { beginSql } from "../../../../shared/postgres/catalog/session.ts";
import type { Runtime } from "../../../../shared/runtime/action.ts";
import { UserError, UserErrors } from "../../../../shared/runtime/user-error.ts";
import { databaseAt, type Limits } from "../database.ts";
import type { Scratch } from "../scratch.ts";
import { questionFor, WHOLE_DEFINITION } from "./expression.ts";
import { World } from "./world.ts";

export type Decided = {
  readonly differences: readonly Difference[];
  /** How many pairs of texts were written anew by a server to tell whether they mean the same. */
  readonly parsed: number;
};

type Sides = { readonly expected: Catalog; readonly actual: Catalog };
type Place = {
  readonly scratch: Scratch;
  /** The scratch database that has the whole expected schema. */
  readonly whole: DatabaseAddress | undefined;
  readonly limits: Limits;
  readonly runtime: Runtime;
};

/**
 * Decides for every two expressions that differ as texts whether they mean the same: a scratch database parses both, first
 * among the objects of the one side, then of the other, and writes them anew. Texts that come out the same are the same.
 * Where there is no server to ask, or it refuses a text among its own objects, the change stays and says so.
 */
export async function decide(
  differences: readonly Difference[],
  sides: Sides,
  place: Place,
): Promise<Decided> {
  const open = differences.flatMap((difference) => candidatesOf(difference));
  if (open.length === 0) return { differences, parsed: 0 };
  const answers = new Map<Candidate, Answers>(open.map((candidate) => [candidate, {}]));
  const obstacle = await askBoth(open, answers, sides, place);
  const verdicts = new Map(
    open.map((candidate) => [candidate, verdictOn(candidate, answers.get(candidate) ?? {}, obstacle)]),
  );
  const decided = differences.flatMap((difference) => {
    const own = open.filter((candidate) => candidate.difference === difference);
    if (own.length === 0) return [difference];
    const changes = own.reduce(
      (left, candidate) => withVerdict(left, candidate, verdicts.get(candidate) ?? { equal: false }),
      difference.changes,
    );
    return changes.length === 0 ? [] : [{ ...difference, changes }];
  });
  return { differences: decided, parsed: open.length };
}

/** Two texts of one object. `property` is `definition` where one text has all the expressions. */
type Candidate = {
  readonly difference: Difference;
  readonly property: string;
  readonly expected: string;
  readonly actual: string;
};

/** By whose objects were there, then whose text. */
type Answers = Partial<
  Record<"ee" | "ea" | "ae" | "aa", { readonly text: string } | { readonly refused: string }>
>;

type Verdict =
  | { readonly equal: true }
  | {
      readonly equal: false;
      readonly undecided?: string;
      readonly texts?: readonly [expected: string, actual: string];
    };

function candidatesOf(difference: Difference): Candidate[] {
  const { kind, changes, packed } = difference;
  const expressions = changes.filter(
    ({ property, expected, actual }) =>
      propertyModel(kind, property)?.is === "expression" && expected.length > 0 && actual.length > 0,
  );
  if (expressions.length === 0) return [];
  if (!WHOLE_DEFINITION.has(kind)) {
    return expressions.map(({ property, expected, actual }) => ({
      ...{ difference, property, expected: expected.join("\n"), actual: actual.join("\n") },
    }));
  }
  const [expected, actual] = [definitionIn(packed.expected), definitionIn(packed.actual)];
  return expected === undefined || actual === undefined
    ? []
    : [{ difference, property: "definition", expected, actual }];
}

function definitionIn(packed: string | undefined): string | undefined {
  return packedLines(packed ?? "").find(([property]) => property === "definition")?.[1];
}

/** Asks among the objects of both sides. Returns why nobody could be asked, if so. */
async function askBoth(
  open: readonly Candidate[],
  answers: ReadonlyMap<Candidate, Answers>,
  { expected, actual }: Sides,
  { scratch, whole, limits, runtime }: Place,
): Promise<string | undefined> {
  try {
    const empty = whole === undefined ? (await scratch.database()).address : undefined;
    await inWorld(whole ?? empty, expected, whole !== undefined, async (world) => {
      for (const candidate of open) {
        const own = answers.get(candidate);
        if (own === undefined) continue;
        own.ee = await ask(world, candidate, "expected");
        own.ea = await ask(world, candidate, "actual");
      }
    });
    const left = open.filter(
      (candidate) => !sameText(answers.get(candidate)?.ee, answers.get(candidate)?.ea),
    );
    if (left.length === 0) return undefined;
    await inWorld(empty ?? (await scratch.database()).address, actual, false, async (world) => {
      for (const candidate of left) {
        const own = answers.get(candidate);
        if (own === undefined) continue;
        own.ae = await ask(world, candidate, "expected");
        own.aa = await ask(world, candidate, "actual");
      }
    });
    return undefined;
  } catch (error) {
    runtime.signal.throwIfAborted();
    if (error instanceof UserErrors) return error.problems.map(({ message }) => message).join(" ");
    if (error instanceof UserError) return error.message;
    throw error;
  }

  async function inWorld(
    address: DatabaseAddress | undefined,
    catalog: Catalog,
    isWhole: boolean,
    work: (world: World) => Promise<void>,
  ): Promise<void> {
    if (address === undefined) throw new Error("no scratch database to ask");
    await databaseAt(address, limits, runtime).use(async (client) => {
      await client.query(
        `${beginSql(limits)}; set transaction read write; set local check_function_bodies = off`,
      );
      await work(new World(client, catalog, isWhole));
      await client.query("rollback");
    });
  }
}

async function ask(world: World, { difference, property, ...texts }: Candidate, side: "expected" | "actual") {
  const { kind, name } = difference;
  const properties = difference[side] ?? new Map();
  const question = questionFor(kind, property, { name, properties, text: texts[side] });
  if (question === undefined) return { refused: "nothing is known that would parse it" };
  return world.ask(question.mentions, question.ddl, question.query);
}

type Answer = Answers["ee"];

function sameText(one: Answer, two: Answer): boolean {
  return one !== undefined && two !== undefined && "text" in one && "text" in two && one.text === two.text;
}

function verdictOn(
  { expected, actual }: Candidate,
  { ee, ea, ae, aa }: Answers,
  obstacle: string | undefined,
): Verdict {
  if (obstacle !== undefined) return { equal: false, undecided: obstacle };
  if (sameText(ee, ea) || sameText(ae, aa) || sameText(ee, aa)) return { equal: true };
  // Each among its own objects: what one of them refers to and the other side lacks makes them different.
  if (ee !== undefined && aa !== undefined && "text" in ee && "text" in aa) {
    return { equal: false, texts: [ee.text, aa.text] };
  }
  const refused = [ee, aa].flatMap((answer) =>
    answer !== undefined && "refused" in answer ? [answer.refused] : [],
  );
  return {
    equal: false,
    undecided: `a scratch database could not parse ${refused.length === 2 ? "them" : ee !== undefined && "refused" in ee ? expected : actual}: ${refused.join("; ")}`,
  };
}

function withVerdict(
  changes: readonly Change[],
  { difference, property }: Candidate,
  verdict: Verdict,
): readonly Change[] {
  const { kind, packed, name } = difference;
  const isExpression = (change: Change): boolean => propertyModel(kind, change.property)?.is === "expression";
  if (property !== "definition" || !WHOLE_DEFINITION.has(kind)) {
    if (verdict.equal) return changes.filter((change) => change.property !== property);
    const { undecided } = verdict;
    if (undecided === undefined) return changes;
    return changes.map((change) => (change.property === property ? { ...change, undecided } : change));
  }
  if (verdict.equal) return changes.filter((change) => !isExpression(change));
  if (verdict.texts === undefined) {
    const { undecided = "" } = verdict;
    return changes.map((change) => (isExpression(change) ? { ...change, undecided } : change));
  }
  // Of several expressions in one text, only those that still differ.
  const [expected, actual] = verdict.texts;
  const again = changesOf(
    kind,
    unpack(
      kind,
      name,
      `definition ${expected.replaceAll("\n", "\n\t")}\n${withoutDefinition(packed.expected)}`,
    ).properties,
    unpack(kind, name, `definition ${actual.replaceAll("\n", "\n\t")}\n${withoutDefinition(packed.actual)}`)
      .properties,
    () => true,
  );
  const still = new Set(again.map((change) => change.property));
  const left = changes.filter((change) => !isExpression(change) || still.has(change.property));
  return left.length === 0 ? changes : left;
}

function withoutDefinition(packed = ""): string {
  return packed
    .split(/\n(?!\t)/)
    .filter((line) => !line.startsWith("definition "))
    .join("\n");
}
