import { afterEach, expect } from "vitest";
import { type DatabaseAddress, parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { connectPostgres, type PostgresClient, type PostgresOptions } from "../../shared/postgres/connect.ts";
import { UserError } from "../../shared/runtime/user-error.ts";
import type { Postgres } from "../support/postgres.ts";

const cleanUps: (() => unknown)[] = [];

/** Has something undone after the test; the last one first. */
export function afterTest(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** The superuser's address, or parts of it changed. */
export function addressOf(server: Postgres, more: Partial<DatabaseAddress> = {}): DatabaseAddress {
  return { ...parseDatabaseUrl(server.url), ...more };
}

/** Connects, and closes after the test. */
export async function connect(
  address: DatabaseAddress,
  options: Partial<PostgresOptions> = {},
): Promise<PostgresClient> {
  const signal = new AbortController().signal;
  const client = await connectPostgres(address, { signal, applicationName: "test", ...options });
  afterTest(() => client.close());
  return client;
}

/** The UserError of an attempt that fails. It has a hint, and the password of the address is nowhere in it. */
export async function refusal(attempt: Promise<unknown>, password?: string): Promise<UserError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message, hint, cause, stack } = error as UserError;
  expect(hint).not.toBe("");
  if (password !== undefined) {
    const cause_ = cause instanceof Error ? JSON.stringify(cause, Object.getOwnPropertyNames(cause)) : "";
    expect([message, hint, stack, cause_].join("\n")).not.toContain(password);
  }
  return error as UserError;
}
