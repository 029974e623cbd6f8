/** One measured request: how long it took, and whether it was answered as expected. */
export type Sample = { readonly durationMs: number; readonly answered: boolean; readonly ok: boolean };

export type Percentiles = {
  readonly samples: number;
  /** Requests that were answered at all, rightly or not. */
  readonly answered: number;
  readonly errors: number;
  readonly errorPercent: number;
  /** Milliseconds; `null` without a sample. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
};

/**
 * Percentiles by nearest rank: the smallest measured time that at least p percent of the samples do not exceed.
 * Failed requests count with the time that they took, so that a server that hangs does not look fast.
 */
export function percentilesOf(samples: readonly Sample[]): Percentiles {
  const sorted = samples.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const at = (p: number): number | null =>
    sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? null;
  const errors = samples.filter(({ ok }) => !ok).length;
  return {
    samples: samples.length,
    answered: samples.filter(({ answered }) => answered).length,
    errors,
    errorPercent: samples.length === 0 ? 100 : (errors / samples.length) * 100,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: at(100),
  };
}
