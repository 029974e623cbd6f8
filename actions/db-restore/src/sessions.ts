// Without pg_read_all_stats, state and backend_type of other users' sessions are null (pgstatfuncs.c). What belongs to
// nobody, such as autovacuum's workers, has no usesysid, and goes by itself when a database is renamed (procarray.c).

/** Whether a row of pg_stat_activity is a session whose state the user cannot see. */
export const HIDDEN = "(backend_type is null and usesysid is not null)";

/** Whether a row of pg_stat_activity has work under way, as far as the user can tell. */
export const BUSY = `(${HIDDEN} or backend_type = 'client backend' and state <> 'idle')`;

/**
 * Whether the user may end the session of a row of pg_stat_activity, as pg_terminate_backend decides (signalfuncs.c): by
 * the rights that it has without SET ROLE, and never a superuser's. It fails for a whole query where it is asked for more.
 */
export const MAY_END = `(usesysid is not null and (
  (select me.rolsuper from pg_catalog.pg_roles me where me.rolname = current_user)
  or not exists (select from pg_catalog.pg_roles s where s.oid = usesysid and s.rolsuper)
     and (pg_catalog.pg_has_role(usesysid, 'USAGE') or pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))))`;
