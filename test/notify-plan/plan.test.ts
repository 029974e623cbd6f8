import { describe, expect, it } from "vitest";
import { setUp } from "./setting.ts";

const job = (result: string, outputs: Readonly<Record<string, string>> = {}) => ({ result, outputs });
const past = (backup: string, tell = "success") => ({
  "night / backup": backup,
  "night / notify / tell": tell,
});
const told = (outcome: { outputs: Readonly<Record<string, unknown>> }) => outcome.outputs["title"];

describe("what is told of a check", () => {
  it.each([
    { before: [], now: "success", title: "" },
    { before: [], now: "failure", title: "Database: backup failed" },
    { before: ["success"], now: "success", title: "" },
    { before: ["success"], now: "failure", title: "Database: backup failed" },
    { before: ["failure"], now: "failure", title: "" },
    { before: ["failure"], now: "success", title: "Database: backup works again" },
    { before: ["success"], now: "cancelled", title: "Database: backup did not finish" },
    { before: ["failure"], now: "cancelled", title: "" },
    { before: ["cancelled"], now: "failure", title: "Database: backup failed" },
    // What was not due in between says nothing.
    { before: ["skipped", "skipped", "failure"], now: "failure", title: "" },
    { before: ["skipped", "failure"], now: "success", title: "Database: backup works again" },
    { before: ["timed_out"], now: "failure", title: "" },
  ])("that is $now after $before: '$title'", async ({ before, now, title }) => {
    const { earlier, plan } = await setUp();
    for (const [index, result] of before.entries()) earlier(index + 1, past(result));
    const outcome = await plan({ backup: job(now) });
    expect(told(outcome)).toBe(title);
    expect(outcome).toMatchObject({ result: title === "" ? "quiet" : "tell", failures: [] });
  });

  it("comes again when the message of last time was lost, and the recovery too", async () => {
    const lost = await setUp();
    lost.earlier(1, past("failure", "failure"));
    lost.earlier(2, past("success"));
    expect(told(await lost.plan({ backup: job("failure") }))).toBe("Database: backup failed");

    const recovered = await setUp();
    recovered.earlier(1, past("success", "failure"));
    recovered.earlier(2, past("failure"));
    expect(told(await recovered.plan({ backup: job("success") }))).toBe("Database: backup works again");
  });

  it("comes again after remind-after, counted from the first failure, however late the schedule is", async () => {
    for (const [days, remind, title] of [
      [6, "7d", ""],
      [7, "7d", "Database: backup still fails"],
      [7, "never", ""],
      [8, "7d", ""],
      [14.1, "7d", "Database: backup still fails"],
    ] as const) {
      const { earlier, plan } = await setUp();
      for (let ago = 1; ago < days; ago++) earlier(ago, past("failure"));
      earlier(days, past("failure"));
      earlier(days + 1, past("success"));
      const outcome = await plan({ backup: job("failure") }, { "remind-after": remind });
      expect(told(outcome), `${days} ${remind}`).toBe(title);
    }
  });

  it("comes again when the check says that it fails otherwise", async () => {
    const { earlier, plan } = await setUp();
    earlier(1, past("failure"));
    expect(told(await plan({ backup: job("failure", { changed: "true" }) }))).toBe(
      "Database: backup fails otherwise",
    );
    expect(told(await plan({ backup: job("failure", { changed: "false" }) }))).toBe("");
  });

  it("comes again when what was lost may have been that it fails otherwise", async () => {
    const { earlier, plan } = await setUp();
    earlier(1, past("failure", "failure"));
    earlier(2, past("failure"));
    earlier(3, past("success"));
    const outcome = await plan({ backup: job("failure", { changed: "false" }) });
    expect(told(outcome)).toBe("Database: backup still fails");
  });

  it("comes again where it says how grave it is, and not whether it was so before", async () => {
    const { earlier, plan } = await setUp();
    earlier(1, past("failure"));
    const never = { "remind-after": "never" };
    const worse = await plan({ backup: job("failure", { severity: "critical" }) }, never);
    expect(worse.outputs).toMatchObject({ title: "Database: backup still fails", chats: "-1,-2" });
    const same = job("failure", { severity: "critical", changed: "false" });
    expect((await plan({ backup: same }, never)).result).toBe("quiet");
  });

  it("is of each check by itself, in one message that leaves out no failure", async () => {
    const { earlier, plan } = await setUp();
    earlier(1, {
      ...{ "night / backup": "success", "night / drift": "failure", "night / drill": "skipped" },
      "night / notify / tell": "success",
    });
    earlier(30, { ...past("success"), "night / drill": "failure" });
    const needs = {
      backup: job("failure", { detail: "No room." }),
      drift: job("failure"),
      drill: job("success"),
    };
    const { outputs } = await plan(needs);
    expect(outputs["title"]).toBe("Database: backup failed; drill works again");
    expect(JSON.parse(String(outputs["fields"]))).toEqual({
      ...{ backup: "major, failing. No room.", drill: "works again" },
      drift: "major, failing since 2026-06-29",
    });
    expect(outputs).toMatchObject({ failing: "backup,drift", status: "failure" });
  });

  it("counts all legs of a matrix and all jobs of a called workflow as one", async () => {
    const { earlier, plan } = await setUp();
    earlier(1, {
      ...{ "night / backup (a)": "success", "night / backup (b) / inner": "failure" },
      ...{ "night / backups": "success", "night / notify / tell": "success" },
    });
    expect(told(await plan({ backup: job("failure") }))).toBe("");
  });

  it("is the failure, and no recovery, where earlier runs cannot be read", async () => {
    const { github, earlier, plan } = await setUp();
    earlier(1, past("failure"));
    github.permissions.delete("actions: read");
    const failed = await plan({ backup: job("failure") });
    expect(told(failed)).toBe("Database: backup failed");
    expect(failed.annotations?.[0]?.message).toContain("actions: read");
    expect((await plan({ backup: job("success") })).result).toBe("quiet");
    github.permissions.add("actions: read");
    const elsewhere = await plan({ backup: job("failure") }, {}, { RUNNER_NAME: "another" });
    expect(told(elsewhere)).toBe("Database: backup failed");
  });

  it("does not believe a fork that has a branch of the same name", async () => {
    for (const [there, here, title] of [
      ["failure", "failure", "Database: backup failed"],
      ["failure", "success", ""],
    ] as const) {
      const { github, earlier, plan } = await setUp();
      earlier(1, past(there));
      Object.assign(github.actions.runs[0] ?? {}, { event: "pull_request", from: "mallory/shop" });
      earlier(2, past("success"));
      expect(told(await plan({ backup: job(here) }))).toBe(title);
    }
  });

  it("counts what is over in a run of which something else goes on", async () => {
    const { github, earlier, plan } = await setUp();
    earlier(1, past("failure"));
    Object.assign(github.actions.runs[0] ?? {}, { conclusion: null });
    earlier(2, past("success"));
    expect(told(await plan({ backup: job("success") }))).toBe("Database: backup works again");
    expect(told(await plan({ backup: job("failure") }))).toBe("");
  });

  it("counts an earlier attempt of the same run", async () => {
    const { github, earlier, plan } = await setUp();
    earlier(1, past("success"));
    const { runs } = github.actions;
    const needs = { backup: job("success") };
    const outcome = plan(needs, {}, { GITHUB_RUN_ATTEMPT: "2" });
    const attempt = (name: string, conclusion: string | null) => ({ name, conclusion, runner: "runner 1" });
    runs[0]?.attempts.unshift([
      attempt("night / backup", "failure"),
      attempt("night / notify / tell", "success"),
    ]);
    expect(told(await outcome)).toBe("Database: backup works again");
  });
});

