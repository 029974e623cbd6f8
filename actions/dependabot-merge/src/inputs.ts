import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  integer,
  oneOf,
  secret,
  text,
} from "../../../shared/runtime/inputs.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";

/** Sizes of updates that may ever merge themselves. */
export const SIZES = ["patch", "minor"] as const;
export type Size = (typeof SIZES)[number];

const sizes: Field<readonly Size[]> = {
  secret: false,
  parse: (value) => {
    const asked = parseList(value);
    const found = SIZES.filter((size) => asked.includes(size));
    if (found.length === 0 || asked.some((size) => !(SIZES as readonly string[]).includes(size)))
      throw new ValueError("must be patch, or patch and minor: larger updates are for people");
    return found;
  },
};

const ecosystems: Field<readonly string[]> = {
  secret: false,
  parse: (value) => {
    const asked = parseList(value);
    const refused = asked.filter((name) => NEVER.includes(name));
    if (refused.length > 0)
      throw new ValueError(
        `may never hold ${refused.join(", ")}: what builds and deploys is updated by people`,
      );
    return asked;
  },
};

/** What runs with the rights of the pipeline, or below the application. */
export const NEVER: readonly string[] = [
  ...[
    "github_actions",
    "github-actions",
    "docker",
    "docker_compose",
    "docker-compose",
    "submodules",
    "gitsubmodule",
  ],
  ...["terraform", "opentofu", "helm", "devcontainers", "pre_commit", "pre-commit"],
];

/** The inputs of action.yml. */
export const spec = {
  "update-type": text(),
  "package-ecosystem": text(),
  "dependency-names": text(),
  "maintainer-changes": boolean(),
  ecosystems,
  types: sizes,
  "cooldown-days": integer({ min: 0, max: 90 }),
  "merge-method": oneOf("squash", "merge", "rebase"),
  "github-token": secret(),
  "dry-run": boolean(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;
