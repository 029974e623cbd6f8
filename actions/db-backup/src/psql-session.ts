import { randomBytes } from "node:crypto";
import type { RunningProgram } from "../../../shared/backup/program.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Session } from "./session.ts";

/** What the server answers with; the same shape as that of `pg`. */
class PsqlError extends Error {
  override readonly name = "PsqlError";
  readonly severity = "ERROR";
  readonly code: string;

  constructor(message: string, sqlstate: string) {
    super(message);
    this.code = sqlstate;
  }
}

/** How psql is to be started for a session. */
export const PSQL_ARGUMENTS = ["-X", "-A", "-t", "-q", "-w"];

/**
 * A session through psql where nothing but its stdin and stdout can be reached: a container. A query comes back as JSON;
 * a line with a random word, the state and the SQLSTATE ends the answer to each statement.
 */
export async function psqlSession(program: RunningProgram, where: string): Promise<Session> {
  const { stdin, stdout } = program;
  if (stdin === undefined || stdout === undefined) throw new Error("psql without pipes");
  const mark = randomBytes(12).toString("hex");
  let answer = "";
  let waiting:
    | { readonly resolve: (text: string) => void; readonly reject: (error: unknown) => void }
    | undefined;
  let over: unknown;
  stdout.setEncoding("utf8");
  stdout.on("data", (text: string) => {
    answer += text;
    if (!answer.endsWith("\n") || !answer.includes(mark)) return;
    const whole = answer;
    answer = "";
    waiting?.resolve(whole);
  });
  const end = (error: unknown): void => {
    over ??= error;
    waiting?.reject(over);
  };
  program.ended.then(
    () =>
      end(
        new UserError(
          `psql on ${where} ended: ${remoteLine(program.stderr()) || "the connection was lost"}.`,
          { hint: LOST },
        ),
      ),
    end,
  );
  let queue: Promise<unknown> = Promise.resolve();
  const ask = (text: string): Promise<string> => {
    const asked = queue.then(() => {
      if (over !== undefined) throw over;
      return new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject };
        stdin.write(text);
      });
    });
    queue = asked.catch(() => undefined);
    return asked;
  };
  const session: Session = {
    query: async <Row>(sql: string) => {
      const isQuery = /^\s*(?:select|with)\b/i.test(sql);
      const statement = isQuery ? `select coalesce(json_agg(row_to_json(q)), '[]') from (${sql}\n) q` : sql;
      const whole = await ask(
        `${statement};\n\\if :ERROR\n\\echo :LAST_ERROR_MESSAGE\n\\endif\n\\echo ${mark} :ERROR :SQLSTATE\n`,
      );
      const at = whole.lastIndexOf(mark);
      const [, failed, state = ""] = whole.slice(at).trim().split(" ");
      const text = whole.slice(0, at);
      if (failed === "true") throw new PsqlError(text.trim(), state);
      return { rows: (isQuery ? JSON.parse(text) : []) as Row[] };
    },
    close: async () => {
      (stdin as NodeJS.WritableStream).end();
      const timer = setTimeout(() => program.kill(), CLOSE_MS);
      await program.ended.catch(() => undefined);
      clearTimeout(timer);
    },
  };
  await session.query("select 1 as connected");
  return session;
}

const CLOSE_MS = 1_000;
const LOST =
  "See the address (it is the view of that machine or container), the password, and the server's log.";
