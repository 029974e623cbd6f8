import * as z from "zod";

/** What a host says of an application. All texts; empty where there is nothing. */
const statusSchema = z.object({
  app: z.string(),
  active: z.string(),
  release: z.string(),
  digest: z.string(),
  since: z.string(),
  previous: z.string(),
  "previous-release": z.string(),
  "previous-digest": z.string(),
  router: z.string(),
  running: z.string(),
  phase: z.string(),
  "left-by": z.string(),
  "under-way": z.string(),
  holder: z.string(),
  pid: z.string(),
  maintenance: z.string(),
  releases: z.string(),
  bad: z.string(),
});

export type HostStatus = z.output<typeof statusSchema>;

/** Reads what the agent's `status` printed; undefined for anything else. */
export function readStatus(text: string): HostStatus | undefined {
  try {
    return statusSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
