import { cases, type MatrixCase, made } from "./matrix-case.ts";

const p = "create table t (a int primary key, b int); create publication @_p for table t";
const plain = "create publication @_p";
const sub =
  "create subscription @_s connection 'host=127.0.0.1 port=1 dbname=x password=secret' publication a with (connect = false, slot_name = none)";
const altered = (
  name: string,
  base: string,
  change: string,
  code: string,
  severity: string,
  back = severity,
) => [name, base, change, `SD-${code} ${severity} changed`, `SD-${code} ${back} changed`] as const;

export const replication: readonly MatrixCase[] = [
  ...made([
    [
      "a publication",
      "create table t (a int)",
      "create publication @_p for table t",
      "PUBLICATION",
      "major unexpected",
      "critical missing",
    ],
    [
      "a published table",
      `${plain}; create table t (a int)`,
      "alter publication @_p add table t",
      "PUBLICATION-TABLE",
      "major unexpected",
      "critical missing",
    ],
    ["a subscription", "select 1", sub, "SUBSCRIPTION", "major unexpected", "critical missing"],
  ]),
  ...made(
    [
      [
        "a published schema",
        plain,
        "alter publication @_p add tables in schema @",
        "PUBLICATION-SCHEMA",
        "major unexpected",
        "critical missing",
      ],
    ],
    { since: 15 },
  ),
  ...cases([
    altered(
      "what is published of changes",
      plain,
      "alter publication @_p set (publish = 'insert')",
      "PUBLICATION-OPERATION",
      "critical",
    ),
    altered(
      "under which name partitions are published",
      plain,
      "alter publication @_p set (publish_via_partition_root = true)",
      "PUBLICATION-VIA-ROOT",
      "major",
    ),
    altered(
      "the owner of a publication",
      plain,
      "alter publication @_p owner to drift_super",
      "PUBLICATION-OWNER",
      "critical",
    ),
    altered(
      "the comment of a publication",
      plain,
      "comment on publication @_p is 'x'",
      "PUBLICATION-COMMENT",
      "minor",
    ),
    altered(
      "a publication of all tables",
      plain,
      "drop publication @_p; create publication @_p for all tables",
      "PUBLICATION-ALL-TABLES",
      "critical",
    ),
    altered(
      "where a subscription reads",
      sub,
      "alter subscription @_s connection 'host=127.0.0.2 port=1 dbname=x password=secret'",
      "SUBSCRIPTION-CONNECTION",
      "critical",
    ),
    altered(
      "what a subscription reads",
      sub,
      "alter subscription @_s set publication a, b with (refresh = false)",
      "SUBSCRIPTION-PUBLICATION",
      "critical",
    ),
    altered(
      "the slot of a subscription",
      sub,
      "alter subscription @_s set (slot_name = 'x')",
      "SUBSCRIPTION-SLOT",
      "critical",
    ),
    altered(
      "when a subscription's changes are safe",
      sub,
      "alter subscription @_s set (synchronous_commit = 'on')",
      "SUBSCRIPTION-SYNCHRONOUS-COMMIT",
      "major",
    ),
    altered(
      "the form of a subscription",
      sub,
      "alter subscription @_s set (binary = true)",
      "SUBSCRIPTION-BINARY",
      "minor",
    ),
    altered(
      "large transactions of a subscription",
      `${sub.replace("slot_name", "streaming = off, slot_name")}`,
      "alter subscription @_s set (streaming = on)",
      "SUBSCRIPTION-STREAMING",
      "minor",
    ),
    [
      "an enabled subscription",
      sub,
      // The catalog is shared by all databases: the other side has a subscription of the same name.
      "update pg_subscription set subenabled = true where subname = '@_s' and subdbid = (select oid from pg_database where datname = current_database())",
      "SD-SUBSCRIPTION-ENABLED major changed",
      "SD-SUBSCRIPTION-DISABLED critical changed",
    ],
    altered(
      "the owner of a subscription",
      sub,
      "alter subscription @_s owner to drift_super",
      "SUBSCRIPTION-OWNER",
      "critical",
    ),
    altered(
      "the comment of a subscription",
      sub,
      "comment on subscription @_s is 'x'",
      "SUBSCRIPTION-COMMENT",
      "minor",
    ),
  ]),
  ...cases(
    [
      altered(
        "the rows that are published",
        p,
        "alter publication @_p set table t where (a > 0)",
        "PUBLICATION-TABLE-FILTER",
        "critical",
      ),
      altered(
        "the columns that are published",
        p,
        "alter publication @_p set table t (a)",
        "PUBLICATION-TABLE-COLUMNS",
        "critical",
      ),
      altered(
        "what an error does to a subscription",
        sub,
        "alter subscription @_s set (disable_on_error = true)",
        "SUBSCRIPTION-DISABLE-ON-ERROR",
        "major",
      ),
      altered(
        "prepared transactions of a subscription",
        sub,
        "drop subscription @_s; create subscription @_s connection 'host=127.0.0.1 port=1 dbname=x password=secret' publication a with (connect = false, slot_name = none, two_phase = true)",
        "SUBSCRIPTION-TWO-PHASE",
        "major",
      ),
    ],
    { since: 15 },
  ),
  ...cases(
    [
      [
        "a subscription without a password",
        sub,
        "alter subscription @_s set (password_required = false)",
        "SD-SUBSCRIPTION-PASSWORD-REQUIRED critical looser",
        "SD-SUBSCRIPTION-PASSWORD-REQUIRED critical looser",
      ],
      [
        "a subscription with its owner's rights",
        sub,
        "alter subscription @_s set (run_as_owner = true)",
        "SD-SUBSCRIPTION-RUN-AS-OWNER critical looser",
        "SD-SUBSCRIPTION-RUN-AS-OWNER critical looser",
      ],
      altered(
        "the origin of a subscription's changes",
        sub,
        "alter subscription @_s set (origin = none)",
        "SUBSCRIPTION-ORIGIN",
        "major",
      ),
      altered(
        "a subscription's slot after a failover",
        sub,
        `drop subscription @_s; ${sub.replace("slot_name", "failover = true, slot_name")}`,
        "SUBSCRIPTION-FAILOVER",
        "major",
      ),
      altered(
        "generated columns of a publication",
        plain,
        "alter publication @_p set (publish_generated_columns = stored)",
        "PUBLICATION-GENERATED-COLUMNS",
        "major",
      ),
    ],
    { since: 18 },
  ),
];

