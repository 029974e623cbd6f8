// npm run setup [-- <part> ...]: installs what the tests need of the machine, or the named parts.
import { installMissing } from "./system/install.ts";
import { type PartName, partNames, partOf, parts, testParts } from "./system/parts.ts";

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !partNames.includes(name as PartName));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}. There are: ${partNames.join(", ")}.`);
  process.exit(1);
}
const wanted = asked.length > 0 ? (asked as PartName[]) : testParts;
const missing = await installMissing(parts, wanted, console.log);

for (const name of wanted) {
  const found = partOf(name).find();
  console.log(
    `${found === undefined ? "missing" : "ready  "}  ${name.padEnd(12)} ${found ?? partOf(name).why}`,
  );
}
for (const { name, command, reason } of missing) {
  console.log(`\n${name} could not be installed: ${reason}\nTo supply it: ${command}`);
}
process.exitCode = missing.length > 0 ? 1 : 0;
