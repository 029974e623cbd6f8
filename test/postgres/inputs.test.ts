import { expect, test } from "vitest";
import { type DatabaseInputs, readDatabaseAddress } from "../../shared/postgres/inputs.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";

function wrongInputs(inputs: DatabaseInputs): (string | undefined)[] {
  try {
    readDatabaseAddress(inputs);
    return [];
  } catch (error) {
    const problems = error instanceof UserErrors ? error.problems : [error as UserError];
    for (const problem of problems) expect(problem).toBeInstanceOf(UserError);
    return problems.map((problem) => problem.where?.input);
  }
}

test("no input at all is no database", () => {
  expect(readDatabaseAddress({})).toBeUndefined();
  expect(readDatabaseAddress({ databaseUrl: " ", dbHost: "", dbPassword: "" })).toBeUndefined();
});

test("the parts need no percent-encoding", () => {
  const dbPassword = "p@ss/w#rd?%:";
  const parts = { dbHost: "db.example", dbPort: "5433", dbName: "shop", dbUser: "app", dbPassword };
  expect(readDatabaseAddress(parts)).toMatchObject({
    host: "db.example",
    port: 5433,
    database: "shop",
    user: "app",
    password: dbPassword,
    sslmode: "require",
  });
});

test("the parts fill in what the URL leaves out", () => {
  const address = readDatabaseAddress({
    databaseUrl: "postgres://app@db.example/shop?sslmode=verify-full",
    dbPassword: "a#b",
  });
  expect(address).toMatchObject({ user: "app", password: "a#b", sslmode: "verify-full" });
});

test("a part given both ways is refused, whatever it says", () => {
  const databaseUrl = "postgres://app:x@db.example/shop";
  expect(wrongInputs({ databaseUrl, dbPassword: "x", dbName: "other" })).toEqual(["db-name", "db-password"]);
});

test("a mistake names the input that it is in", () => {
  expect(wrongInputs({ databaseUrl: "nonsense" })).toEqual(["database-url"]);
  expect(wrongInputs({ databaseUrl: "postgres://app@db.example:0/shop" })).toEqual(["database-url"]);
  expect(wrongInputs({ databaseUrl: "postgres://app@db.example/shop?sslmode=x" })).toEqual(["database-url"]);
  expect(wrongInputs({ databaseUrl: "postgres://app@db.example", dbPort: "x" })).toEqual(["db-port"]);
  expect(wrongInputs({ dbHost: "db.example:5432", dbPort: "x" })).toEqual(["db-host", "db-port", "db-user"]);
  expect(wrongInputs({ dbPassword: "x" })).toEqual(["db-host", "db-user"]);
});

test("no error shows a password", () => {
  for (const inputs of [{ dbPassword: "hunter2" }, { databaseUrl: "postgres://a:hunter2@b@c" }]) {
    expect(() => readDatabaseAddress(inputs)).toThrow(Error);
    try {
      readDatabaseAddress(inputs);
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("hunter2");
    }
  }
});