const w = "create foreign data wrapper @_w";
const server = `${w}; create server @_r foreign data wrapper @_w`;
const foreign = `${server}; create foreign table t (a int) server @_r`;
const mapping = `${server}; create user mapping for drift_app server @_r`;

export const foreignData: readonly MatrixCase[] = [
  ...made([
    ["a foreign-data wrapper", "select 1", w, "FDW", "major unexpected", "critical missing"],
    [
      "a foreign server",
      w,
      "create server @_r foreign data wrapper @_w",
      "SERVER",
      "major unexpected",
      "critical missing",
    ],
    [
      "a user mapping",
      server,
      "create user mapping for drift_app server @_r",
      "USER-MAPPING",
      "critical looser",
      "critical missing",
    ],
    [
      "a foreign table",
      server,
      "create foreign table t (a int) server @_r",
      "FOREIGN-TABLE",
      "major unexpected",
      "critical missing",
    ],
    [
      "a column of a foreign table",
      foreign,
      "alter foreign table t add b int",
      "COLUMN",
      "major unexpected",
      "critical missing",
    ],
  ]),
  ...cases([
    altered(
      "an option of a foreign-data wrapper",
      w,
      "alter foreign data wrapper @_w options (host 'x')",
      "FDW-OPTION",
      "major",
    ),
    altered(
      "the handler of a foreign-data wrapper",
      `${w} validator postgresql_fdw_validator`,
      "alter foreign data wrapper @_w no validator",
      "FDW-VALIDATOR",
      "minor",
    ),
    altered(
      "the owner of a foreign-data wrapper",
      w,
      "alter foreign data wrapper @_w owner to drift_super",
      "FDW-OWNER",
      "critical",
    ),
    [
      "a privilege on a foreign-data wrapper",
      w,
      "grant usage on foreign data wrapper @_w to drift_app",
      "SD-FDW-GRANT critical looser",
      "SD-FDW-GRANT major tighter",
    ],
    altered(
      "the comment of a foreign-data wrapper",
      w,
      "comment on foreign data wrapper @_w is 'x'",
      "FDW-COMMENT",
      "minor",
    ),
    altered(
      "where a foreign server is",
      `${server} options (host 'a')`,
      "alter server @_r options (set host 'b')",
      "SERVER-OPTION",
      "critical",
    ),
    altered(
      "the type of a foreign server",
      `${w}; create server @_r type 'a' foreign data wrapper @_w`,
      "drop server @_r; create server @_r type 'b' foreign data wrapper @_w",
      "SERVER-TYPE",
      "minor",
    ),
    altered(
      "the version of a foreign server",
      server,
      "alter server @_r version '2'",
      "SERVER-VERSION",
      "minor",
    ),
    altered(
      "the wrapper of a foreign server",
      `${server}; create foreign data wrapper @_v`,
      "drop server @_r; create server @_r foreign data wrapper @_v",
      "SERVER-WRAPPER",
      "critical",
    ),
    altered(
      "the owner of a foreign server",
      server,
      "alter server @_r owner to drift_super",
      "SERVER-OWNER",
      "critical",
    ),
    [
      "a privilege on a foreign server",
      server,
      "grant usage on foreign server @_r to drift_app",
      "SD-SERVER-GRANT critical looser",
      "SD-SERVER-GRANT major tighter",
    ],
    altered(
      "the comment of a foreign server",
      server,
      "comment on server @_r is 'x'",
      "SERVER-COMMENT",
      "minor",
    ),
    altered(
      "as whom a user mapping logs in",
      `${mapping} options (user 'a')`,
      "alter user mapping for drift_app server @_r options (set user 'b')",
      "USER-MAPPING-OPTION",
      "critical",
    ),
    altered(
      "the server of a foreign table",
      `${foreign}; create server @_q foreign data wrapper @_w`,
      "drop foreign table t; create foreign table t (a int) server @_q",
      "FOREIGN-TABLE-SERVER",
      "critical",
    ),
    altered(
      "an option of a foreign table",
      foreign,
      "alter foreign table t options (table_name 'x')",
      "FOREIGN-TABLE-OPTION",
      "major",
    ),
    altered(
      "the order of a foreign table's columns",
      `${server}; create foreign table t (a int, b int) server @_r`,
      "drop foreign table t; create foreign table t (b int, a int) server @_r",
      "FOREIGN-TABLE-COLUMN-ORDER",
      "minor",
    ),
    altered(
      "the parent of a foreign table",
      `${foreign}; create table p (a int)`,
      "alter foreign table t inherit p",
      "FOREIGN-TABLE-INHERITS",
      "critical",
    ),
    altered(
      "the owner of a foreign table",
      foreign,
      "alter foreign table t owner to drift_app",
      "FOREIGN-TABLE-OWNER",
      "critical",
    ),
    [
      "a privilege on a foreign table",
      foreign,
      "grant select on t to drift_app",
      "SD-FOREIGN-TABLE-GRANT critical looser",
      "SD-FOREIGN-TABLE-GRANT major tighter",
    ],
    altered(
      "the comment of a foreign table",
      foreign,
      "comment on foreign table t is 'x'",
      "FOREIGN-TABLE-COMMENT",
      "minor",
    ),
    altered(
      "an option of a foreign table's column",
      foreign,
      "alter foreign table t alter a options (column_name 'x')",
      "COLUMN-FDW-OPTION",
      "major",
    ),
  ]),
];

