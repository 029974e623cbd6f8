import type { Difference } from "../../../shared/postgres/catalog/difference.ts";
import type { Root } from "../../../shared/postgres/catalog/roots.ts";
import { shownValue } from "../../../shared/postgres/catalog/shown-value.ts";
import type { Finding, Remark } from "./finding.ts";
import { withHead } from "./head.ts";
import { repairOf } from "./repair.ts";
import { judgeChange, judgeObject } from "./rules.ts";

/** The finding about a root difference. Pure. */
export function judge({ difference, along }: Root): Finding {
  const { kind, name } = difference;
  const finding = {
    ...{ kind, name, repair: repairOf({ difference, along }) },
    along: along.map((each) => `${each.kind} ${each.name}`),
  };
  return withHead(finding, remarksOn(difference));
}

function remarksOn(difference: Difference): Remark[] {
  if (difference.expected === undefined || difference.actual === undefined) {
    const [there, not] = ["there", "not there"];
    const [expected, actual] = difference.expected === undefined ? [not, there] : [there, not];
    return [{ ...judgeObject(difference), property: "", expected, actual }];
  }
  return difference.changes.map((change) => {
    const { property, expected, actual, undecided } = change;
    return {
      ...judgeChange(change, difference),
      property,
      expected: shownValue(difference.kind, property, expected),
      actual: shownValue(difference.kind, property, actual),
      ...(undecided === undefined ? {} : { undecided }),
    };
  });
}
