import * as z from "zod";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { parseDuration, ValueError } from "../../../shared/runtime/values.ts";
import { parseSshHost } from "../../../shared/ssh/target.ts";
import { NAME } from "./inputs.ts";

function parsed<T>(parse: (text: string) => T, description: string) {
  return z
    .string()
    .min(1)
    .transform((text, context): T => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof ValueError) && !(error instanceof UserError)) throw error;
        context.addIssue({ code: "custom", message: error.message.replace(/\.$/, "") });
        return z.NEVER;
      }
    })
    .describe(description);
}

function sshHost(text: string): string {
  parseSshHost(text);
  return text;
}

/** One request that is lost on the way is no reason to go back. */
export const ERRORS = 5;

const duration = (description: string) => parsed(parseDuration, `${description}; such as 500ms, 30s or 5m`);
const name = z.string().regex(NAME, "must be letters, digits, dots, dashes and underscores");
const port = z.int().min(1).max(65_535);
/** The plan for the host holds one value a line. */
const line = z
  .string()
  .min(1)
  .max(8_000)
  .refine((text) => !/[\n\r\0]/.test(text), "must be one line; put more into a script on the host");
const file = z
  .string()
  .min(1)
  .refine(
    (text) => NAME.test(text.split("/").at(-1) ?? ""),
    "must end in a name of letters, digits, dots, dashes",
  );

const command = (description: string) =>
  z
    .union([line, z.strictObject({ command: line, within: duration("Time for it; default: 5m").optional() })])
    .describe(description);

const start = z
  .union([
    z.strictObject({
      compose: file.describe("Compose file of the repository; it publishes 127.0.0.1:${PORT}"),
      service: name,
      image: line.optional().describe("For ${IMAGE} in the compose file"),
    }),
    z.strictObject({
      image: line.describe("Reference of the image; the input image comes before it").optional(),
      port: port.describe("Where the application listens in the container"),
      options: z.array(line).optional().describe("Options of docker run, one word each"),
      command: z.array(line).optional().describe("Words of the container's command"),
      pull: z.boolean().optional().describe("false: the image is on the host already; default: true"),
    }),
    z.strictObject({
      command: z.strictObject({ start: line, stop: line }).describe("Run by sh with COLOR, PORT, RELEASE …"),
    }),
  ])
  .describe("How a colour is started and stopped");

const router = z
  .union([
    z.strictObject({
      kind: z.literal("nginx"),
      file: line.optional().describe("Its configuration on the host, in which the switch must stand"),
    }),
    z.strictObject({ kind: z.literal("caddy"), file: line.optional() }),
    z.strictObject({
      kind: z.literal("haproxy"),
      socket: line.describe("Admin socket: a path, or 127.0.0.1:port"),
      file: line.optional(),
    }),
    z.strictObject({
      kind: z.literal("command"),
      set: line.describe("Switches to $COLOR"),
      active: line.describe("Prints the colour that serves"),
      maintenance: line.optional().describe("Gets on or off"),
    }),
  ])
  .describe("What stands before the colours");

/** The file that the input `config` names. */
export const configSchema = z
  .strictObject({
    app: name,
    hosts: z
      .array(parsed(sshHost, "[user@]host[:port]"))
      .min(1)
      .optional()
      .describe("Default: the input ssh-host"),
    jump: parsed(sshHost, "[user@]host[:port]").optional().describe("Logged in to first, with the same key"),
    colors: z
      .record(name, port)
      .refine((colors) => Object.keys(colors).length === 2, "must be two colours with their ports")
      .refine((colors) => new Set(Object.values(colors)).size === Object.keys(colors).length, {
        error: "has the same port twice",
      }),
    start,
    health: z.strictObject({
      path: z.string().regex(/^\/[^\s]*$/, "must begin with a slash"),
      status: z.int().min(100).max(599).default(200),
      contains: line.describe(
        "Text that stands in the body, with ${release} in it: by it the releases are told apart",
      ),
      consecutive: z.int().min(1).max(100).default(3),
      within: duration("Time to become healthy").default(60_000),
      interval: duration("Between two looks").default(500),
      timeout: duration("For one answer").default(5_000),
    }),
    migrate: z
      .strictObject({
        command: line,
        within: duration("Time for it").default(300_000),
        irreversible: z.boolean().default(false).describe("true: never go back behind it by itself"),
        repeatable: z.boolean().default(true).describe("false: after an interruption somebody must look"),
      })
      .optional(),
    "pre-switch": command("Run on the host when the new colour is healthy, before the switch").optional(),
    "post-switch": command("Run on the host after the switch was proven; its failure returns").optional(),
    router,
    "public-url": z
      .url({ protocol: /^https?$/ })
      .describe("Asked on the host: proves through the router which release is served"),
    "public-host": z
      .string()
      .regex(/^[A-Za-z0-9.-]+(:\d+)?$/, "must be a host name")
      .optional()
      .describe("Host header for it"),
    watch: z
      .strictObject({
        command: line.optional().describe("Run every second; three failures in a row return"),
        errors: z
          .int()
          .min(0)
          .max(100)
          .default(ERRORS)
          .describe(
            "Percent of failed requests through the router that are put up with; three in a row never are",
          ),
        latency: z
          .number()
          .min(1)
          .optional()
          .describe("So many times as slow as the old colour is put up with"),
      })
      .optional(),
    stability: duration("How long the new release is watched before the old one is stopped").default(30_000),
    settle: duration("Between the proof and the end of the old colour").default(2_000),
    drain: duration("Time for what the old colour has begun").default(30_000),
    "stop-within": duration("Time for a colour to end before it is killed").default(30_000),
    "keep-releases": z.int().min(0).max(100).default(5).describe("Besides the active and the previous one"),
    pause: duration("Between two hosts").default(0),
    "wait-within": duration("How long a host waits for the others").default(900_000),
    "env-files": z.array(file).optional().describe("Files of the workspace for the colours' environment"),
    env: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a variable"))
      .optional()
      .describe("Variables of the step that the colours get, by a file that only the user can read"),
    registry: z
      .strictObject({
        server: line,
        user: line,
        password: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of a variable of the step, not the password"),
      })
      .optional(),
    "disk-free": z.int().min(0).default(1_000).describe("Megabytes that have to be free for images"),
    "state-dir": z
      .string()
      .regex(/^\/[A-Za-z0-9._/-]+$/, "must be an absolute path")
      .default("/var/lib/bluegreen"),
  })
  .refine((config) => config.health.contains.includes("${release}"), {
    path: ["health", "contains"],
    error: "must have ${release} in it: otherwise nothing tells the new release from the old one",
  })
  .meta({
    title: "Blue-green switch",
    description: "How the action blue-green-switch deploys an application",
  });

export type Config = z.output<typeof configSchema>;
export type Start = Config["start"];
export type Router = Config["router"];
