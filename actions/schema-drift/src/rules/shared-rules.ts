import { critical, first, type Grade, major, minor, type PropertyRule, sides } from "./rule.ts";

export const comment = { comment: minor("A comment changes nothing that runs.") };

const ownership: Grade = critical("The owner may change and drop the object, and passes on its rights.", {
  code: "OWNER",
});
export const owner = { owner: ownership };

/** Of what is granted beyond the default, more is looser. */
const grant: PropertyRule = (change) => {
  const { gone, extra } = sides(change);
  if (extra.length > 0) {
    const all = extra.some((value) => value.startsWith("PUBLIC "));
    const pass = extra.some((value) => value.includes("*"));
    return critical(
      all
        ? "Everybody who can connect has a right that nobody reviewed."
        : pass
          ? "A role has a right that nobody reviewed, and may pass it on."
          : "A role has a right that nobody reviewed.",
      { direction: "looser", code: "GRANT" },
    );
  }
  return major(
    `A right is missing that something may rely on${gone.length > 1 ? ", and it is not the only one" : ""}.`,
    {
      direction: "tighter",
      code: "GRANT",
    },
  );
};

/** Of what is taken away from the default, more is tighter. */
const revoke: PropertyRule = (change) =>
  sides(change).gone.length > 0
    ? critical("A right that was taken away is there again.", { direction: "looser", code: "REVOKE" })
    : major("A right that everybody has by default was taken away.", {
        direction: "tighter",
        code: "REVOKE",
      });

export const access = { grant, revoke };
export const owned = { ...owner, ...access };

export const tablespace = {
  tablespace: minor("Where the data lie on disk changes how fast it is, not what it does."),
};

export const persistence: PropertyRule = ({ actual }) =>
  first(actual) === "unlogged"
    ? critical("An unlogged table is empty after a crash, and has no replicas.", { code: "UNLOGGED" })
    : minor("It survives a crash though it need not.", { code: "PERSISTENCE" });

const AUTOVACUUM_OFF = /^(?:toast\.)?autovacuum_enabled=(?:false|off|no|0|f)/i;

/** Storage parameters: fine-tuning, but for the one that lets a table rot. */
export const storageOption: PropertyRule = (change) =>
  sides(change).extra.some((value) => AUTOVACUUM_OFF.test(value))
    ? major("Autovacuum is off: the table bloats, and at last the server stops taking transactions.", {
        code: "AUTOVACUUM-OFF",
      })
    : minor("Storage parameters change how fast it is, not what it does.");

export const storage = {
  persistence,
  "access-method": major("Another access method keeps the rows in another way."),
  ...tablespace,
  option: storageOption,
};

export const replicaIdentity: PropertyRule = ({ actual }) =>
  first(actual) === "nothing"
    ? critical("Without a replica identity, published updates and deletes fail.")
    : major("Logical replication identifies rows in another way.");

/** Kept, but not obeyed. */
export const unenforced: PropertyRule = ({ actual, expected }) =>
  actual.length > expected.length
    ? critical(
        "The constraint is there and is not enforced: its triggers are disabled, and wrong rows get in.",
      )
    : major("The constraint is enforced though its triggers should be disabled.");

export const deferral = {
  deferrable: major("When the constraint is checked is not the same."),
  "initially-deferred": major("When the constraint is checked is not the same."),
};

/** Of a trigger, a rule or an event trigger. */
export const firing =
  (what: string): PropertyRule =>
  ({ actual }) =>
    first(actual) === "no" || first(actual) === "disabled"
      ? critical(`The ${what} is disabled: it is there and does nothing.`, { code: "DISABLED" })
      : major(`The ${what} fires under other circumstances.`);
