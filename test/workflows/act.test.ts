import { beforeAll } from "vitest";
import type { Repositories } from "../deploy-flow/release.ts";
import { tryCi } from "./ci.ts";
import { IMAGE_SCRIPTS, tryImage } from "./image.ts";
import { SCANNER_SCRIPTS } from "./scanners.ts";
import { trySecurity } from "./security.ts";
import { trySettings, UPDATE_SCRIPTS } from "./settings.ts";
import { releaseWith } from "./stand-ins.ts";
import { trySuites } from "./suites.ts";

// One release for all of them: making it takes as long as running a workflow.
let repositories: Repositories;
beforeAll(async () => {
  repositories = await releaseWith({ ...IMAGE_SCRIPTS, ...SCANNER_SCRIPTS, ...UPDATE_SCRIPTS });
}, 60_000);

tryCi(() => repositories);
trySuites(() => repositories);
tryImage(() => repositories);
trySecurity(() => repositories);
trySettings(() => repositories);
