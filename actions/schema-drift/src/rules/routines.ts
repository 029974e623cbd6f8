import { critical, major, minor, type PropertyRule, type Rules, sides } from "./rule.ts";
import { comment, owned } from "./shared-rules.ts";

const securityDefiner: PropertyRule = ({ actual }) =>
  actual.length > 0
    ? critical("It runs with the rights of its owner, whoever calls it.", { direction: "looser" })
    : critical("It runs with the rights of its caller, who may lack them.", { direction: "tighter" });

/** Without its own search_path, a function with its owner's rights runs whatever its caller put in the way. */
const setting: PropertyRule = (change, { actual }) => {
  const { gone, extra } = sides(change);
  const path = (values: readonly string[]) => values.some((value) => /^search_path\b/.test(value));
  if (path(gone) && !path(extra))
    return actual?.has("security-definer") === true
      ? critical(
          "A function with its owner's rights has lost its search_path: callers can make it run their own code.",
          {
            direction: "looser",
            code: "SEARCH-PATH",
          },
        )
      : major("It has lost its search_path, and finds other objects.", { code: "SEARCH-PATH" });
  if (path(gone) || path(extra))
    return major("It has another search_path, and finds other objects.", { code: "SEARCH-PATH" });
  return major("It runs under other settings.");
};

const leakproof: PropertyRule = ({ actual }) =>
  actual.length > 0
    ? critical("It counts as leakproof: it may see rows that row security hides.", { direction: "looser" })
    : minor("It no longer counts as leakproof: queries with row security are slower.", {
        direction: "tighter",
      });

const unexpected = major("Somebody made it, and no migration knows it.");

const body = {
  language: major("It is written in another language."),
  transform: major("Its arguments are converted in another way."),
  setting,
  library: major("Its code comes from another library."),
  body: major("It does something else."),
  "sql-body": major("It does something else."),
  "security-definer": securityDefiner,
};

export const routines = {
  function: {
    code: "FUNCTION",
    missing: critical("Whatever calls the function fails."),
    unexpected,
    properties: {
      ...owned,
      ...body,
      arguments: major("Its arguments have other names, modes or defaults."),
      result: critical("It returns another type."),
      window: major("It is a window function, or no longer is."),
      volatility: major("The planner calls it more or less often, and may use old results."),
      strict: major("It is called with NULL, or no longer is."),
      leakproof,
      parallel: major("It runs in parallel workers, or no longer does."),
      cost: minor("The planner takes it for cheaper or dearer."),
      rows: minor("The planner expects another number of rows."),
      support: minor("The planner simplifies it in another way."),
      ...comment,
    },
  },
  procedure: {
    code: "PROCEDURE",
    missing: critical("Whatever calls the procedure fails."),
    unexpected,
    properties: {
      ...owned,
      ...body,
      arguments: major("Its arguments have other names, modes or defaults."),
      ...comment,
    },
  },
  aggregate: {
    code: "AGGREGATE",
    missing: critical("Whatever calls the aggregate fails."),
    unexpected,
    properties: {
      ...owned,
      arguments: major("Its arguments have other names, modes or defaults."),
      result: critical("It returns another type."),
      "aggregate-kind": major("It is called in another way."),
      parallel: major("It runs in parallel workers, or no longer does."),
      "transition-function": major("It computes something else."),
      "transition-type": major("It computes something else."),
      "transition-space": minor("The planner expects another need of memory."),
      "initial-value": major("It computes something else."),
      "final-function": major("It computes something else."),
      "final-extra": major("It computes something else."),
      "final-modify": major("It may share its state, or no longer does."),
      "combine-function": major("It runs in parallel in another way."),
      "serial-function": major("It runs in parallel in another way."),
      "deserial-function": major("It runs in parallel in another way."),
      "moving-transition-function": major("As a window function it computes something else."),
      "moving-inverse-function": major("As a window function it computes something else."),
      "moving-transition-type": major("As a window function it computes something else."),
      "moving-transition-space": minor("The planner expects another need of memory."),
      "moving-initial-value": major("As a window function it computes something else."),
      "moving-final-function": major("As a window function it computes something else."),
      "moving-final-extra": major("As a window function it computes something else."),
      "moving-final-modify": major("It may share its state, or no longer does."),
      "sort-operator": minor("An index can no longer answer it, or another one does."),
      ...comment,
    },
  },
} satisfies Partial<Rules>;
