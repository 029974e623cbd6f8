import type { DatabaseAddress } from "./address.ts";
import type { PostgresClient } from "./client.ts";
import { connectPostgres, type PostgresOptions } from "./connect.ts";
import { sessionError } from "./failure.ts";

/**
 * Does work in a session of its own, which is closed after it. Throws a UserError for what fails at the server and for
 * a connection that is lost, the signal's reason, and whatever else the work throws.
 */
export async function withSession<T>(
  address: DatabaseAddress,
  options: PostgresOptions,
  work: (client: PostgresClient) => Promise<T>,
): Promise<T> {
  const client = await connectPostgres(address, options);
  try {
    return await work(client);
  } catch (error) {
    options.signal.throwIfAborted();
    throw sessionError(error, address);
  } finally {
    await client.close();
  }
}
