import { expect, it } from "vitest";
import { runEdge, reportOf, annotationsOf } from "./edge.ts";
it.concurrent.each(["succeed","fail","user-error","user-errors","bug","throw-text","timer-exception","stray-rejection","stray-but-passed","stuck","stuck-in-undo","undo","leak","large","many","nonsense"] as const)("%s", async (b) => {
  const r = await runEdge(b, {inputs:{password:"hunter2-s3cret"}}).done;
  console.log(b, r.exitCode, r.stdout, r.stderr, r.outputs, r.summary.slice(0,300), annotationsOf(r), JSON.stringify(reportOf(r)));
});
