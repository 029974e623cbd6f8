import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  boolean,
  camelCase,
  duration,
  type Field,
  type InputSpec,
  type InputsOf,
  inputVariable,
  integer,
  list,
  oneOf,
  optional,
  readInputs,
  secret,
  secretValues,
  text,
} from "../../shared/runtime/inputs.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";

/** Reads one input named `x`. */
function read<T>(field: Field<T>, value: string | undefined): T {
  return readInputs({ x: field }, value === undefined ? {} : { INPUT_X: value }).x as T;
}

function problemsOf(spec: InputSpec, env: NodeJS.ProcessEnv): readonly UserError[] {
  try {
    readInputs(spec, env);
  } catch (error) {
    if (error instanceof UserErrors) return error.problems;
    if (error instanceof UserError) return [error];
    throw error;
  }
  throw new Error("the inputs were accepted");
}

const messageFor = <T>(field: Field<T>, value: string) =>
  problemsOf({ x: field }, { INPUT_X: value })[0]?.message;

describe("a list", () => {
  it.each([undefined, "", "  \n "])("is empty for %j", (value) => {
    expect(read(list(), value)).toEqual([]);
  });
});

describe("a choice", () => {
  it("takes one of its words, as they are written", () => {
    expect(read(oneOf("info", "error"), " error ")).toBe("error");
    expect(messageFor(oneOf("info", "error"), "Error")).toBe("input x: must be one of info, error.");
    expect(messageFor(oneOf("info"), "constructor")).toBe("input x: must be one of info.");
  });
});

describe("the inputs of an action", () => {
  const spec = {
    "base-url": text(),
    "ssh-key": optional(secret()),
    "dry-run": boolean(),
    retries: optional(integer({ min: 0 })),
    "fail-on": oneOf("error", "none"),
    timeout: duration(),
    only: list(),
    "p95-ms": optional(integer()),
  } as const;
  const good = {
    "INPUT_BASE-URL": " https://app.example ",
    "INPUT_DRY-RUN": "true",
    "INPUT_FAIL-ON": "none",
    INPUT_TIMEOUT: "5m",
    INPUT_ONLY: "a\nb",
    "INPUT_P95-MS": "3",
  };

  it("come typed and under camel-case names", () => {
    const inputs = readInputs(spec, good);
    expect(inputs).toEqual({
      baseUrl: "https://app.example",
      sshKey: undefined,
      dryRun: true,
      retries: undefined,
      failOn: "none",
      timeout: 300_000,
      only: ["a", "b"],
      p95Ms: 3,
    });
    expectTypeOf(inputs).toEqualTypeOf<{
      readonly baseUrl: string;
      readonly sshKey: string | undefined;
      readonly dryRun: boolean;
      readonly retries: number | undefined;
      readonly failOn: "error" | "none";
      readonly timeout: number;
      readonly only: readonly string[];
      readonly p95Ms: number | undefined;
    }>();
    expectTypeOf<keyof InputsOf<typeof spec>>().not.toEqualTypeOf<"base-url">();
  });

  it("are read from the runner's variables", () => {
    expect(inputVariable("base-url")).toBe("INPUT_BASE-URL");
    expect(inputVariable("two words")).toBe("INPUT_TWO_WORDS");
    expect(camelCase("a-b1-2c-d")).toBe("aB12cD");
  });

  it("are checked all at once, each problem with its input, what is allowed and what was given", () => {
    const problems = problemsOf(spec, {
      "INPUT_BASE-URL": "",
      "INPUT_DRY-RUN": "ja",
      "INPUT_FAIL-ON": "warning",
      INPUT_TIMEOUT: "9".repeat(100),
      INPUT_RETRIES: "2x",
    });
    expect(problems.map(({ message, where }) => [where?.input, message])).toEqual([
      ["base-url", "input base-url: is required and is empty."],
      ["dry-run", "input dry-run: must be true or false."],
      ["retries", "input retries: must be a whole number of at least 0."],
      ["fail-on", "input fail-on: must be one of error, none."],
      ["timeout", "input timeout: must be a duration such as 500ms, 30s, 5m, 1h30m or 2d."],
    ]);
    expect(problems.map(({ hint }) => hint)).toEqual([
      expect.stringContaining("Set 'base-url' under 'with:'"),
      'It is "ja".',
      'It is "2x".',
      'It is "warning".',
      `It is "${"9".repeat(77)}...".`,
    ]);
  });

  it("give a single problem as itself", () => {
    expect(() => readInputs(spec, { ...good, INPUT_TIMEOUT: "soon" })).toThrow(UserError);
  });

  it("let a bug in a parser through as what it is", () => {
    const broken: Field<string> = {
      parse: () => {
        throw new TypeError("a bug");
      },
      secret: false,
    };
    expect(() => readInputs({ x: broken }, { INPUT_X: "1" })).toThrow(TypeError);
  });
});

describe("a secret input", () => {
  const pin: Field<number> = { ...integer({ max: 9_999 }), secret: true };

  it("never shows in the problem with it, nor in its causes", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6 }).filter((value) => /^\S*[g-z]\S*$/i.test(value)),
        (value) => {
          const fields: Field<unknown>[] = [
            pin,
            { ...duration(), secret: true },
            { ...boolean(), secret: true },
          ];
          for (const field of fields) {
            const env = { INPUT_X: `~${value}~` };
            for (const { message, hint, cause } of problemsOf({ x: optional(field) }, env)) {
              expect(`${message} ${hint} ${String(cause)}`).not.toContain(value);
              expect(hint).toBe(`It has ${value.length + 2} characters.`);
            }
          }
        },
      ),
    );
  });

  it("is handed to the masks as it was given, when there is one", () => {
    const spec = { key: secret(), token: optional(secret()), url: text(), pin, note: optional(secret()) };
    const env = {
      INPUT_KEY: " line 1\nline 2\n",
      INPUT_URL: "https://x",
      INPUT_PIN: "1234",
      INPUT_NOTE: " \n",
    };
    expect(secretValues(spec, env)).toEqual([" line 1\nline 2\n", "1234"]);
  });
});
