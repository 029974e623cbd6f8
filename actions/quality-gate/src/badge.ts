import { hasPassed, type Results } from "./results.ts";
import { formatValue } from "./rules/quantity.ts";

/** The badge as the endpoint of shields.io takes it (https://shields.io/badges/endpoint-badge). */
export function badgeOf(results: Results, redact: (text: string) => string): string {
  const passed = hasPassed(results);
  const coverage = results.measured.get("coverage.lines");
  const parts = [
    passed ? "passed" : "failed",
    coverage === undefined
      ? ""
      : formatValue(coverage.value, { unit: "percent", better: "higher" }).replace(" ", ""),
  ];
  const badge = {
    schemaVersion: 1,
    label: redact(results.title.toLowerCase()),
    message: parts.filter(Boolean).join(", "),
    color: passed ? "brightgreen" : "red",
    isError: !passed,
  };
  return `${JSON.stringify(badge)}\n`;
}
