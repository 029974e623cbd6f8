import { complaintOf } from "../../../shared/backup/complaint.ts";
import { endText } from "../../../shared/backup/program.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { databaseArgument } from "../../../shared/postgres/libpq-access.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Client } from "./place.ts";

const MOST = 32 * 1024 * 1024;

/** The roles of the server as SQL, and the hashes of their passwords only when asked for. Throws a UserError. */
export async function dumpGlobals(
  client: Client,
  address: DatabaseAddress,
  passwords: boolean,
  signal: AbortSignal,
): Promise<string> {
  const args = [
    ...["--roles-only", "--no-password", `--database=${databaseArgument(address.database)}`],
    ...(passwords ? [] : ["--no-role-passwords"]),
  ];
  const program = await client.start("pg_dumpall", args, address, { stdin: "ignore", signal });
  const chunks: Buffer[] = [];
  let size = 0;
  program.stdout?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST) program.kill();
    else chunks.push(chunk);
  });
  const end = await program.ended;
  signal.throwIfAborted();
  if (end.code === 0) return Buffer.concat(chunks).toString("utf8");
  const said = remoteLine(complaintOf(program.stderr()));
  throw new UserError(`pg_dumpall could not read the roles (${endText(end)}): ${said.replace(/\.$/, "")}.`, {
    hint: passwords
      ? "Only a superuser may read the hashes of passwords, which managed servers have none of: set include-role-passwords: false."
      : "Set include-globals: false, or grant the role what is missing.",
    where: { input: passwords ? "include-role-passwords" : "include-globals" },
  });
}