const parser =
  "create text search parser k (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)";
const configuration = "create text search configuration k (parser = pg_catalog.default)";
const dictionary = "create text search dictionary k (template = simple)";
const template = "create text search template k (lexize = dsimple_lexize)";

export const textSearch: readonly MatrixCase[] = [
  ...made([
    ["a text search parser", "select 1", parser, "TS-PARSER", "major unexpected", "critical missing"],
    ["a text search template", "select 1", template, "TS-TEMPLATE", "major unexpected", "critical missing"],
    [
      "a text search dictionary",
      "select 1",
      dictionary,
      "TS-DICTIONARY",
      "major unexpected",
      "critical missing",
    ],
    [
      "a text search configuration",
      "select 1",
      configuration,
      "TS-CONFIGURATION",
      "major unexpected",
      "critical missing",
    ],
  ]),
  ...cases([
    altered(
      "the headlines of a parser",
      parser,
      `drop text search parser k; ${parser.replace("lextypes", "headline = prsd_headline, lextypes")}`,
      "TS-PARSER-HEADLINE",
      "critical",
    ),
    altered(
      "the comment of a parser",
      parser,
      "comment on text search parser k is 'x'",
      "TS-PARSER-COMMENT",
      "minor",
    ),
    altered(
      "how a template begins",
      template,
      `drop text search template k; ${template.replace("(", "(init = dsimple_init, ")}`,
      "TS-TEMPLATE-INIT",
      "critical",
    ),
    altered(
      "the comment of a template",
      template,
      "comment on text search template k is 'x'",
      "TS-TEMPLATE-COMMENT",
      "minor",
    ),
    [
      "the template of a dictionary",
      dictionary,
      "drop text search dictionary k; create text search dictionary k (template = synonym, synonyms = synonym_sample)",
      "SD-TS-DICTIONARY-TEMPLATE critical changed + SD-TS-DICTIONARY-OPTION major changed",
      "SD-TS-DICTIONARY-TEMPLATE critical changed + SD-TS-DICTIONARY-OPTION major changed",
    ],
    altered(
      "an option of a dictionary",
      dictionary,
      "alter text search dictionary k (accept = false)",
      "TS-DICTIONARY-OPTION",
      "major",
    ),
    altered(
      "the owner of a dictionary",
      dictionary,
      "alter text search dictionary k owner to drift_app",
      "TS-DICTIONARY-OWNER",
      "critical",
    ),
    altered(
      "the comment of a dictionary",
      dictionary,
      "comment on text search dictionary k is 'x'",
      "TS-DICTIONARY-COMMENT",
      "minor",
    ),
    altered(
      "the words that a configuration looks up",
      configuration,
      "alter text search configuration k add mapping for asciiword with simple",
      "TS-CONFIGURATION-MAPPING",
      "major",
    ),
    altered(
      "the order of dictionaries",
      `${configuration}; alter text search configuration k add mapping for asciiword with english_stem, simple`,
      "alter text search configuration k alter mapping for asciiword with simple, english_stem",
      "TS-CONFIGURATION-MAPPING",
      "major",
    ),
    altered(
      "the owner of a configuration",
      configuration,
      "alter text search configuration k owner to drift_app",
      "TS-CONFIGURATION-OWNER",
      "critical",
    ),
    altered(
      "the comment of a configuration",
      configuration,
      "comment on text search configuration k is 'x'",
      "TS-CONFIGURATION-COMMENT",
      "minor",
    ),
  ]),
];
