import { cpSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { writeDocs } from "../../scripts/docs.ts";
import { makeScratchRepository, type ScratchRepository } from "./scratch-repository.ts";

const SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1";

const FILES = {
  "README.md": `# All

<!-- generated:actions -->
<!-- /generated:actions -->

\`\`\`yaml
on: push
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: org/actions/greet@v1
        with:
          who: world
\`\`\`
`,
  "actions/greet/action.yml": `name: Greet
description: Says hello.
inputs:
  who:
    description: Whom to greet.
    required: true
  how-loud:
    description: How loud.
    default: low
outputs:
  greeting-text:
    description: What was said.
  result:
    description: The verdict in one word.
  report:
    description: Path of the report.
runs:
  using: node24
  main: index.js
`,
  "actions/greet/README.md": `# greet

1. Within a list:

   \`\`\`yaml
   - uses: org/actions/greet@v1
     with:
       who: world
   \`\`\`

<!-- generated:inputs -->
<!-- /generated:inputs -->
<!-- generated:outputs -->
<!-- /generated:outputs -->

## Permissions

None.
`,
  "actions/greet/agent/10-words.sh": '#!/bin/sh\nhello() {\n  echo "hello $1"\n}\n',
  "actions/greet/agent/20-call.sh": '# The parts call each other.\nhello "$1"\n',
  "actions/greet/src/inputs.ts": 'export const spec = { who: {}, "how-loud": {} };\n',
  "actions/greet/src/main.ts": `import { greet } from "./greet.ts";

console.log(greet({ who: "world", howLoud: "low" }));
`,
  "actions/greet/src/greet.ts": `/** The outputs of the action. */
export function greet(inputs: { who: string; howLoud: string }): Record<string, string> {
  return { "greeting-text": \`Hello \${inputs.who}, \${inputs.howLoud}\` };
}
`,
  "actions/greet/src/schemas.ts": `import * as z from "zod";

export const schemas = { "report.schema.json": z.strictObject({ result: z.string() }) };
`,
  ".github/workflows/ci.yml": `name: ci
on: push
permissions: {}
concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  greet:
    name: Greet
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read # to check out
    steps:
      - uses: actions/checkout@${SHA} # v7.0.1
        with:
          persist-credentials: false
      - name: Greet
        uses: ./dist/greet
        with:
          who: world
      - name: Count
        run: |
          echo "one"
          echo "two"
  called:
    name: Called
    uses: ./.github/workflows/called.yml
    with:
      environment: production
`,
  ".github/workflows/called.yml": `name: called
on:
  workflow_call:
    inputs:
      environment:
        description: Where to.
        type: string
        required: true
permissions: {}
concurrency:
  group: called-\${{ inputs.environment }}
  cancel-in-progress: false
jobs:
  greet:
    name: Greet
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: org/actions/greet@v1
        with:
          who: \${{ inputs.environment }}
`,
  ".ci/run": '#!/bin/sh\nset -eu\ncd "$(dirname "$0")/.."\nnpm test\n',
};

/**
 * A small repository with one action, two workflows and a shell script, which passes every check. With the shared
 * code only when asked for: it takes seconds to check.
 */
export async function makeSoundRepository(options = { shared: false }): Promise<ScratchRepository> {
  const scratch = makeScratchRepository(options);
  scratch.write(FILES);
  const dependencies = "docs/dependencies.md"; // what the licences are held to
  cpSync(path.join(REPOSITORY, dependencies), path.join(scratch.root, dependencies));
  await writeDocs(scratch.root);
  return scratch;
}
