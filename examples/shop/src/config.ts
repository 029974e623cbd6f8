export type Config = {
  /** The commit that is running, as /version tells it. */
  readonly release: string;
  readonly databaseUrl: string;
  /** How many database connections are used at most. */
  readonly poolSize: number;
  readonly host: string;
  readonly port: number;
  /** Served over TLS beside plain HTTP, where nothing in front of the shop does it. */
  readonly tls: { readonly port: number; readonly certFile: string; readonly keyFile: string } | undefined;
  /** Password of the one user, `demo`. */
  readonly demoPassword: string;
  /** Signs the tokens; with another secret everybody has to log in again. */
  readonly tokenSecret: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Throws one error that names everything that is missing or wrong. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const text = (name: string): string => {
    const value = env[name] ?? "";
    if (value === "") problems.push(`${name} is not set`);
    return value;
  };
  const number = (name: string, fallback: number, most: number): number => {
    const value = env[name] === undefined ? fallback : Number(env[name]);
    if (!(Number.isInteger(value) && value >= 1 && value <= most)) {
      problems.push(`${name} must be a whole number from 1 to ${most}`);
    }
    return value;
  };
  const config: Config = {
    release: text("RELEASE"),
    databaseUrl: text("DATABASE_URL"),
    poolSize: number("DATABASE_POOL_SIZE", 10, 100),
    host: env["HOST"] ?? "127.0.0.1",
    port: number("PORT", 8080, 65_535),
    tls:
      env["TLS_PORT"] === undefined
        ? undefined
        : {
            port: number("TLS_PORT", 8443, 65_535),
            certFile: text("TLS_CERT_FILE"),
            keyFile: text("TLS_KEY_FILE"),
          },
    demoPassword: text("DEMO_PASSWORD"),
    tokenSecret: text("TOKEN_SECRET"),
  };
  if (problems.length > 0) throw new Error(`The environment is not complete: ${problems.join("; ")}.`);
  return config;
}
