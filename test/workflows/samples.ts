/** Projects as teams have them, small ones, by the paths of their files. */
export type Files = Readonly<Record<string, string>>;

/** The same files in a folder. */
export function within(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
}

export const PYTHON: Files = {
  "requirements-dev.txt": "pytest\npytest-cov\nruff\nmypy\n",
  "pyproject.toml": `[project]
name = "prices"
version = "1"

[tool.mypy]
strict = true
`,
  "prices.py": `def gross(net: int, percent: int) -> int:
    return net + net * percent // 100
`,
  "test_prices.py": `from prices import gross


def test_adds_the_tax() -> None:
    assert gross(100, 20) == 120
`,
};

export const NODE: Files = {
  "package.json": JSON.stringify({
    name: "cart",
    version: "1.0.0",
    private: true,
    scripts: {
      lint: "node --check cart.js",
      test: "node --test",
      build: "mkdir -p dist && cp cart.js dist/",
    },
  }),
  "package-lock.json": JSON.stringify({
    ...{ name: "cart", version: "1.0.0", lockfileVersion: 3 },
    packages: { "": { name: "cart", version: "1.0.0" } },
  }),
  "cart.js": `exports.total = (items) => items.reduce((sum, { price }) => sum + price, 0);\n`,
  "cart.test.js": `const { test } = require("node:test");
const assert = require("node:assert");
const { total } = require("./cart.js");
test("adds up", () => assert.equal(total([{ price: 1 }, { price: 2 }]), 3));
`,
};

export const GO: Files = {
  "go.mod": "module example.com/mail\n\ngo 1.21\n",
  "mail.go": `package mail

// Subject is what a mail is about.
func Subject(order string) string { return "Order " + order }
`,
  "mail_test.go": `package mail

import "testing"

func TestSubject(t *testing.T) {
	if Subject("7") != "Order 7" {
		t.Fatal(Subject("7"))
	}
}
`,
};
