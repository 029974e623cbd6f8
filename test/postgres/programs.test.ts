import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { choosePrograms, fittingPrograms } from "../../shared/postgres/choose-programs.ts";
import { findPrograms, type Program, type ProgramName } from "../../shared/postgres/programs.ts";
import { needs } from "../support/needs.ts";
import { MAJORS_WITH_PROGRAMS, programsOf, serverAndPrograms } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const { signal } = new AbortController();
const temp = makeTempDir("programs");
afterAll(() => temp.remove());

function script(directory: string, name: string, body: string): string {
  const file = path.join(temp.path, directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

const program = (name: ProgramName, major: number): Program => ({
  ...{ name, major, path: `/usr/lib/postgresql/${major}/bin/${name}`, version: `${major}.2` },
});

describe("finding PostgreSQL's programs", () => {
  for (const major of MAJORS_WITH_PROGRAMS) {
    it(`reads the version of real programs of ${major}`, needs(...serverAndPrograms(major)), async () => {
      const found = await findPrograms(["pg_dump", "pg_restore"], {
        pgBin: programsOf(major),
        env: {},
        signal,
      });
      expect(found.map((each) => [each.name, each.major])).toEqual([
        ["pg_dump", major],
        ["pg_restore", major],
      ]);
      expect(found[0]?.version).toMatch(new RegExp(`^${major}\\.\\d+`));
    });
  }

  it("finds Debian's packages though they are not on PATH", needs("postgres-15"), async () => {
    const found = await findPrograms(["pg_dump"], { env: { PATH: "/nowhere" }, signal });
    expect(found.map((each) => each.path)).toContain("/usr/lib/postgresql/15/bin/pg_dump");
  });

  it("looks nowhere else when pg-bin is given", async () => {
    script("own", "pg_dump", 'echo "pg_dump (PostgreSQL) 16.4 (Ubuntu 16.4-1)"');
    const found = await findPrograms(["pg_dump", "psql"], {
      ...{ pgBin: path.join(temp.path, "own"), env: { PATH: "/usr/bin" }, signal },
    });
    expect(found).toEqual([
      {
        name: "pg_dump",
        major: 16,
        version: "16.4 (Ubuntu 16.4-1)",
        path: path.join(temp.path, "own/pg_dump"),
      },
    ]);
  });

  it("leaves out what does not run, says something else, or is Debian's switch between majors", async () => {
    const file = script("odd", "pg_dump", "exit 3");
    chmodSync(script("odd", "psql", "true"), 0o644);
    script("odd", "pg_restore", "echo some other program 16.4");
    script("share", "pg_wrapper", 'echo "initdb (PostgreSQL) 15.1"');
    symlinkSync(path.join(temp.path, "share/pg_wrapper"), path.join(path.dirname(file), "initdb"));
    const names = ["pg_dump", "psql", "pg_restore", "initdb"] as const;
    expect(await findPrograms(names, { pgBin: path.dirname(file), env: {}, signal })).toEqual([]);
  });

  it("counts a program once that two directories of PATH lead to", async () => {
    const file = script("one", "psql", 'echo "psql (PostgreSQL) 18beta1"');
    mkdirSync(path.join(temp.path, "two"));
    symlinkSync(file, path.join(temp.path, "two/psql"));
    const PATH = `${path.dirname(file)}:${path.join(temp.path, "two")}`;
    const found = await findPrograms(["psql"], { env: { PATH }, signal });
    const ours = found.filter((each) => each.path.startsWith(temp.path));
    expect(ours).toEqual([{ name: "psql", major: 18, version: "18beta1", path: file }]);
  });

  it("refuses a pg-bin that is no directory", async () => {
    const search = findPrograms(["psql"], { pgBin: path.join(temp.path, "nothing"), env: {}, signal });
    await expect(search).rejects.toMatchObject({ name: "UserError", where: { input: "pg-bin" } });
  });
});

describe("choosing PostgreSQL's programs", () => {
  const all = [18, 17, 16].flatMap((major) => [program("pg_dump", major), program("pg_restore", major)]);
  const cases: readonly [string, readonly Program[], number, number, number | undefined][] = [
    ["the same major", all, 17, 17, 17],
    ["the nearest newer one where that is allowed", all, 15, 18, 16],
    ["the same one also where newer ones are allowed", all, 16, 18, 16],
    ["none where only newer ones are there", all, 15, 15, undefined],
    ["none that is older", all, 19, 20, undefined],
    ["none that is not complete", [program("pg_dump", 17), program("pg_restore", 18)], 17, 18, undefined],
    [
      "the next one where the first is not complete",
      [program("pg_dump", 16), ...all.slice(0, 4)],
      16,
      18,
      17,
    ],
  ];
  for (const [what, found, major, upTo, expected] of cases) {
    it(`takes ${what}`, () => {
      const need = { names: ["pg_dump", "pg_restore"], major, upTo, because: "" } as const;
      expect(fittingPrograms(found, need)?.major).toBe(expected);
    });
  }

  it("tells what was found, what is needed, and how to install it", () => {
    const need = { names: ["pg_dump"], major: 17, because: "the server is PostgreSQL 17.5" } as const;
    expect(() => choosePrograms([program("pg_dump", 16)], need)).toThrow(
      expect.objectContaining({
        name: "UserError",
        message:
          "There is no pg_dump of PostgreSQL 17 here: the server is PostgreSQL 17.5, " +
          "and what was found is /usr/lib/postgresql/16/bin/pg_dump (16.2).",
        hint: expect.stringMatching(
          /apt\.postgresql\.org\.sh -y && sudo apt-get install -y postgresql-client-17$/,
        ),
      }),
    );
    expect(() => choosePrograms([], need)).toThrow("no program of PostgreSQL was found");
  });

  it("names the server's package where a server is needed", () => {
    const need = { names: ["postgres", "initdb"], major: 18, because: "" } as const;
    expect(() => choosePrograms([], need)).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/postgresql-18$/) }),
    );
  });
});
