import { apt } from "../system/apt.ts";
import { findExecutable, type Part } from "../system/part.ts";
import { cached, pip } from "../system/pip.ts";

/** The wheels of zizmor 1.32.0 for Linux on x64 and on arm64, and for macOS on arm64. */
const ZIZMOR_WHEELS = [
  "84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071",
  "0cdd38fca6eb34ceb567548548d706332e3535ea66894b9168c048e03207b68c",
  "0a999c98015becd9f69919ce01febadfb1c2be9b8ec2ce9ef7eb13ff23ba8eba",
];

/** What the checks use of the machine, outside package.json. */
export const checkParts = {
  shellcheck: {
    why: "checking shell scripts and `run:` steps",
    find: () => findExecutable("shellcheck"),
    sources: [apt("shellcheck")],
  },
  zizmor: {
    why: "checking workflows for what makes them unsafe",
    find: () => findExecutable("zizmor", cached("zizmor")),
    sources: [pip("zizmor", "zizmor==1.32.0", ZIZMOR_WHEELS)],
  },
} as const satisfies Record<string, Part>;
