import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Repositories } from "../deploy-flow/release.ts";
import { needs } from "../support/needs.ts";
import { type Called, callWorkflow } from "./call.ts";
import { CLEAN, type Found, scannersThat } from "./scanners.ts";

/** security.yml with reports that the real scanners wrote. */
export function trySecurity(repositories: () => Repositories): void {
  describe("security.yml", needs("act"), () => {
    const call = (found: Found): Promise<Called> =>
      callWorkflow(repositories(), {
        workflow: "security.yml",
        files: { "requirements.txt": "teapot\n", "shop.py": "import teapot\n" },
        env: scannersThat(found),
      });
    const gates = ({ steps }: Called): Record<string, string> =>
      Object.fromEntries(
        Object.entries(steps).flatMap(([name, end]) =>
          name.endsWith("/gate") ? [[(name.split("/")[0] ?? "").split(" ")[0], end]] : [],
        ),
      );

    const well = { secrets: "success", dependencies: "success", files: "success" };
    const cases: readonly (readonly [string, Found, Readonly<Record<string, string>>])[] = [
      [
        "is red for a secret and for a report that never came, and tells both in one run",
        { ...CLEAN, gitleaks: "gitleaks.json", trivy: "" },
        { ...well, secrets: "failure", files: "failure" },
      ],
      [
        "is red for one report of several that never came",
        { ...CLEAN, "pip-audit": "" },
        { ...well, dependencies: "failure" },
      ],
      ["is green where nothing was found", CLEAN, well],
    ];
    it.each(cases)("%s", { timeout: 120_000 }, async (_name, found, ends) => {
      const result = await call(found);
      expect(gates(result), result.log).toEqual(ends);
      expect(result.exitCode === 0).toBe(ends === well);
      if (ends === well) expect(result.jobs["security-ok"]).toBe("success");
      else expect(result.jobs["security-ok"]).not.toBe("success");
      expect(readdirSync(result.artifacts)).toContain("security-secrets");
    });
  });
}
