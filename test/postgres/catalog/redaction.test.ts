import { expect, test } from "vitest";
import type { Kind } from "../../../shared/postgres/catalog/model.ts";
import { redactPacked } from "../../../shared/postgres/catalog/redaction.ts";

const SECRET = "hunter2-Geheim";

const hidden: readonly (readonly [kind: Kind, name: string, packed: string])[] = [
  ["server", "s", `wrapper w\noption password=${SECRET}`],
  ["server", "s", `wrapper w\noption api_key=${SECRET}`],
  ["server", "s", `wrapper w\noption service_url=https://app:${SECRET}@api.example/`],
  ["server", "s", `wrapper w\noption service_url=https://api.example/?token=${SECRET}`],
  ["server", "s", `wrapper w\noption anything=aB3dE5gH7jK9mN1p${SECRET}`],
  ["foreign-data wrapper", "w", `option credentials=${SECRET}`],
  ["foreign table", "public.t", `server s\noption program=curl -H "Authorization: Bearer ${SECRET}" host`],
  ["user mapping", "app at s", `server s\noption user=app\noption password=${SECRET}`],
  ["user mapping", "app at s", `server s\noption whatever=${SECRET}`],
  ["column", "public.t.a", `type integer\nfdw-option secret=${SECRET}`],
  ["subscription", "s", `connection host=h dbname=d password=${SECRET} user=u\npublication p`],
  ["subscription", "s", `connection host=h password='a ${SECRET} \\' b' user=u`],
  ["subscription", "s", `connection postgres://u:${SECRET}@h/d\npublication p`],
  ["subscription", "s", `connection postgres://u@h/d?password=${SECRET}&sslmode=require`],
  ["setting", "database: app.jwt_secret", `value ${SECRET}`],
  ["setting", "role app: app.settings", `value aB3dE5gH7jK9mN1p${SECRET}`],
  ["function", "public.f()", `setting app.token=${SECRET}\nbody select 1`],
  ["view", "public.v", `definition  SELECT * FROM dblink('host=h user=u password=${SECRET}'::text, 'x')`],
  [
    "function",
    "public.f()",
    `body begin\n\tperform dblink('host=h password=''${SECRET} x'' user=u');\n\tend`,
  ],
  [
    "trigger",
    "public.t.hook",
    `definition AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.http('https://h/', '{"Authorization":"Bearer ${SECRET}"}')`,
  ],
  ["function", "public.f()", `body select post('Authorization', 'Bearer aB3dE5gH7jK9mN1p${SECRET}')`],
  ["materialized view", "public.v", `definition SELECT get('https://u:${SECRET}@h/')`],
];

test.each(hidden)("of a %s (%s) no secret is kept", (kind, name, packed) => {
  expect(packed).toContain(SECRET);
  const redacted = redactPacked(kind, name, packed);
  expect(redacted).not.toContain(SECRET);
  expect(redacted).toContain("***");
  // The rest stays, line by line.
  expect(redacted.split("\n")).toHaveLength(packed.split("\n").length);
});

const shown: readonly (readonly [kind: Kind, name: string, packed: string])[] = [
  ["server", "s", "wrapper w\noption host=db-1.eu-central-1.internal.example\noption dbname=app"],
  ["foreign table", "public.t", "server s\noption table_name=Orders2026Archived01"],
  ["user mapping", "app at s", "server s\noption user=app"],
  ["setting", "database: search_path", 'value public, "App"'],
  ["setting", "role app: statement_timeout", "value 30s"],
  ["function", "public.f(text)", "body select id from users where password = crypt($1, password)"],
  ["function", "public.f()", "body select 'https://example.org/docs?page=1'"],
  ["table", "public.t", "owner app\noption fillfactor=70"],
];

test.each(shown)("of a %s (%s) everything else is kept", (kind, name, packed) => {
  expect(redactPacked(kind, name, packed)).toBe(packed);
});
