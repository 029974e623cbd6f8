import { DatabaseError, types } from "pg";
import { parseDatabaseUrl } from "../../../shared/postgres/address.ts";
import { connectPostgres, queryError } from "../../../shared/postgres/connect.ts";
import type { Redactor } from "../../../shared/runtime/redactor.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { LONGEST_EXAMINED, type ProbeContext } from "./attempt.ts";
import { mismatch } from "./matcher.ts";
import type { Check } from "./plan.ts";
import type { Finding } from "./probe.ts";
import { describeThreshold, holds, type Threshold } from "./threshold.ts";

const AT_LEAST_ONE: Threshold = { operator: ">=", limit: 1, unit: "number" };
const SERVER_LATER_MS = 1_000;

/** Logs in and runs one query in a read-only transaction, so that a check can never change anything. */
export async function probePostgres(check: Check, context: ProbeContext): Promise<Finding> {
  const { connections, via, timeoutMs, fill } = context;
  const { config } = check;
  const address = parseDatabaseUrl(fill(config.postgres ?? ""));
  const limits = { ...context, what: "PostgreSQL" };
  const client = await connectPostgres(address, {
    signal: context.signal,
    connectTimeoutMs: timeoutMs,
    applicationName: "smoke-test",
    ...(via === "ssh" ? { stream: () => connections.stream("ssh", address.host, address.port, limits) } : {}),
  });
  try {
    // The server gives up by itself, later than we do: it does not notice that nobody waits for the answer any more.
    await client.query(
      `begin transaction read only; set local statement_timeout = ${timeoutMs + SERVER_LATER_MS}`,
    );
    // In the extended protocol a query is one statement: "commit; drop table …" would leave the transaction otherwise.
    const query = {
      text: fill(config.query ?? "select 1"),
      queryMode: "extended",
      rowMode: "array" as const,
      types: { getTypeParser: parserFor },
    };
    const { rows } = await client.query<unknown[]>(query);
    return judge(check, rows, context.redactor);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof DatabaseError)) throw queryError(error, address);
    const problem = `the query failed: ${remoteLine(context.redactor.redact(error.message), { max: LONGEST_EXAMINED })} (SQLSTATE ${error.code ?? "unknown"})`;
    return { problems: [problem], hint: "Run the query by hand as the same user." };
  } finally {
    await client.close();
  }
}

function judge(check: Check, rows: readonly unknown[][], redactor: Redactor): Finding {
  const { rows: bound = AT_LEAST_ONE, value } = check.config.expect ?? {};
  const problems: string[] = [];
  if (!holds(bound, rows.length))
    problems.push(`rows: expected ${describeThreshold(bound)}, got ${rows.length}`);
  const first = rows[0]?.[0];
  const wrong = value === undefined ? undefined : mismatch(value, first, redactor);
  if (wrong !== undefined) problems.push(`value: ${wrong}`);
  return { problems, seen: rows.length === 1 ? "1 row" : `${rows.length} rows` };
}

const INT8 = 20;
const NUMERIC = 1700;

/** Numbers that fit become numbers (`count(*)` is an int8, which `pg` hands over as text); dates stay text. */
function parserFor(oid: number): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) {
    return (text) => (String(Number(text)) === text ? Number(text) : text);
  }
  const isTime =
    oid === types.builtins.DATE || oid === types.builtins.TIMESTAMP || oid === types.builtins.TIMESTAMPTZ;
  return isTime ? (text) => text : types.getTypeParser(oid);
}
