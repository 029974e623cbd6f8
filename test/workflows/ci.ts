import { describe, expect, it } from "vitest";
import type { Repositories } from "../deploy-flow/release.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Called, callWorkflow } from "./call.ts";
import { GO, NODE, PYTHON, within } from "./samples.ts";

/** ci.yml on projects that are installed, checked and tested for real. */
export function tryCi(repositories: () => Repositories): void {
  describe("ci.yml", needs("act", "python-wheels", "go"), () => {
    const shop = {
      ...within("api", PYTHON),
      ...within("web", NODE),
      ...within("mail", GO),
      "README.md": "A shop\n",
    };
    const call = (files: Readonly<Record<string, string>>): Promise<Called> =>
      callWorkflow(repositories(), { workflow: "ci.yml", files, with: { coverage: "80", workflows: false } });
    /** How a step of a service ended. */
    const ended = ({ steps }: Called, service: string, step: string): string | undefined =>
      Object.entries(steps).find(([name]) => name.includes(service) && name.endsWith(`/${step}`))?.[1];

    async function green(): Promise<void> {
      const config = `services:
  - path: web
    sizes: [dist/**]
    rules: [bundle.total < 10kB]
`;
      const result = await call({ ...shop, ".github/services.yml": config });
      expect(result.exitCode, result.log).toBe(0);
      expect(result.jobs).toMatchObject({ plan: "success", services: "success", "ci-ok": "success" });
      for (const step of ["format", "lint", "types", "test", "gate"])
        expect(ended(result, "python", step), step).toBe("success");
      for (const step of ["lint", "test", "build", "gate"])
        expect(ended(result, "node", step), step).toBe("success");
      for (const step of ["format", "lint", "test", "build", "gate"])
        expect(ended(result, "go", step), step).toBe("success");
      expect(result.output).toContain("1 passed");
    }

    async function red(): Promise<void> {
      const result = await call({
        ...shop,
        // Ends with an error of the linter; its tests still run.
        "api/prices.py": `import os\n\n\n${PYTHON["prices.py"]}`,
        // A test fails.
        "web/cart.js": `exports.total = () => 0;\n`,
        // Nothing fails, and most of it is not tested.
        "mail/more.go": `package mail

// More is not tested.
func More(n int) int {
	n++
	n++
	n++
	n++
	return n
}
`,
      });
      expect(result.exitCode).not.toBe(0);
      expect(ended(result, "python", "lint")).toBe("failure");
      for (const step of ["types", "test", "gate"])
        expect(ended(result, "python", step), step).toBe("success");
      expect(ended(result, "node", "test")).toBe("failure");
      expect(ended(result, "node", "gate")).toBe("failure");
      expect(ended(result, "go", "test")).toBe("success");
      expect(ended(result, "go", "gate")).toBe("failure");
      expect(result.jobs["ci-ok"]).not.toBe("success");
    }

    const cases: readonly (readonly [string, () => Promise<void>])[] = [
      ["is red for what is wrong in each, and tells all of it in one run", red],
      ["formats, lints, types, tests and builds a project of each language, and is green", green],
    ];
    it.each(some(1, cases))("%s", { timeout: 240_000 }, (_name, run) => run());
  });
}
