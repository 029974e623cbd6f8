import { describe, expect, it } from "vitest";
import type { Preset } from "../../shared/migrations/preset.ts";
import { alembic, django, knex } from "../../shared/migrations/tools.ts";

const replayOf = ({ replay }: Preset) => {
  if (replay.by !== "command") throw new Error("it replays files");
  return replay;
};

describe("a preset that runs its tool", () => {
  it.each([
    [alembic, ["ab12", "cd34"], "alembic upgrade 'ab12'\nalembic upgrade 'cd34'"],
    [alembic, undefined, "alembic upgrade heads"],
    [alembic, ["it's; rm -rf /"], "alembic upgrade 'it'\\''s; rm -rf /'"],
    [
      django,
      ["auth 0001_initial", "shop 0001_initial", "auth 0002_more"],
      "python manage.py migrate --noinput --skip-checks --verbosity 0 'auth' '0002_more'\n" +
        "python manage.py migrate --noinput --skip-checks --verbosity 0 'shop' '0001_initial'",
    ],
    [
      knex,
      ["1_a.js", "2_b.js"],
      "npx --no-install knex migrate:up '1_a.js'\nnpx --no-install knex migrate:up '2_b.js'",
    ],
  ] as const)("%#: stops at the recorded versions, whatever their names are", (preset, applied, script) => {
    expect(replayOf(preset).script(applied)).toBe(script);
  });

  it.each([
    [alembic, "r2 -> r3 (head), more\nr1 -> r2 (current), less\n", ["r3"]],
    [alembic, "", []],
    [
      django,
      "[X]  auth.0001_initial\n[ ]  shop.0002_more ... (auth.0001_initial)\n[ ]  shop.0003_last\n",
      ["shop.0002_more", "shop.0003_last"],
    ],
    [
      knex,
      "Found 1 Completed Migration file/files.\n1_a.js\nFound 2 Pending Migration file/files.\n2_b.js \n3_c.js \n",
      ["2_b.js", "3_c.js"],
    ],
    [knex, "Found 1 Completed Migration file/files.\n1_a.js\nNo Pending Migration files Found.\n", []],
  ] as const)("%#: reads what is pending", (preset, output, names) => {
    expect(replayOf(preset).pendingLines(output)).toEqual(names);
  });
});