describe("who is told", () => {
  it.each([
    { severity: "critical", chats: "-1,-2" },
    { severity: "major", chats: "-2" },
    { severity: "minor", chats: "-2" },
    { severity: "info", chats: "" },
  ])("of $severity: $chats", async ({ severity, chats }) => {
    const { plan } = await setUp();
    const { outputs } = await plan(
      { drift: job("failure", { severity }) },
      { severities: "drift = critical" },
    );
    expect(outputs).toMatchObject({ chats, severity });
  });

  it("is whoever may have been told of the failure when it is over", async () => {
    const { earlier, plan } = await setUp();
    earlier(1, { "night / drift": "failure", "night / notify / tell": "success" });
    const { outputs } = await plan({ drift: job("success") }, { severities: "drift = critical" });
    expect(outputs).toMatchObject({ chats: "-1,-2", status: "success" });
  });

  it("is nobody without channels, and each chat once", async () => {
    const { plan } = await setUp();
    const failed = { drift: job("failure") };
    const untold = await plan(failed, { channels: "" });
    expect(untold.outputs["chats"]).toBe("");
    expect(untold.annotations?.[0]).toMatchObject({
      level: "warning",
      message: expect.stringMatching("nobody"),
    });
    expect((await plan({ drift: job("success") }, { channels: "" })).annotations).toEqual([]);
    expect((await plan(failed, { channels: "-5, @ops_room\nmajor = -5" })).outputs["chats"]).toBe(
      "-5,@ops_room",
    );
  });
});

describe("inputs", () => {
  it.each([
    { needs: "{}" },
    { needs: '{"a":{"result":"well"}}' },
    { severities: "backup: critical" },
    { severities: "backup = bad" },
    { channels: "loud = -1" },
    { channels: "critical = oncall" },
    { channels: "critical =" },
    { "remind-after": "weekly" },
  ])("that mean nothing are refused: %j", async (inputs) => {
    const { plan } = await setUp();
    await expect(plan({ a: job("success") }, inputs)).rejects.toThrow(/^input /);
  });
});
