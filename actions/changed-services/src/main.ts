import { runAction } from "../../../shared/runtime/action.ts";
import { spec } from "./inputs.ts";
import { run } from "./run.ts";

void runAction({ name: "changed-services", spec, run });
