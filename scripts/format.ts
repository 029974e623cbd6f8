// npm run format
import { spawnSync } from "node:child_process";
import path from "node:path";
import { REPOSITORY } from "./bundle/repository.ts";

const biome = path.join(REPOSITORY, "node_modules/@biomejs/biome/bin/biome");
const { status } = spawnSync(process.execPath, [biome, "check", "--write"], {
  cwd: REPOSITORY,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
